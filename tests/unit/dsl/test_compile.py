import copy
import json
import random
from typing import Any

import pytest

from weft.dsl.compile import Compiled, compile_document, digest_of, identity_of
from weft.dsl.document.context import CompileOptions


def states(*states: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"id": "a", "name": "a", "version": "1.0", "specVersion": "0.8", "states": list(states), **members}


def inject(name: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "type": "inject", "data": {"x": 1}, "end": True, **members}


def tasks(*items: dict[str, Any]) -> dict[str, Any]:
    return {"document": {"dsl": "1.0.3", "namespace": "n", "name": "w", "version": "1.0.0"}, "do": list(items)}


def found(compiled: Compiled) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in compiled.errors]


def test_a_states_document_becomes_a_program() -> None:
    doc = states(inject("s"))
    compiled = compile_document(json.dumps(doc))
    assert compiled.problems == []
    assert compiled.dialect == "v08"
    assert compiled.program is not None
    assert compiled.program.digest == digest_of(doc, "v08", CompileOptions().machine)
    assert compiled.identity == compiled.program.identity
    assert compiled.document == doc


def test_text_and_value_make_the_same_program() -> None:
    doc = states(inject("s"))
    text, value = compile_document(json.dumps(doc)), compile_document(doc)
    assert text.program is not None
    assert value.program is not None
    assert text.program.digest == value.program.digest


def test_row_6_parse_problems_stop_everything() -> None:
    text = "document: {dsl: 1.0.3, namespace: n, name: w, version: 1.0.0}\ndo:\n- a: {}\ndo:\n- b: {}\n"
    compiled = compile_document(text)
    (problem,) = compiled.problems
    assert (problem.stage, problem.code, problem.line) == ("parse", "key-duplicate", 4)
    assert compiled.program is None


def test_row_10_all_problems_in_line_order() -> None:
    text = """\
id: a
version: "1.0"
specVersion: "0.8"
name: a
states:
- name: one
  type: inject
  data: {}
  transition: nowhere
- name: two
  type: sleep
  duration: 15S
  transition: three
- name: three
  type: switch
  dataConditions:
  - condition: "${ .a == }"
    transition: two
  defaultCondition: {end: true}
"""
    compiled = compile_document(text)
    assert compiled.dialect == "v08"
    assert [(p.code, p.pointer, p.line) for p in compiled.errors] == [
        ("ref-state", "/states/0/transition", 9),
        ("duration", "/states/1/duration", 12),
        ("expression-syntax", "/states/2/dataConditions/0/condition", 17),
    ]
    assert all(problem.column > 0 for problem in compiled.problems)


def test_row_12_function_type() -> None:
    doc = states(inject("s"), functions=[{"name": "f", "type": "custom", "operation": "service:java:a.B::c"}])
    assert found(compile_document(doc)) == [("unsupported-function-type", "/functions/0/operation")]


def test_row_13_folded_keys_are_told_where_they_were_written() -> None:
    action = {"name": "x", "subflowRef": {"workflowId": "child", "nonsense": 1}}
    doc = states({"name": "s", "type": "operation", "actions": [action], "end": True})
    compiled = compile_document(doc, dialect="cwm", children=lambda child: child.name == "child")
    assert compiled.errors == []
    assert {(p.code, p.pointer) for p in compiled.problems} >= {
        ("key-case", "/states/0/actions/0/subflowRef"),
        ("property-ignored", "/states/0/actions/0/subflowRef/nonsense"),
    }
    missing = compile_document(doc, dialect="cwm", children=lambda child: False)
    assert [code for code, pointer in found(missing)] == ["ref-subflow"]
    assert found(missing)[0][1].startswith("/states/0/actions/0/subflowRef")


def test_row_14_exit_conflict() -> None:
    doc = states(inject("s", transition="t"), inject("t"))
    assert [code for code, _ in found(compile_document(doc))] == ["exit-conflict"]


def test_row_15_compensation_is_outside_the_main_flow() -> None:
    first = inject("a", compensatedBy="c")
    del first["end"]
    comp = inject("c", usedForCompensation=True)
    del comp["end"]
    doc = states(first | {"transition": "c"}, comp)
    assert "compensation-incoming" in [code for code, _ in found(compile_document(doc))]


