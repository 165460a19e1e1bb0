import copy
from typing import Any

from weft.dsl.document.keys import fold, fold_keys


def states(**action: Any) -> dict[str, Any]:
    return {
        "id": "a",
        "specVersion": "0.8",
        "states": [{"name": "s", "type": "operation", "actions": [action], "end": True}],
    }


def test_row_13_subflow_ref() -> None:
    doc = states(name="x", subflowRef={"workflowid": "y"})
    before = copy.deepcopy(doc)
    folded, problems = fold_keys(doc, "cwm")
    assert folded["states"][0]["actions"] == [{"name": "x", "subFlowRef": {"workflowId": "y"}}]
    assert [(p.severity, p.code, p.pointer) for p in problems] == [
        ("warning", "key-case", "/states/0/actions/0/subflowRef"),
        ("warning", "key-case", "/states/0/actions/0/subflowRef/workflowid"),
    ]
    assert doc == before


def test_pointers_lead_back_to_what_was_written() -> None:
    folded = fold(states(subflowRef={"workflowid": "y"}), "v08")
    assert folded.pointer("/states/0/actions/0/subFlowRef/workflowId") == "/states/0/actions/0/subflowRef/workflowid"
    assert folded.pointer("/states/0/actions/0/subFlowRef/version") == "/states/0/actions/0/subflowRef/version"
    assert folded.pointer("/states/0/name") == "/states/0/name"
    assert folded.pointer("") == ""


def test_user_data_is_not_touched() -> None:
    doc = {
        "id": "a",
        "specVersion": "0.8",
        "constants": {"Name": 1},
        "metadata": {"Type": "x"},
        "dataInputSchema": {"Type": "object"},
        "states": [
            {"name": "s", "type": "inject", "data": {"Name": 1, "TYPE": {"End": 1}}, "end": True},
            {
                "name": "t",
                "type": "operation",
                "actions": [{"functionRef": {"refName": "f", "arguments": {"Name": {"Data": 1}}}}],
                "end": True,
            },
        ],
    }
    assert fold_keys(doc, "v08") == (doc, [])


def test_exact_spelling_wins() -> None:
    doc = states(functionref="a", functionRef="b")
    folded, problems = fold_keys(doc, "v08")
    assert folded["states"][0]["actions"] == [{"functionRef": "b"}]
    assert [(p.severity, p.code, p.pointer) for p in problems] == [
        ("error", "key-duplicate", "/states/0/actions/0/functionref")
    ]
    folded, problems = fold_keys(states(FUNCTIONREF="a", functionref="b"), "v08")
    assert folded["states"][0]["actions"] == [{"functionRef": "a"}]
    assert [p.code for p in problems] == ["key-case", "key-duplicate"]


def test_nothing_to_fold_is_the_same_object() -> None:
    doc = states(functionRef="a")
    assert fold_keys(doc, "v08")[0] is doc


def test_tasks_are_matched_exactly() -> None:
    doc = {"document": {"DSL": "1.0.0"}, "DO": []}
    assert fold_keys(doc, "v10") == (doc, [])


def test_odd_shapes_do_not_disturb() -> None:
    for doc in ([], {"States": 5}, {"states": [None, [], {"Type": []}]}, {"Functions": {"Name": 1}}):
        fold_keys(doc, "cwm")


def test_in_cwm_a_second_spelling_is_no_error() -> None:
    """An exact key beats a folded one; of several folded ones the last wins."""
    folded, problems = fold_keys(states(functionRef="a", FunctionRef="b", FUNCTIONREF="c"), "cwm")
    assert folded["states"][0]["actions"] == [{"functionRef": "a"}]
    assert {p.severity for p in problems} == {"warning"}
    folded, problems = fold_keys(states(FUNCTIONREF="a", functionref="b"), "cwm")
    assert folded["states"][0]["actions"] == [{"functionRef": "b"}]
    assert {p.severity for p in problems} == {"warning"}


def test_in_cwm_what_nobody_filled_in_is_not_written() -> None:
    doc = {
        "name": "", "start": None, "errors": [], "states": [
            {"name": "A", "type": "operation", "transition": "", "actions": [
                {"functionRef": "f", "subFlowRef": None, "condition": "", "actionDataFilter": {"results": ""}}]},
            {"name": "B", "type": "inject", "data": {"x": None, "y": "", "z": []}, "end": True, "onErrors": None},
        ],
    }  # fmt: skip
    assert fold_keys(doc, "cwm")[0] == {
        "name": "",
        "states": [
            {"name": "A", "type": "operation", "actions": [{"functionRef": "f", "actionDataFilter": {}}]},
            {"name": "B", "type": "inject", "data": {"x": None, "y": "", "z": []}, "end": True},
        ],
    }
    assert fold_keys(doc, "v08")[0] is doc
