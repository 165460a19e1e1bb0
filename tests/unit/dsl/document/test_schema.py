"""Structure of documents: codes and pointers, what is relaxed per dialect, and jsonschema as the judge."""

import copy
import random
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from weft.dsl.document.context import Dialect
from weft.dsl.document.schema import check, known_names, root_keys
from weft.dsl.document.text import parse

SAMPLES = Path(__file__).parents[3] / "conformance" / "data" / "1.0"


def found(doc: Any, dialect: Dialect) -> list[tuple[str, str]]:
    return [(p.code, p.pointer) for p in check(doc, dialect) if p.severity == "error"]


def tasks(**task: Any) -> dict[str, Any]:
    return {"document": {"dsl": "1.0.3", "namespace": "n", "name": "w", "version": "1.0.0"}, "do": [{"t": task}]}


def states(*states: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"id": "a", "name": "a", "version": "1.0", "specVersion": "0.8", "states": list(states), **members}


def state(kind: str, **members: Any) -> dict[str, Any]:
    return {"name": "s", "type": kind, "end": True, **members}


def test_row_7_two_tasks_in_one_item() -> None:
    doc = tasks(set={"a": 1})
    doc["do"][0] = {"getPet": {"set": {"a": 1}}, "setMessage": {"set": {"a": 1}}}
    (problem,) = check(doc, "v10")
    assert (problem.code, problem.pointer) == ("task-keys", "/do/0")
    assert "getPet, setMessage" in problem.message


def test_row_8_unknown_key_of_a_call() -> None:
    doc = tasks(call="http", foo="bar", **{"with": {"method": "get", "endpoint": "https://h"}})
    assert found(doc, "v10") == [("property-unknown", "/do/0/t/foo")]


def test_row_9_until_inside_until() -> None:
    doc = tasks(listen={"to": {"any": [], "until": {"any": [], "until": "${ true }"}}})
    assert found(doc, "v10") == [("property-unknown", "/do/0/t/listen/to/until/until")]


def test_row_5_on_is_text() -> None:
    doc = parse(
        "document: {dsl: 1.0.3, namespace: n, name: w, version: 1.0.0}\n"
        "schedule: {on: {one: {with: {type: a.b}}}}\ndo: [{t: {set: {a: 1}}}]"
    ).value
    assert found(doc, "v10") == []


