"""What the demo takes for right, and for wrong."""

import copy

import pytest

from weft.demo.device import BUSY, DEVICES, REFUSES, SETTLED_AT
from weft.demo.workflowsvc import NTP, closed, expected, run_if

RUN = {"_status": "COMPLETED", "_output": {"report": 1, "settled_after": SETTLED_AT}}
REPORT = {
    "site": "lab", "devices": [device["name"] for device in DEVICES], "decision": "ok", "busy": 200,
    "refused": "COMPLETED_WITH_ERRORS", "settled_after": SETTLED_AT,
}  # fmt: skip


def good():
    names = [device["name"] for device in DEVICES]
    return {
        "configs": {name: {"ntp": NTP} for name in names if name not in REFUSES},
        "writes": {name: BUSY.get(name, 0) + 1 for name in names},
        "reports": [REPORT],
    }


def test_what_is_right():
    assert expected(good(), RUN, 3) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state["configs"].pop("r1"), "r1 holds None"),
        (lambda state: state["configs"].update(sw2={"ntp": NTP}), "sw2 holds"),
        (lambda state: state["writes"].update(r2=1), "r2 was written 1 times"),
        (lambda state: state["reports"].append(REPORT), "reports"),
        (lambda state: state["reports"].clear(), "reports"),
    ],
)
def test_what_is_wrong_in_the_lab(change, said):
    state = copy.deepcopy(good())
    change(state)
    (problem,) = expected(state, RUN, 3)
    assert said in problem


def test_what_is_wrong_with_the_run():
    assert "FAILED" in expected(good(), {**RUN, "_status": "FAILED"}, 3)[0]
    assert "2 attempts" in expected(good(), RUN, 2)[0]


def test_states_of_runs():
    run = {"_status": "RUNNING", "_tasks": [{"_name": "a", "_status": "PAUSED"}]}
    assert closed(run) is None
    assert closed(RUN) is RUN
    assert run_if(run, a="PAUSED") is run
    assert run_if(run, a="RUNNING") is None
    assert run_if(run, b="RUNNING") is None
