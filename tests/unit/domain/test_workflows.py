from __future__ import annotations

import pytest

from weft.domain.workflows import ChildRef, child_refs, input_schema, member, revision_digest


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
