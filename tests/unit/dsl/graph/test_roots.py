"""What references may name, and where."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.graph.builder import Builder
from weft.dsl.graph.references import ReferenceProblem
from weft.dsl.graph.roots import Roots


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nobody.output", "ref-task"),
        ("a", "expression-path"),
        ("a.odd", "expression-path"),
        ("a[0]", "expression-path"),
        ("workflow", "expression-path"),
        ("workflow.odd", "expression-path"),
        ("workflow.secrets.k", "secret-leak"),
        ("workflow.secrets", "expression-path"),
        (".x", "expression-syntax"),
        ("b__2.output", "ref-task"),
    ],
)
def test_what_cannot_be_named(builder: Builder, text: str, code: str) -> None:
    with pytest.raises(ReferenceProblem) as caught:
        Roots(builder, {"a"}).find(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a.output.x[0]", ".x[0]"),
        ("a._output", ""),
        ("a['output'].x", ".x"),
        ("a__3.output", ""),
        ("['a'].output", ""),
        ("workflow.input.b", ".b"),
        ("workflow.variables.v", ".v"),
        ("workflow._inputParams", ""),
        ("CPEWF_TASK_ID", ""),
    ],
)
def test_what_can(builder: Builder, text: str, rest: str) -> None:
    assert Roots(builder, {"a"}).find(text).rest == rest


def test_secrets_are_declared_by_naming_them(builder: Builder) -> None:
    roots = Roots(builder, set[str](), secrets=True)
    assert roots.find("workflow.secrets.k.part").rest == ".part"
    assert list(builder.secrets) == ["k"]
    assert roots.needs == ["secrets"]


def test_graphs(builder: Builder) -> None:
    roots = Roots(builder, {"a0-b"}, graph=True, parent="a0-b")
    assert roots.find("A0-B.output.x").rest == ".x"
    assert roots.find("parent.output").rest == ""
    for text in ("a0-b.input", "workflow.variables.x", "CPEWF_TASK_ID"):
        with pytest.raises(ReferenceProblem):
            roots.find(text)
    with pytest.raises(ReferenceProblem):
        Roots(builder, {"a"}, graph=True).find("parent.output")


def test_statuses_have_the_words_of_their_language(builder: Builder) -> None:
    facts: dict[str, Any] = {"a": {"status": "faulted", "attempt": 3, "reason": "r", "started": 1_000}}
    roots = Roots(builder, {"a"})
    seen = [
        roots.find(f"a.{key}").get((facts,)) for key in ("status", "retryCount", "_attempt", "_reason", "_startedAt")
    ]
    assert seen == ["FAILED", 2, 3, "r", "1970-01-01T00:00:01.000000Z"]
    assert Roots(builder, {"a"}, graph=True).find("a.status").get((facts,)) == "failed"
    assert Roots(builder, {"a"}).find("a.status").get(({},)) == "QUEUED"


def test_facts_that_the_definition_says(builder: Builder) -> None:
    roots = Roots(builder, {"a"}, said={"_userType": "u", "_timeoutSeconds": None})
    assert [roots.find(f"workflow.{key}").get(()) for key in ("_userType", "_timeoutSeconds")] == ["u", None]
    assert roots.find("workflow._workflowDefId").get(({"labels": {"workflowId": "d"}},)) == "d"
    assert Roots(builder, {"l"}).find("l.iteration").get(({"l": {"iterations": 2}},)) == 2


@pytest.mark.parametrize("member", ["_workflowDefId", "_userType"])
def test_graphs_have_their_own_facts(builder: Builder, member: str) -> None:
    with pytest.raises(ReferenceProblem):
        Roots(builder, {"a"}, graph=True).find(f"workflow.{member}")
