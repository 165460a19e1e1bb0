"""The document as the checks see it."""

from __future__ import annotations

from weft.dsl.v08.draft import Draft, list_of, object_of, objects_of, text_of


def test_shapes_that_do_not_fit_are_absent() -> None:
    body = {"a": 1, "b": "x", "c": [1, {"k": 1}], "d": {}}
    assert (text_of(body, "a"), text_of(body, "b")) == ("", "x")
    assert list_of(body, "b") == []
    assert object_of(body, "c") == {}
    assert list(objects_of(body, "c")) == [(1, {"k": 1})]


def test_states_are_found_by_name_then_id() -> None:
    draft = Draft({"states": [{"name": "x", "id": "y"}, {"name": "y"}], "start": {"stateName": "y"}}, "v08")
    assert draft.state("y") is draft.states[1]
    assert draft.state("x") is draft.states[0]
    assert draft.start() is draft.states[1]


def test_a_name_twice() -> None:
    doc = {"states": [{"name": "x"}, {"name": "x"}], "events": [{"name": "e"}, {"name": "e"}]}
    assert [p.code for p in Draft(doc, "v08").problems] == ["name-duplicate"] * 2
    assert [p.severity for p in Draft(doc, "cwm").problems] == ["warning", "error"]


def test_errors_of_the_new_model() -> None:
    draft = Draft(
        {"errors": {"definitions": [{"name": "d"}], "handlers": [{"name": "h"}], "policies": [{"name": "p"}]}}, "v09"
    )
    assert (list(draft.errors), list(draft.handlers), list(draft.policies)) == (["d"], ["h"], ["p"])
    assert draft.errors["d"].pointer == "/errors/definitions/0"


def test_hostile_shapes_do_not_raise() -> None:
    for value in (None, 1, "x", [None], [[]], {"a": 1}):
        doc = dict.fromkeys(("states", "functions", "events", "errors", "retries", "auth", "start"), value)
        Draft(doc, "cwm").start()