@pytest.mark.parametrize("hint", ["v08", "v09", "cwm"])
@pytest.mark.parametrize("kind", ["tasks", "tasksHierarchy"])
def test_list_dialects_are_refused_where_states_are_saved(kind: str, hint: str) -> None:
    task = {"id": "a", "name": "noop", "taskReferenceName": "a", "type": "WAIT"}
    doc = {"name": "x", "tasks": [task]}
    if kind == "tasksHierarchy":
        del task["taskReferenceName"], task["type"]
        doc["tasksHierarchy"] = []
    compiled = compile_document(doc, dialect=hint)
    assert found(compiled) == [("dialect-unsupported", "")]
    assert compiled.dialect in ("tasklist", "graph")
    assert compile_document(doc).program is not None


def test_row_17_scope_target() -> None:
    doc = tasks({"a": {"do": [{"inner": {"set": {"x": 1}}}]}}, {"b": {"set": {"x": 1}, "then": "inner"}})
    assert found(compile_document(doc)) == [("scope-target", "/do/1/b/then")]


def test_row_18_fork_sibling() -> None:
    branches = [{"a": {"set": {"x": 1}, "then": "b"}}, {"b": {"set": {"x": 2}}}]
    assert found(compile_document(tasks({"f": {"fork": {"branches": branches}}}))) == [
        ("fork-sibling", "/do/0/f/fork/branches/0/a/then")
    ]


def test_a_tasks_document_becomes_a_program() -> None:
    compiled = compile_document(tasks({"a": {"set": {"x": 1}}}))
    assert compiled.problems == []
    assert compiled.program is not None
    assert compiled.identity is not None
    assert (compiled.identity.namespace, compiled.identity.name, compiled.identity.version) == ("n", "w", "1.0.0")


def test_schema_problems_do_not_stop_semantics() -> None:
    doc = states(inject("s", foo=1), {"name": "t", "type": "sleep", "duration": "x", "transition": "gone"})
    assert sorted(code for code, _ in found(compile_document(doc))) == ["duration", "property-unknown", "ref-state"]


def test_values_that_json_has_not_are_problems() -> None:
    assert [code for code, _ in found(compile_document({"states": (1,)}))] == ["type"]
    assert [code for code, _ in found(compile_document({"steps": []}))] == ["dialect-unknown"]
    assert [code for code, _ in found(compile_document(b"\xff"))] == ["encoding"]


def test_digest_is_of_the_value_not_its_spelling() -> None:
    assert digest_of({"a": 1, "b": [2]}, "v08", "1.0") == digest_of({"b": [2], "a": 1}, "v08", "1.0")
    assert len({digest_of({"a": 1}, dialect, machine) for dialect in ("v08", "cwm") for machine in ("1.0", "1.1")}) == 4
    assert digest_of({"a": [1, 2]}, "v08", "1.0") != digest_of({"a": [2, 1]}, "v08", "1.0")


def test_identity() -> None:
    doc = {"id": "i", "key": "k", "name": "n", "version": "2"}
    assert [getattr(identity_of(doc, dialect), "name", None) for dialect in ("v08", "v09", "cwm")] == ["i", "n", "n"]
    assert identity_of({"name": "n"}, "v09").version == "latest"  # type: ignore[union-attr]
    assert identity_of({"document": 5}, "v10") is None


def _mutated(doc: Any, draw: random.Random) -> Any:
    doc = copy.deepcopy(doc)
    holder, key = doc, None
    for _ in range(draw.randrange(1, 7)):
        nested = holder if key is None else holder[key]
        keys = (
            list(nested) if isinstance(nested, dict) else list(range(len(nested))) if isinstance(nested, list) else []
        )
        if not keys:
            break
        holder, key = nested, draw.choice(keys)
    holder[key] = draw.choice([None, 1, "x", "", "${ .a", [], {}, [1], {"a": [None]}, True, "PT1S", [[]], {"name": 5}])
    return doc