def test_row_16_retry_of_cwm() -> None:
    retry = {"name": "r", "multiplier": 1.1, "maxAttempts": 0}
    assert found(states(state("operation", actions=[]), retries=[retry]), "cwm") == []
    assert found(states(state("operation", actions=[]), retries=[retry]), "v08") == []


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({}, [("task-keys", "/do/0/t")]),
        ({"set": {"a": 1}, "wait": "PT1S"}, [("task-keys", "/do/0/t")]),
        ({"for": {"in": ".x"}, "do": []}, []),
        ({"for": {"in": ".x"}}, [("property-missing", "/do/0/t")]),
        ({"set": {}}, [("count", "/do/0/t/set")]),
        ({"set": 5}, [("type", "/do/0/t/set")]),
        ({"wait": "1 hour"}, [("pattern", "/do/0/t/wait")]),
        ({"wait": {"seconds": "1"}}, [("type", "/do/0/t/wait/seconds")]),
        ({"wait": {"weeks": 1}}, [("property-unknown", "/do/0/t/wait/weeks")]),
        ({"wait": "${ .d }"}, []),
        ({"call": "http"}, [("property-missing", "/do/0/t")]),
        ({"call": "mine", "with": {"a": 1}}, []),
        ({"call": 5}, [("type", "/do/0/t/call")]),
        ({"call": "http", "with": {"method": "get", "endpoint": {"uri": 5}}}, [("type", "/do/0/t/with/endpoint/uri")]),
        (
            {"run": {"workflow": {"namespace": "n", "name": "", "version": "1.0.0"}}},
            [("count", "/do/0/t/run/workflow/name")],
        ),
        ({"run": {"shell": {}}}, [("property-missing", "/do/0/t/run/shell")]),
        ({"run": {}}, [("property-missing", "/do/0/t/run")]),
        ({"run": {"robot": {}}}, [("property-unknown", "/do/0/t/run/robot"), ("property-missing", "/do/0/t/run")]),
        ({"fork": {"branches": [{"a": {"set": 1}}], "compete": "yes"}},
         [("type", "/do/0/t/fork/branches/0/a/set"), ("type", "/do/0/t/fork/compete")]),
        ({"try": [], "catch": {"retry": {"backoff": {}}}}, [("property-missing", "/do/0/t/catch/retry/backoff")]),
        ({"try": [], "catch": {"retry": {"limit": {"attempt": {"count": 1.5}}}}},
         [("type", "/do/0/t/catch/retry/limit/attempt/count")]),
        ({"switch": [{"a": {"when": ".x"}}]}, [("property-missing", "/do/0/t/switch/0/a")]),
        ({"switch": []}, [("count", "/do/0/t/switch")]),
        ({"emit": {"event": {"with": {"source": "x"}}}}, [("property-missing", "/do/0/t/emit/event/with")]),
        ({"listen": {"to": {"one": {"with": {}}}, "read": "all"}},
         [("count", "/do/0/t/listen/to/one/with"), ("enum", "/do/0/t/listen/read")]),
        ({"raise": {"error": {"type": "https://x/y"}}}, [("property-missing", "/do/0/t/raise/error")]),
        ({"do": "x"}, [("type", "/do/0/t/do")]),
        (["x"], [("type", "/do/0/t")]),
        ({"call": "mcp", "with": {"method": "tools/list", "transport": {"http": {"endpoint": "https://h"}},
                                  "client": {"name": "c"}}}, []),
        ({"run": {"container": {"image": "i", "lifetime": {"cleanup": "eventually"}}}},
         [("property-missing", "/do/0/t/run/container/lifetime")]),
        ({"run": {"container": {"image": "i", "lifetime": {"cleanup": "never", "after": "PT1S"}}}},
         [("property-unknown", "/do/0/t/run/container/lifetime")]),
    ],
)  # fmt: skip
def test_tasks(task: Any, expected: list[tuple[str, str]]) -> None:
    doc = tasks()
    doc["do"][0]["t"] = task
    assert found(doc, "v10") == expected


def test_all_problems_at_once() -> None:
    doc = {"document": {"dsl": "1.0.0", "namespace": "N N", "version": 1}, "do": [{"a": {"set": 1}}, {"b": {}}], "x": 1}
    assert found(doc, "v10") == [
        ("property-missing", "/document"),
        ("name-pattern", "/document/namespace"),
        ("type", "/document/version"),
        ("type", "/do/0/a/set"),
        ("task-keys", "/do/1/b"),
    ]


