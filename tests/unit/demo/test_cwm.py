from weft.demo.cwm import NTP, expected, short
from weft.demo.device import BUSY, DEVICES, REFUSES


def good_state():
    state = {"configs": {}, "addresses": {}, "writes": {}}
    for device in DEVICES:
        name, router = device["name"], device["kind"] == "router"
        state["writes"][name] = BUSY.get(name, 0) + 1
        if name in REFUSES:
            continue
        state["addresses"][name] = f"address of {name}"
        state["configs"][name] = {
            "interface": "Loopback0" if router else "Vlan1",
            "profile": "core" if router else "access",
            "ntp": NTP,
            "address": f"address of {name}",
        }
    return state


def test_the_check_accepts_what_is_right():
    assert expected(good_state()) == []


def test_the_check_sees_every_kind_of_wrong():
    state = good_state()
    state["configs"]["r1"]["ntp"] = []
    assert any("r1 holds" in problem for problem in expected(state))
    state = good_state()
    refusing = next(iter(REFUSES))
    state["configs"][refusing] = {"x": 1}
    state["addresses"][refusing] = "kept"
    assert len(expected(state)) == 2
    state = good_state()
    state["writes"]["r2"] = 1
    assert any("written 1 times" in problem for problem in expected(state))


def test_both_forms_of_words_are_read():
    assert short("WORKFLOW_EXECUTION_STATUS_TIMED_OUT") == short("TimedOut") == "TimedOut"
    assert short("EVENT_TYPE_TIMER_STARTED") == "TimerStarted"
