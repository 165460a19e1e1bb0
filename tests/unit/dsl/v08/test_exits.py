"""Ways out of states."""

from __future__ import annotations

from weft.dsl.v08.draft import Draft
from weft.dsl.v08.exits import exit_of, exits_of, handlers_of


def test_the_forms_of_an_exit() -> None:
    assert exit_of({}, "/x") is None
    assert exit_of({"end": False}, "/x") is None
    by_name = exit_of({"transition": "t"}, "/x")
    assert by_name is not None
    assert (by_name.target, by_name.pointer) == ("t", "/x/transition")
    full = exit_of({"transition": {"nextState": "t", "compensate": True}}, "/x")
    assert full is not None
    assert (full.target, full.pointer, full.compensate) == ("t", "/x/transition/nextState", True)
    end = exit_of({"end": {"terminate": True}}, "/x")
    assert end is not None
    assert (end.target, end.body) == (None, {"terminate": True})


def test_every_exit_of_a_state_is_seen() -> None:
    state = {
        "name": "s",
        "dataConditions": [{"transition": "a"}],
        "eventConditions": [{"transition": "b"}],
        "defaultCondition": {"transition": "c"},
        "onErrors": [{"errorRef": "x", "transition": "d"}],
        "transition": "e",
    }
    draft = Draft({"states": [state]}, "v08")
    assert [way.target for way in exits_of(draft.states[0], draft)] == ["e", "a", "b", "c", "d"]


def test_handlers_of_the_new_model_by_policy_and_name() -> None:
    doc = {
        "errors": {
            "handlers": [{"name": "h", "then": {"transition": "t"}}],
            "policies": [{"name": "p", "handlers": [{"refName": "h"}, {"then": {"end": True}}]}],
        },
        "states": [{"name": "s", "onErrors": "p", "actions": [{"onErrors": [{"then": {"transition": "u"}}]}]}],
    }
    draft = Draft(doc, "v09")
    found = list(handlers_of(draft.states[0].body, "/states/0", draft))
    assert [where for _, where in found] == ["/errors/handlers/0", "/errors/policies/0/handlers/1"]
    assert [way.target for way in exits_of(draft.states[0], draft)] == ["t", None, "u"]
