"""Definitions in the one spelling in which they are kept: keys with underscores, ids, names and numbers of tasks made.

Bodies may be written with underscore keys, with plain keys, or mixed. Where both spellings of one key stand in one
object nothing is renamed there: the language then refuses the second one. Keys that mean nothing are kept as they are.
`Spelled.pointer` leads from a place of the kept document back to the place in the body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from weft.dsl.graph.targets import REFUSED_TYPES, TASKLIST_TYPES
from weft.dsl.graph.tasklist import MAX_TASKS
from weft.dsl.problems import parts_of, pointer_of

Object = dict[str, Any]

SERVER_KEYS: Final = ("_id", "_namespaces", "_createdAt", "_updatedAt", "_createdBy", "_updatedBy")
"""What the server says of a definition; in a body these are read apart or ignored, and never stored with the text."""
_PLAIN_DEFINITION: Final = ("name", "description", "timeoutSeconds", "timeoutPolicy", "userType")
_PLAIN_TASK: Final = (
    "type", "name", "taskReferenceName", "inputParams", "decisionCases", "defaultCase", "evaluatorType", "expression",
    "forkTasks", "joinOn", "loopCondition", "loopOver", "items", "sink", "subWorkflowParam", "dynamicTaskNameParam",
    "dynamicForkTasksParam", "dynamicForkTasksInputParamName", "retryCount", "retryLogic", "retryDelaySeconds",
    "backoffRate", "maxRetryDelaySeconds", "timeoutSeconds", "timeoutPolicy", "responseTimeoutSeconds",
    "pollTimeoutSeconds", "totalTimeoutSeconds", "startDelay", "optional", "permissive", "asyncComplete",
    "sequenceno", "description", "activity", "worker", "sendNotification", "notificationId", "userInputPermissions",
)  # fmt: skip
DEFINITION_SPELLINGS: Final[dict[str, str]] = {
    **{key: "_" + key for key in _PLAIN_DEFINITION},
    "tasks": "_taskDefs",
    "_tasks": "_taskDefs",
    "taskDefs": "_taskDefs",
    "outputParameters": "_outputParams",
    "_outputParameters": "_outputParams",
    "outputParams": "_outputParams",
    "inputTemplate": "_inputTemplate",
    "variables": "_variables",
    "failureWorkflow": "_failureWorkflow",
    "inputKeys": "_inputKeys",
    "inputParameters": "_inputKeys",
}
TASK_SPELLINGS: Final[dict[str, str]] = {
    **{key: "_" + key for key in _PLAIN_TASK},
    "inputParameters": "_inputParams",
    "_inputParameters": "_inputParams",
    "backoffScaleFactor": "_backoffRate",
    "_backoffScaleFactor": "_backoffRate",
}
_TOLD_BACK: Final[dict[str, dict[str, str]]] = {
    "_timeoutPolicy": {"TIMED_OUT_WF": "TIME_OUT_WF"},
    "_retryLogic": {"LINEAR_BACK": "LINEAR_BACKOFF", "LINEAR BACK": "LINEAR_BACKOFF"},
}
"""Words that are accepted beside the documented ones, which are kept and shown in their place."""
_LISTS: Final = ("_loopOver", "_defaultCase")
_MAX_DEPTH: Final = 64
MOST_TASKS: Final = 2 * MAX_TASKS
"""So many tasks are spelled; the language refuses a definition long before, and a body of 1 MiB may hold ten thousands,
for which nobody should have to wait."""


class Spelled(msgspec.Struct):
    """A definition in the kept spelling. `given` is the body that it was made from."""

    document: Object
    given: Mapping[str, Any]
    renamed: dict[str, str]
    """By the pointer of a renamed key: the key as it was written."""

    def pointer(self, kept: str) -> str:
        """The place in the body for a place of the kept document; the nearest that there is."""
        if not kept:
            return ""
        written = ""
        at = ""
        value: Any = self.given
        for part in kept[1:].split("/"):
            at += "/" + part
            shown = self.renamed.get(at, part)
            key = parts_of("/" + shown)[0]
            if isinstance(value, dict) and key in value:
                value = cast("Object", value)[key]
            elif isinstance(value, list) and key.isdigit() and int(key) < len(cast("list[Any]", value)):
                value = cast("list[Any]", value)[int(key)]
            else:
                return written
            written += "/" + shown
        return written


def spell(body: Mapping[str, Any], new_id: Callable[[], str]) -> Spelled:
    """The kept form of a body. Whatever has the wrong shape is left for the language to refuse."""
    speller = _Speller(new_id)
    plain = {key: value for key, value in body.items() if key not in SERVER_KEYS}
    document = speller.keys(plain, DEFINITION_SPELLINGS, "")
    listed = document.setdefault("_taskDefs", [])
    if isinstance(listed, list):
        document["_taskDefs"] = speller.tasks(cast("list[Any]", listed), "/_taskDefs", 0)
    return Spelled(document, body, speller.renamed)


class _Speller:
    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self.renamed: dict[str, str] = {}
        self._ids: set[str] = set()
        self._names: set[str] = set()
        self._defaults: dict[str, int] = {}
        self._count = 0

    def keys(self, value: Mapping[str, Any], spellings: Mapping[str, str], at: str) -> Object:
        """An object with its keys renamed, in their order."""
        found: Object = {}
        wanted: dict[str, int] = {}
        for key in value:
            name = spellings.get(key, key)
            wanted[name] = wanted.get(name, 0) + 1
        for key, item in value.items():
            name = spellings.get(key, key)
            if wanted[name] > 1:
                name = key
            elif name != key:
                self.renamed[at + pointer_of(name)] = pointer_of(key)[1:]
            words = _TOLD_BACK.get(name)
            found[name] = words.get(item, item) if words is not None and isinstance(item, str) else item
        return found

    def tasks(self, listed: list[Any], at: str, depth: int) -> list[Any]:
        """A list of tasks, each in its kept form."""
        if depth > _MAX_DEPTH:
            return listed
        return [
            self._task(cast("Object", item), index, f"{at}/{index}", depth) if isinstance(item, dict) else item
            for index, item in enumerate(listed[: max(0, MOST_TASKS - self._count)])
        ]

    def _task(self, given: Object, index: int, at: str, depth: int) -> Object:
        self._count += 1
        keys = self.keys(given, TASK_SPELLINGS, at)
        word = _type_word(keys)
        head: Object = {"_id": self._id(keys.get("_id"))}
        named = _text(keys.get("_taskReferenceName")) or _text(keys.get("_name"))
        if named:
            self._names.add(named)
        if "_name" in keys or "name" not in keys:
            own = keys.get("_name")
            head["_name"] = own if own is not None else named or self._default_name(_text(word) or "SIMPLE")
        if "type" not in keys:
            head["_type"] = word
        if "sequenceno" not in keys:
            number = keys.get("_sequenceno")
            head["_sequenceno"] = index + 1 if number is None else number
        if "inputParameters" not in keys and "_inputParameters" not in keys and "inputParams" not in keys:
            inputs = keys.get("_inputParams")
            head["_inputParams"] = {} if inputs is None else inputs
        task = {**head, **{key: item for key, item in keys.items() if key not in head}}
        self._nested(task, at, depth)
        return task

    def _nested(self, task: Object, at: str, depth: int) -> None:
        cases = task.get("_decisionCases")
        if isinstance(cases, dict):
            task["_decisionCases"] = {
                label: self._list(listed, at + pointer_of("_decisionCases", label), depth)
                for label, listed in cast("Object", cases).items()
            }
        branches = task.get("_forkTasks")
        if isinstance(branches, list):
            task["_forkTasks"] = [
                self._list(listed, f"{at}/_forkTasks/{index}", depth)
                for index, listed in enumerate(cast("list[Any]", branches))
            ]
        for key in _LISTS:
            if key in task:
                task[key] = self._list(task[key], f"{at}/{key}", depth)

    def _list(self, listed: Any, at: str, depth: int) -> Any:
        return self.tasks(cast("list[Any]", listed), at, depth + 1) if isinstance(listed, list) else listed

    def _id(self, given: Any) -> str:
        """The id that a task was sent with, unless another one has it; else a new one."""
        text = given if isinstance(given, str) and 0 < len(given) <= 128 and given not in self._ids else self._new_id()
        self._ids.add(text)
        return text

    def _default_name(self, word: str) -> str:
        """The type word, from its second use on with a number; document order."""
        name = word
        count = self._defaults.get(word, 0)
        while not count or name in self._names:
            count += 1
            name = word if count == 1 else f"{word}_{count}"
        self._defaults[word] = count
        self._names.add(name)
        return name


def _type_word(keys: Mapping[str, Any]) -> Any:
    given = keys.get("_type")
    if given is None:
        return "SIMPLE"
    if isinstance(given, str) and (given.upper() in TASKLIST_TYPES or given.upper() in REFUSED_TYPES):
        return given.upper()
    return given


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