def test_newer_than_dsl() -> None:
    doc = tasks(set={"a": 1})
    doc["evaluate"] = {"language": "jq"}
    assert [(p.code, p.severity, p.pointer) for p in check(doc, "v10")] == [("newer-than-dsl", "info", "/evaluate")]


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (states(state("sleep")), [("property-missing", "/states/0")]),
        (states(state("nap", duration="PT1S")), [("enum", "/states/0/type")]),
        (states({"name": "s"}), [("property-missing", "/states/0")]),
        (states(state("inject", data={}, foo=1)), [("property-unknown", "/states/0/foo")]),
        (states(state("operation", actions=[{"name": "a"}])), [("property-missing", "/states/0/actions/0")]),
        (states(state("operation", actions=[{"functionRef": 5}])), [("type", "/states/0/actions/0/functionRef")]),
        (states(state("operation", actions={})), [("type", "/states/0/actions")]),
        (states(), [("count", "/states")]),
        (states(state("inject", data={}), retries=[{"name": "r", "jitter": 2}]), [("range", "/retries/0/jitter")]),
        (states(state("inject", data={}), functions=[{"name": "f"}]), [("property-missing", "/functions/0")]),
        (states(state("inject", data={}), functions=[{"name": "f", "operation": "x", "type": "soap"}]),
         [("enum", "/functions/0/type")]),
        (states(state("inject", data={}), events=[{"name": "e", "type": "t"}]), [("property-missing", "/events/0")]),
        (states(state("inject", data={}), events=[{"name": "e", "type": "t", "kind": "produced"}]), []),
        (states(state("inject", data={}), metadata={"a": {"b": [1]}}, dataInputSchema={"type": "object"}), []),
        (states(state("foreach", inputCollection=".x", actions=[], batchSize=0)), []),
    ],
)  # fmt: skip
def test_states(doc: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(doc, "v08") == expected


def test_exits_are_left_to_the_meaning() -> None:
    both = state("inject", data={}, transition="s")
    neither = {"name": "s", "type": "inject", "data": {}}
    for dialect in ("v08", "v09", "cwm"):
        doc = states(both, neither)
        assert found(doc | {"version": "1.0.0"}, dialect) == []


def test_cwm_is_lenient() -> None:
    action = {"functionRef": {"refName": "f", "arguments": {}, "actionDataFilter": {}}}
    doc = states({"name": "s", "type": "operation"}, state("operation", actions=[action]), specVersion=0.9, tags="")
    del doc["id"]
    doc |= {"functions": [], "errors": [{"name": "e", "code": 503}], "retries": [], "events": []}
    assert [(p.severity, p.code, p.pointer) for p in check(doc, "cwm")] == [
        ("warning", "property-ignored", "/states/1/actions/0/functionRef/actionDataFilter"),
        ("info", "no-effect", "/tags"),
    ]
    assert [p.message for p in check({"states": [state("inject", data={})]}, "cwm")] == [
        "name is missing",
        "version is missing",
        "specVersion is missing",
    ]


def test_top_level_keys_of_0_8_are_kept() -> None:
    doc = states(state("inject", data={}), **{"x-mine": 1})
    assert [(p.severity, p.code, p.pointer) for p in check(doc, "v08")] == [("info", "no-effect", "/x-mine")]


def test_v09() -> None:
    doc = {
        "name": "a-b",
        "id": "kept",
        "version": "1.0.0",
        "specVersion": "0.9",
        "functions": [{"name": "f", "type": "rest", "operation": {"/pets": {"get": {}}}}],
        "errors": {"definitions": [{"name": "e", "type": "https://x/y", "status": 503, "instance": "/a"}]},
        "states": [{"name": "s", "type": "inject", "data": {}, "end": True}],
    }
    assert found(doc, "v09") == []
    doc["states"][0]["name"] = "Not Kebab"
    doc["nonsense"] = 1
    assert found(doc, "v09") == [("name-pattern", "/states/0/name"), ("property-unknown", "/nonsense")]


def test_spelling_hint() -> None:
    (problem,) = check(tasks(set={"a": 1}, Then="end"), "v10")
    assert problem.hint == "did you mean then?"


def test_not_an_object_and_list_dialects() -> None:
    assert found([], "v08") == [("type", "")]
    assert check({}, "graph") == []


def test_known_names() -> None:
    assert known_names("v08")["subflowref"] == "subFlowRef"
    assert "states" in root_keys("v08")


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [place]
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        found += _places(item, (*place, key))
    return found


def _mutated(doc: Any, draw: random.Random) -> Any:
    doc = copy.deepcopy(doc)
    place = draw.choice([place for place in _places(doc) if place])
    holder = doc
    for key in place[:-1]:
        holder = holder[key]
    kind = draw.random()
    if kind < 0.3:
        del holder[place[-1]]
    elif kind < 0.6 or not isinstance(holder, dict):
        holder[place[-1]] = draw.choice(
            [1, "x", None, True, [], {}, {"a": 1}, 1.5, "${ .x }", [{"a": {"set": {"x": 1}}}]]
        )
    elif kind < 0.8:
        holder[draw.choice(["foo", "do", "set", "call", "then", "until", "use"])] = draw.choice([1, "x", {}])
    else:
        holder[place[-1]] = copy.deepcopy(doc.get("do"))
    return doc


def test_jsonschema_agrees_on_mutated_samples() -> None:
    """What the published schema accepts we accept, what it refuses we refuse."""
    text = (files("weft.dsl.document") / "schemas" / "v10" / "workflow.yaml").read_text("utf-8")
    judge = jsonschema_rs.validator_for(parse(text).value)
    samples = [parse(path.read_bytes()).value for path in sorted(SAMPLES.glob("*.yaml"))]
    draw = random.Random(7)
    refused = 0
    for _ in range(600):
        doc = _mutated(draw.choice(samples), draw)
        fits = judge.is_valid(doc)
        refused += not fits
        assert (not found(doc, "v10")) == fits, doc
    assert 100 < refused < 500
