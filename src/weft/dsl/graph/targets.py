"""What every task type of lists and graphs is done by: the table of types, and the targets that a server resolves.

A target is `<language>:<TYPE>` with kind `system`: work that the server does itself, under its own limits and egress
rules. It is called with `{"input": the evaluated input, "config": {"resourceId"}}` and answers with the task's output.
Activities of adapters have kind `adapter` and their own names. Jobs of other definitions are named by `BY_ID` and
`INLINE` identities (`weft.dsl.machine.nodes.task_calls`).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from weft.dsl.machine.nodes.task import TaskRetry
from weft.dsl.machine.nodes.task_branches import DynamicType
from weft.dsl.machine.nodes.task_calls import CallWork, ChildWork
from weft.dsl.machine.nodes.task_people import PersonWork, WaitWork
from weft.dsl.machine.nodes.task_values import EventWork
from weft.dsl.machine.program import Source

Lowering = Literal[
    "call", "simple", "choice", "fork", "forks", "join", "loop", "child", "start", "wait", "person",
    "variables", "inline", "jq", "end", "event", "dynamic",
]  # fmt: skip


class TaskType(msgspec.Struct, frozen=True):
    """One type word. `how` names its lowering, `target` the work of a call.

    `retries` is the default number of automatic retries, -1: there are none and `_retryCount` has no effect. `needs`
    are the inputs that must be there, `secrets` whether secrets may be named in its inputs. `limit_s` is the built-in
    limit of one attempt and `most_s` the greatest one that inputs may ask for: both are the target's to keep.
    """

    how: Lowering
    target: str = ""
    retries: int = -1
    needs: tuple[str, ...] = ()
    secrets: bool = False
    limit_s: int = 0
    most_s: int = 0


TASKLIST_TYPES: Final[dict[str, TaskType]] = {
    "REST_CONNECTOR": TaskType("call", "tasklist:REST_CONNECTOR", 3, ("url",), True, 30, 300),
    "HTTP": TaskType("call", "tasklist:HTTP", 3, (), True, 30, 300),
    "SCRIPT_EXECUTION": TaskType("call", "tasklist:SCRIPT_EXECUTION", 3, (), True, 60, 3600),
    "HAYSTACK": TaskType("call", "tasklist:HAYSTACK", 3, ("action",), True, 120, 600),
    "MQTT_PUBLISH": TaskType("call", "tasklist:MQTT_PUBLISH", 3, ("topic", "messages"), True, 60, 300),
    "AI_CONVERSE": TaskType("call", "tasklist:AI_CONVERSE", 3, ("userPrompt",), True, 120, 600),
    "SIMPLE": TaskType("simple", "", 3, (), True),
    "DYNAMIC": TaskType("dynamic", "", 3),
    "EVENT": TaskType("event", "", 3),
    "SUB_WORKFLOW": TaskType("child", "", 0),
    "START_WORKFLOW": TaskType("start", ""),
    "USER_INPUT": TaskType("person", "userInput"),
    "HUMAN": TaskType("person", ""),
    "WAIT": TaskType("wait"),
    "SWITCH": TaskType("choice"),
    "FORK_JOIN": TaskType("fork"),
    "FORK_JOIN_DYNAMIC": TaskType("forks"),
    "JOIN": TaskType("join"),
    "DO_WHILE": TaskType("loop"),
    "SET_VARIABLE": TaskType("variables"),
    "INLINE": TaskType("inline"),
    "JSON_JQ_TRANSFORM": TaskType("jq"),
    "TERMINATE": TaskType("end"),
}
REFUSED_TYPES: Final = frozenset(("EXCLUSIVE_JOIN", "DECISION", "LAMBDA", "KAFKA_PUBLISH", "JDBC", "NOOP"))

GRAPH_WORDS: Final[dict[str, TaskType]] = {
    "http": TaskType("call", "graph:http", 0, ("url",), True, 30, 300),
    "script": TaskType("call", "graph:script", 0, ("userType", "scriptName"), True, 60, 3600),
    "mqtt": TaskType("call", "graph:mqtt", 0, ("topic", "messages"), True, 60, 300),
    "haystack": TaskType("call", "graph:haystack", 0, ("action",), True, 120, 600),
    "ai": TaskType("call", "graph:ai", 0, ("userPrompt",), True, 120, 600),
    "set": TaskType("inline"),
    "jq": TaskType("jq", "", -1, ("expression",)),
    "wait": TaskType("wait"),
    "userinput": TaskType("person", "form"),
    "event": TaskType("event", "", 0, ("type",)),
    "workflow": TaskType("child", "", 0, ("workflowId",)),
    "startworkflow": TaskType("start", "", 0, ("workflowId",)),
    "noop": TaskType("inline"),
}

TASKLIST_STATUS: Final[dict[str, str]] = {
    "pending": "QUEUED",
    "queued": "QUEUED",
    "running": "RUNNING",
    "completed": "COMPLETED",
    "completed_with_errors": "COMPLETED_WITH_ERRORS",
    "faulted": "FAILED",
    "timed_out": "TIMED_OUT",
    "cancelled": "CANCELED",
    "skipped": "SKIPPED",
}
GRAPH_STATUS: Final[dict[str, str]] = {
    "pending": "pending",
    "queued": "queued",
    "running": "running",
    "completed": "completed",
    "completed_with_errors": "completed_with_errors",
    "faulted": "failed",
    "timed_out": "timed_out",
    "cancelled": "canceled",
    "skipped": "canceled",
}
"""The words by which expressions of the two languages see the status of a task."""


def child_source() -> Source:
    """Which definition a task made from data starts: filled in from the data."""
    return Source(lambda _value, _vars, _budget: {}, (), "")


def dynamic_types() -> dict[str, DynamicType]:
    """The type words that data may name while a run is under way: those that hold no program of their own."""
    found = {
        word: DynamicType("task-activity", CallWork(kind.target), TaskRetry(count=kind.retries))
        for word, kind in TASKLIST_TYPES.items()
        if kind.how == "call"
    }
    found["SIMPLE"] = DynamicType("task-activity", CallWork("", "adapter"), TaskRetry(count=3))
    found["SUB_WORKFLOW"] = DynamicType("task-child", ChildWork(child_source(), "subWorkflowId"))
    found["START_WORKFLOW"] = DynamicType("task-child", ChildWork(child_source(), "workflowId", detached=True))
    found["SET_VARIABLE"] = DynamicType("task-variables", None)
    found["EVENT"] = DynamicType("task-event", EventWork(), TaskRetry(count=3))
    found["TERMINATE"] = DynamicType("task-end", None)
    found["WAIT"] = DynamicType("task-wait", WaitWork("_userInput"))
    found["HUMAN"] = DynamicType("task-person", PersonWork("human", "_userInput"))
    found["USER_INPUT"] = DynamicType("task-person", PersonWork("user-input", "_userInput", "_userInput"))
    return found