FULL_STATES = states(
    {
        "name": "o",
        "type": "operation",
        "transition": "f",
        "onErrors": [{"errorRef": "e", "end": True}],
        "actions": [
            {
                "functionRef": {"refName": "f", "arguments": {"a": "${ .b }"}},
                "retryRef": "r",
                "sleep": {"before": "PT1S"},
                "actionDataFilter": {"results": "${ .x }", "toStateData": "${ .y }"},
            }
        ],
    },
    {
        "name": "f",
        "type": "foreach",
        "inputCollection": "${ .l }",
        "iterationParam": "i",
        "transition": "p",
        "actions": [{"subFlowRef": {"workflowId": "w", "version": "1"}}],
        "outputCollection": "${ .o }",
        "batchSize": 2,
    },
    {
        "name": "p",
        "type": "parallel",
        "transition": "w",
        "completionType": "atLeast",
        "numCompleted": 1,
        "branches": [{"name": "b", "actions": [{"functionRef": "f"}]}],
    },
    {
        "name": "w",
        "type": "switch",
        "dataConditions": [{"condition": "${ .a }", "transition": "c"}],
        "defaultCondition": {"end": True},
    },
    {
        "name": "c",
        "type": "callback",
        "action": {"functionRef": "f"},
        "eventRef": "ev",
        "timeouts": {"eventTimeout": "PT1M"},
        "transition": "v",
        "compensatedBy": "z",
        "eventDataFilter": {"data": "${ .d }"},
    },
    {
        "name": "v",
        "type": "event",
        "onEvents": [{"eventRefs": ["ev"], "actions": []}],
        "end": {
            "terminate": True,
            "produceEvents": [{"eventRef": "ev", "data": "${ . }"}],
            "continueAs": {"workflowId": "q"},
        },
    },
    {"name": "z", "type": "sleep", "duration": "PT5S", "usedForCompensation": True},
    functions=[{"name": "f", "operation": "a.b.v1.0.0.c.D", "metadata": {"worker": "w"}}],
    events=[{"name": "ev", "type": "t", "source": "s", "correlation": [{"contextAttributeName": "k"}]}],
    retries=[{"name": "r", "delay": "PT1S", "maxAttempts": 3, "multiplier": 1.5}],
    errors=[{"name": "e", "code": "503"}],
    timeouts={"workflowExecTimeout": {"duration": "PT1H"}, "actionExecTimeout": "PT1M"},
    start={"stateName": "o"},
    constants={"k": 1},
    dataInputSchema={"type": "object"},
)
FULL_TASKS = tasks(
    {
        "s": {
            "set": {"a": "${ .b }"},
            "if": ".x",
            "input": {"from": ".a"},
            "output": {"as": {"x": "${ . }"}},
            "export": {"as": "."},
        }
    },
    {"w": {"switch": [{"one": {"when": ".a", "then": "s"}}, {"rest": {"then": "end"}}]}},
    {"l": {"for": {"each": "i", "in": ".items"}, "while": ".ok", "do": [{"n": {"wait": {"seconds": 1}}}]}},
    {"k": {"fork": {"branches": [{"x": {"set": {"a": 1}}}, {"y": {"do": []}}], "compete": True}}},
    {
        "t": {
            "try": [{"r": {"raise": {"error": {"type": "https://h/e", "status": 500}}}}],
            "catch": {
                "errors": {"with": {"status": 500}},
                "as": "e",
                "retry": {"delay": "PT1S", "limit": {"attempt": {"count": 2}}},
                "do": [{"q": {"run": {"workflow": {"namespace": "n", "name": "c", "version": "1.0.0"}}}}],
            },
        }
    },
)


@pytest.mark.parametrize(
    ("doc", "dialect"), [(FULL_STATES, "v08"), (FULL_STATES, "v09"), (FULL_STATES, "cwm"), (FULL_TASKS, None)]
)
def test_never_raises_and_always_says_why(doc: dict[str, Any], dialect: str | None) -> None:
    draw = random.Random(11)
    for _ in range(150):
        changed = _mutated(_mutated(doc, draw), draw)
        if not isinstance(changed, dict):
            continue
        compiled = compile_document(changed, dialect=dialect)
        assert (compiled.program is None) == bool(compiled.errors), changed
        assert len(compiled.problems) <= 100
        assert len({(p.code, p.pointer, p.message) for p in compiled.problems}) == len(compiled.problems)


def test_the_unchanged_documents_compile() -> None:
    for doc, dialect in ((FULL_STATES, "v08"), (FULL_STATES, "cwm"), (FULL_TASKS, None)):
        assert compile_document(doc, dialect=dialect).errors == []


def test_no_program_always_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.dsl.v10.compile_tasks", lambda doc, ctx: (None, []))
    assert found(compile_document(tasks({"a": {"set": {"x": 1}}}))) == [("unsupported-definition", "")]
