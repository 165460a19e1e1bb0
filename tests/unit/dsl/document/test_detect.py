import copy

import pytest

from weft.dsl.document.detect import Detected, detect
from weft.dsl.problems import Problem

ROW_1 = {
    "id": "a",
    "specVersion": "0.9",
    "states": [{"name": "s", "type": "sleep", "duration": "PT1S", "end": True}],
}


def dialect_of(doc: object, hint: str | None = None) -> str:
    found = detect(doc, hint)
    assert isinstance(found, Detected), found
    return found.dialect


def changed(**members: object) -> dict[str, object]:
    return {**copy.deepcopy(ROW_1), **members}


def test_row_1() -> None:
    assert dialect_of(ROW_1) == "v08"


def test_row_2() -> None:
    assert dialect_of(changed(functions=[{"name": "g", "operation": "acme.net.v1.0.0.dev.Get"}])) == "cwm"


def test_row_3() -> None:
    doc = {
        "name": "a-b",
        "specVersion": "0.8",
        "errors": {"policies": []},
        "states": [{"name": "s-1", "type": "inject", "data": {}, "end": True}],
    }
    assert dialect_of(doc) == "v09"


def test_row_4() -> None:
    found = detect({"steps": []})
    assert isinstance(found, Problem)
    assert (found.code, found.pointer) == ("dialect-unknown", "")
    assert "'steps'" in found.message


@pytest.mark.parametrize(
    ("doc", "dialect"),
    [
        ({"document": {"dsl": "1.0.0"}}, "v10"),
        ({"document": {"dsl": "1.0.17-alpha5"}}, "v10"),
        ({"states": []}, "v08"),
        ({"states": [None, 1], "functions": "x", "events": 5, "errors": "u"}, "v08"),
        ({"states": [], "functions": [{"operation": "generic.rest.@latest.request.Get"}]}, "cwm"),
        ({"states": [], "functions": [{"operation": "x", "metadata": {"worker": "w"}}]}, "cwm"),
        ({"states": [], "retries": [{"name": "r", "maxAttempts": 0}]}, "cwm"),
        ({"states": [], "functions": [{"operation": "https://h/a.json#b"}]}, "v08"),
        ({"states": [{"name": "a", "type": "inject"}], "name": "x", "version": "1.0.0"}, "v09"),
        ({"states": [{"name": "A", "type": "inject"}], "name": "x", "version": "1.0.0"}, "v08"),
        ({"states": [{"name": "a", "type": "inject"}], "name": "x", "version": "1.0"}, "v08"),
        ({"states": [{"actions": [{"publish": {}}]}]}, "v09"),
        ({"states": [{"onErrors": "p"}]}, "v09"),
        ({"states": [], "functions": [{"type": "http"}]}, "v09"),
        ({"states": [], "dataOutputSchema": "x"}, "v09"),
        ({"tasks": [{"taskReferenceName": "a"}]}, "tasklist"),
        ({"_taskDefs": []}, "tasklist"),
        ({"tasks": [{"id": 1}], "tasksHierarchy": []}, "graph"),
        ({"tasks": [], "edges": []}, "graph"),
    ],
)
def test_by_structure(doc: dict[str, object], dialect: str) -> None:
    assert dialect_of(doc) == dialect


def test_hint_decides_among_states_only() -> None:
    for hint in ("v08", "v09", "cwm"):
        assert dialect_of(ROW_1, hint) == hint
        assert dialect_of({"document": {"dsl": "1.0.0"}}, hint) == "v10"
    assert dialect_of(ROW_1, "v10") == "v08"
    assert dialect_of(ROW_1, "nonsense") == "v08"


def test_mixed_is_said() -> None:
    found = detect(changed(dataOutputSchema="x"))
    assert isinstance(found, Detected)
    assert found.dialect == "v08"
    assert [(w.code, w.severity) for w in found.warnings] == [("dialect-mixed", "warning")]


@pytest.mark.parametrize(
    ("doc", "code", "pointer"),
    [
        ([], "root-not-object", ""),
        ("x", "root-not-object", ""),
        (None, "root-not-object", ""),
        ({}, "dialect-unknown", ""),
        ({"states": {}}, "dialect-unknown", ""),
        ({"tasks": []}, "dialect-unknown", ""),
        ({"document": {"dsl": 1.0}}, "dsl-version", "/document/dsl"),
        ({"document": {"dsl": "0.9"}}, "dsl-version", "/document/dsl"),
        ({"document": {"dsl": "1.1.0"}}, "dsl-version", "/document/dsl"),
        ({"document": {"dsl": "1.0.0\n"}}, "dsl-version", "/document/dsl"),
    ],
)
def test_refused(doc: object, code: str, pointer: str) -> None:
    found = detect(doc)
    assert isinstance(found, Problem)
    assert (found.code, found.pointer, found.severity) == (code, pointer, "error")


def test_the_key_of_the_states_may_be_spelled_in_any_case() -> None:
    found = detect({"Name": "x", "STATES": []}, "cwm")
    assert isinstance(found, Detected) and found.dialect == "cwm"
    assert isinstance(detect({"Name": "x", "STATES": {}}, "cwm"), Problem)
