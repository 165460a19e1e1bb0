from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.api.workflowsvc.spelling import spell
from weft.dsl.compile import compile_document


def made(body):
    numbers = count(1)
    return spell(body, lambda: f"id-{next(numbers)}")


def test_plain_keys_come_back_with_underscores():
    spelled = made({
        "name": "n", "description": "d", "outputParameters": {"a": 1}, "inputParameters": ["x"], "ownerEmail": "e",
        "tasks": [{"type": "http", "taskReferenceName": "t", "inputParameters": {"uri": "u"}, "retryCount": 1}],
    })  # fmt: skip
    assert spelled.document == {
        "_name": "n", "_description": "d", "_outputParams": {"a": 1}, "_inputKeys": ["x"], "ownerEmail": "e",
        "_taskDefs": [
            {"_id": "id-1", "_name": "t", "_type": "HTTP", "_sequenceno": 1, "_inputParams": {"uri": "u"},
             "_taskReferenceName": "t", "_retryCount": 1},
        ],
    }  # fmt: skip


def test_what_the_server_says_is_not_stored():
    spelled = made({"_id": "x", "_createdAt": "y", "_namespaces": ["z"], "_name": "n", "_taskDefs": []})
    assert spelled.document == {"_name": "n", "_taskDefs": []}


def test_default_names_are_numbered_in_document_order():
    document = made({"_taskDefs": [
        {"_type": "rest_connector"},
        {"_type": "FORK_JOIN", "_forkTasks": [[{"_type": "REST_CONNECTOR"}], [{"_type": "WAIT"}]]},
        {"_type": "REST_CONNECTOR"},
        {"_name": "REST_CONNECTOR_4", "_type": "WAIT"},
        {"_type": "REST_CONNECTOR"},
    ]}).document  # fmt: skip
    top = document["_taskDefs"]
    assert [task["_name"] for task in top] == [
        "REST_CONNECTOR", "FORK_JOIN", "REST_CONNECTOR_3", "REST_CONNECTOR_4", "REST_CONNECTOR_5",
    ]  # fmt: skip
    assert top[1]["_forkTasks"][0][0]["_name"] == "REST_CONNECTOR_2"
    assert [task["_sequenceno"] for task in top] == [1, 2, 3, 4, 5]


def test_ids_are_kept_and_never_shared():
    document = made({"_taskDefs": [{"_id": "a"}, {"_id": "a"}, {"_id": 5}, {}]}).document
    assert [task["_id"] for task in document["_taskDefs"]] == ["a", "id-1", "id-2", "id-3"]


def test_nested_lists_are_spelled_too():
    document = made({"tasks": [
        {"type": "SWITCH", "decisionCases": {"a/b": [{"type": "WAIT"}]}, "defaultCase": [{"name": "z"}]},
        {"type": "DO_WHILE", "loopOver": [{"type": "HTTP"}]},
    ]}).document  # fmt: skip
    switch, loop = document["_taskDefs"]
    assert switch["_decisionCases"]["a/b"][0]["_type"] == "WAIT"
    assert switch["_defaultCase"][0]["_type"] == "SIMPLE"
    assert loop["_loopOver"][0]["_type"] == "HTTP"


def test_places_lead_back_to_the_body():
    spelled = made({"tasks": [{"type": "SWITCH", "decisionCases": {"a/b": [{"type": "WAIT", "retryCount": 99}]}}]})
    kept = "/_taskDefs/0/_decisionCases/a~1b/0/_retryCount"
    assert spelled.pointer(kept) == "/tasks/0/decisionCases/a~1b/0/retryCount"
    assert spelled.pointer("/_taskDefs/0/_name") == "/tasks/0"
    assert spelled.pointer("/_taskDefs/7/_name") == "/tasks"
    assert spelled.pointer("") == ""


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"_name": "n", "name": "m", "_taskDefs": [{"_type": "HUMAN"}]}, "/name"),
        ({"_name": "n", "_taskDefs": [{"_type": "HUMAN"}], "tasks": []}, "/tasks"),
        ({"_name": "n", "_taskDefs": [{"_type": "HUMAN", "_name": "a", "name": "b"}]}, "/_taskDefs/0/name"),
        ({"_name": "n", "_taskDefs": [{"_type": "HUMAN", "inputParameters": {}, "_inputParams": {}}]},
         "/_taskDefs/0/inputParameters"),
    ],
)  # fmt: skip
def test_both_spellings_in_one_object_are_refused_by_the_language(body, where):
    spelled = made(body)
    compiled = compile_document(spelled.document, dialect="tasklist")
    assert where in {spelled.pointer(problem.pointer) for problem in compiled.errors}
    assert "key-duplicate" in {problem.code for problem in compiled.errors}


def test_the_guides_own_definition_compiles():
    body = {"_name": "n", "_taskDefs": [
        {"_type": "REST_CONNECTOR", "_inputParams": {"_url": "https://x.example/"}},
        {"_type": "USER_INPUT", "_inputParams": {"_userInput": {"a": {"type": "string"}}}},
    ]}  # fmt: skip
    assert compile_document(made(body).document, dialect="tasklist").errors == []


def test_words_beside_the_documented_ones_are_told_back_as_those():
    task = {"_type": "HUMAN", "timeoutPolicy": "TIMED_OUT_WF", "_retryLogic": "LINEAR BACK"}
    found = made({"_name": "n", "timeoutPolicy": "TIMED_OUT_WF", "_taskDefs": [task]}).document
    assert found["_timeoutPolicy"] == found["_taskDefs"][0]["_timeoutPolicy"] == "TIME_OUT_WF"
    assert found["_taskDefs"][0]["_retryLogic"] == "LINEAR_BACKOFF"
    assert made({"_timeoutPolicy": ["TIMED_OUT_WF"], "_taskDefs": []}).document["_timeoutPolicy"] == ["TIMED_OUT_WF"]


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(
    ["_taskDefs", "tasks", "_name", "name", "_type", "type", "_sequenceno", "_forkTasks", "forkTasks", "loopOver",
     "_decisionCases", "_defaultCase", "_inputParams", "inputParameters", "_taskReferenceName", "_id", "x/~"]
)  # fmt: skip
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@given(st.dictionaries(KEYS, JSON, max_size=5))
def test_whatever_is_sent_can_be_spelled_and_compiled(body):
    spelled = made(body)
    for problem in compile_document(spelled.document, dialect="tasklist").problems:
        spelled.pointer(problem.pointer)


def test_a_list_that_is_far_too_long_is_not_spelled_to_its_end():
    made = []

    def new_id():
        made.append(1)
        return str(len(made))

    many = [{"_type": "FORK_JOIN", "_forkTasks": [[{}] * 300] * 100}, *({"_type": "HUMAN"} for _ in range(30_000))]
    spelled = spell({"_name": "x", "_taskDefs": many}, new_id)
    assert len(made) < 2_000
    problems = compile_document(spelled.document).problems
    assert "a definition has at most 500 tasks with all nested ones" in [problem.message for problem in problems]
