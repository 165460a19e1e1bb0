from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.document.context import ChildRef
from weft.dsl.machine.inputs import Identity

CHILD = {"namespace": "n", "name": "kid", "version": "latest"}


def test_children(node: Callable[..., Any]) -> None:
    spec = node({"run": {"workflow": {**CHILD, "input": {"a": 1}}, "await": False}}).spec
    assert (spec.identity, spec.detached, spec.input is None) == (Identity("kid", "", "n"), True, False)
    spec = node({"run": {"workflow": {**CHILD, "version": "1.2.3"}}}).spec
    assert (spec.identity.version, spec.detached, spec.input) == ("1.2.3", False, None)


def test_children_that_are_not_saved_yet(compiled: Callable[..., Any]) -> None:
    asked: list[ChildRef] = []
    found = compiled([{"x": {"run": {"workflow": CHILD}}}], given={"children": lambda ref: bool(asked.append(ref))})
    assert found.program is not None
    assert [(p.code, p.severity) for p in found.problems] == [("ref-subflow", "warning")]
    assert asked == [ChildRef("kid", "", "n", "v10")]


@pytest.mark.parametrize(
    ("what", "spec"),
    [("shell", {"command": "ls"}), ("script", {"language": "js", "code": "1"}), ("container", {"image": "x"})],
)
def test_processes_are_refused(codes: Callable[..., Any], what: str, spec: Any) -> None:
    assert (f"unsupported-run-{what}", f"/do/0/x/run/{what}") in codes([{"x": {"run": {what: spec}}}])
