"""What the demo takes for right, and for wrong."""

import copy

import pytest

from weft.demo.workflow_execution import EVENT, NAMES, NTP, ended, expected

QUEUES = [["inventory"], ["routers", "address", "sw2"], ["r2"], []]
DATA = {"device": "r2", "routers": ["r1", "r2"], "address": "198.51.100.1", "sw2": "completed_with_errors"}


def good():
    return {
        "addresses": {"r2": "198.51.100.1"},
        "configs": {"r2": {"address": "198.51.100.1", "ntp": NTP}},
        "writes": {"r2": 3, "sw2": 1},
        "events": [{"type": EVENT, "data": DATA}],
    }


def finished(status="completed"):
    states = {task: "completed_with_errors" if name == "sw2" else "completed" for task, name in NAMES.items()}
    return {"meta": {"info": {"status": status, "tasks": states}}, "data": {"finished": "2026-05-04T06:00:00.000000Z"}}


def test_what_is_right():
    assert expected(good(), finished(), QUEUES) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state["configs"].clear(), "r2 holds None"),
        (lambda state: state["addresses"].clear(), "r2 holds"),
        (lambda state: state["configs"].update(sw2={}), "sw2 refused"),
        (lambda state: state["writes"].update(r2=1), "were written"),
        (lambda state: state["events"].clear(), "the events"),
        (lambda state: state["events"].append({"type": EVENT, "data": DATA}), "the events"),
    ],
)
def test_what_is_wrong_in_the_lab(change, said):
    state = copy.deepcopy(good())
    change(state)
    assert any(said in problem for problem in expected(state, finished(), QUEUES))


def test_what_is_wrong_with_the_execution():
    assert "failed" in expected(good(), finished("failed"), QUEUES)[0]
    for queues in ([], [["inventory"], []], [["inventory"], ["a", "b"]], [["a", "b"], []]):
        assert "executionQueue" in expected(good(), finished(), queues)[0]


def test_the_end_is_known_by_its_time():
    assert ended({"data": {"finished": None}}) is None
    assert ended(finished()) == finished()
