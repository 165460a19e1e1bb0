from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import ChildCancelled, ChildCompleted, ChildFailed, Identity

RUN = {"run": {"workflow": {"namespace": "n", "name": "kid", "version": "latest", "input": {"a": "${ .k }"}}}}


def test_completed(told: Callable[..., Any]) -> None:
    run = told([{"r": RUN}], {"k": 1})
    assert (run.acts[0].identity, run.acts[0].input) == (Identity("kid", "", "n"), {"a": 1})
    assert run.told().phase == "running"
    run.tell(ChildCompleted, ref=run.ref("child"), output=5)
    assert run.told().output == 5


def test_failed_and_cancelled(told: Callable[..., Any]) -> None:
    run = told([{"r": RUN}], {})
    run.tell(ChildFailed, ref=run.ref("child"), fault=fault("timeout", "", code="TIMEOUT"))
    assert (run.told().fault.code, run.told().fault.instance) == ("TIMEOUT", "/do/0/r")
    run = told([{"r": RUN}], {})
    run.tell(ChildCancelled, ref=run.ref("child"), reason="why")
    assert (run.told().fault.code, run.told().fault.detail) == ("CANCELED", "why")


def test_detached(told: Callable[..., Any]) -> None:
    run = told([{"r": {"run": {**RUN["run"], "await": False}}}], {"k": 1})
    assert (run.acts[0].detached, run.told().output) == (True, {"k": 1})
