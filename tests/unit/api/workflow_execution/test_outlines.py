from __future__ import annotations

import pytest

from weft.api.workflow_execution.outlines import top_level
from weft.dsl.compile import compile_document

STATES = {
    "name": "a", "version": "1", "specVersion": "0.9",
    "states": [
        {"name": "one", "type": "inject", "data": {}, "transition": "two"},
        {"name": "two", "type": "parallel", "branches": [{"name": "b", "actions": []}], "end": True},
    ],
}  # fmt: skip
TASKS = {
    "document": {"dsl": "1.0.0", "namespace": "t", "name": "x", "version": "1.0.0"},
    "do": [
        {"a": {"set": {"x": 1}}},
        {"b": {"do": [{"c": {"set": {"y": 1}}}]}},
        {"f": {"fork": {"branches": [{"p": {"set": {"x": 1}}}]}}},
    ],
}
LIST = {
    "_name": "t",
    "_taskDefs": [{"_name": "x", "_taskReferenceName": "r1", "_type": "SET_VARIABLE", "_inputParams": {"a": 1}}],
}


@pytest.mark.parametrize(
    ("document", "hint", "expected"),
    [
        (STATES, "cwm", [("/states/0", "one"), ("/states/1", "two")]),
        (TASKS, None, [("/do/0/a", "a"), ("/do/1/b", "b"), ("/do/2/f", "f")]),
        (LIST, "tasklist", [("/_taskDefs/0", "r1")]),
    ],
)
def test_the_top_level_in_document_order(document, hint, expected):
    compiled = compile_document(document, dialect=hint)
    assert compiled.errors == []
    assert top_level(compiled.program) == expected


def test_ten_states_stay_in_their_order():
    states = [{"name": f"s{at}", "type": "inject", "data": {}, "transition": f"s{at + 1}"} for at in range(11)]
    states.append({"name": "s11", "type": "inject", "data": {}, "end": True})
    compiled = compile_document({**STATES, "states": states}, dialect="cwm")
    assert [name for _, name in top_level(compiled.program)] == [f"s{at}" for at in range(12)]
