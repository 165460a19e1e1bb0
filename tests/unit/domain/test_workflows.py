from __future__ import annotations

import pytest

from weft.domain.workflows import (
    ChildRef,
    SealedValues,
    Workflow,
    child_refs,
    clash,
    input_schema,
    member,
    numbered_version,
    revision_digest,
)


def test_member_prefers_the_exact_key():
    assert member({"NAME": 1, "name": 2}, "name") == 2
    assert member({"NAME": 1, "Name": 3}, "name") == 3
    assert member([], "name") is None


def test_children_in_every_place():
    document = {
        "states": [
            {"actions": [{"subFlowRef": "A"}, {"subflowref": {"workflowId": "B", "version": "1"}}]},
            {"action": {"subFlowRef": "C"}},
            {"branches": [{"actions": [{"subFlowRef": "D"}]}], "onEvents": [{"actions": [{"subFlowRef": "E"}]}]},
            {"data": {"actions": [{"subFlowRef": "user data is no reference"}]}},
            {"actions": [{"subFlowRef": "${ .name }"}, {"subFlowRef": {"workflowId": "F", "version": "${ .v }"}}]},
        ]
    }
    document["states"][3] = {"type": "inject", "data": {"actions": []}}
    assert child_refs(document) == [
        ChildRef("A", "", "/states/0/actions/0/subFlowRef"),
        ChildRef("B", "1", "/states/0/actions/1/subFlowRef"),
        ChildRef("C", "", "/states/1/action/subFlowRef"),
        ChildRef("D", "", "/states/2/branches/0/actions/0/subFlowRef"),
        ChildRef("E", "", "/states/2/onEvents/0/actions/0/subFlowRef"),
    ]


@pytest.mark.parametrize("document", [None, [], {"states": 7}, {"states": [7, {"actions": {}}]}])
def test_odd_documents_have_no_children(document):
    assert child_refs(document) == []


@pytest.mark.parametrize(
    ("document", "schema"),
    [
        ({"dataInputSchema": {"type": "object"}}, {"type": "object"}),
        ({"datainputschema": {"schema": {"a": 1}}}, {"a": 1}),
        ({"dataInputSchema": {"schema": {}, "failOnValidationErrors": False}}, None),
        ({"input": {"schema": {"document": {"b": 1}}}}, {"b": 1}),
        ({"dataInputSchema": "file.json"}, None),
        ({}, None),
    ],
)
def test_input_schema(document, schema):
    assert input_schema(document) == schema


def test_digest_tells_languages_apart():
    assert revision_digest("a", "{}") != revision_digest("b", "{}")
    assert len(revision_digest("a", "{}")) == 64


def workflow(ident, name="a", version="1", **more):
    return Workflow(id=ident, name=name, version=version, revision="r", definition="{}", created_at=1, updated_at=1,
                    **more)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (workflow("2"), True),
        (workflow("1"), False),
        (workflow("2", version="2"), False),
        (workflow("2", version="2", numbered=True), True),
        (workflow("2", namespace="n"), False),
        (workflow("2", namespaces=("n", "")), True),
        (workflow("2", name="b"), False),
    ],
)
def test_who_has_a_name_already(other, found):
    assert (clash([other], workflow("1")) is other) is found


def test_a_numbered_candidate_wants_its_name_for_itself():
    assert clash([workflow("2", version="7")], workflow("1", numbered=True)) is not None
    assert numbered_version(3) == "3.0.0"


def test_where_a_definition_is_seen():
    assert workflow("1", namespace="n").scopes == ("n",)
    assert workflow("1", namespace="n", namespaces=("n", "m")).scopes == ("n", "m")


def test_revisions_with_other_secrets_differ():
    assert revision_digest("d", "t") == revision_digest("d", "t", "")
    assert len({revision_digest("d", "t", bundle) for bundle in ("", "a", "b")}) == 3


def test_sealed_values_show_nothing():
    assert repr(SealedValues(id="b", sealed=b"xyz", created_at=1)) == "SealedValues(id='b')"
