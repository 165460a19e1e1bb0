"""Task lists: the definition, the names of its tasks, and lists in order.

A list runs by `_sequenceno`, else in the order written. Names are unique in the whole definition, for they are how a
task is spoken of: `_taskReferenceName`, else `_name`, else the type word, from its second use on with a number.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

import msgspec

from weft.dsl.graph.builder import Builder, Keys, Object
from weft.dsl.graph.roots import Roots
from weft.dsl.graph.targets import REFUSED_TYPES, TASKLIST_TYPES
from weft.dsl.machine.nodes.task_run import RootWork
from weft.dsl.machine.program import DONE, Source
from weft.dsl.problems import pointer_of

DEFINITION_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "taskDefs": ("tasks", "_tasks"),
    "outputParams": ("outputParameters", "_outputParameters"),
}
TASK_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "inputParams": ("inputParameters", "_inputParameters"),
    "backoffRate": ("backoffScaleFactor", "_backoffScaleFactor"),
    "startWorkflow": (),
}
KNOWN_TASK_KEYS: Final = frozenset(
    (
        *("id", "name", "type", "sequenceno", "description", "taskReferenceName"),
        *("inputParams", "inputParameters", "decisionCases", "defaultCase", "evaluatorType", "expression"),
        *("queryExpression",),
        *("forkTasks", "joinOn", "loopCondition", "loopOver", "items", "sink", "subWorkflowParam", "startWorkflow"),
        *("dynamicTaskNameParam", "dynamicForkTasksParam", "dynamicForkTasksInputParamName", "activity", "worker"),
        *("sendNotification", "notificationId", "userInputPermissions", "retryCount", "retryLogic"),
        *("retryDelaySeconds", "backoffRate", "backoffScaleFactor", "maxRetryDelaySeconds", "timeoutSeconds"),
        *("timeoutPolicy", "responseTimeoutSeconds", "pollTimeoutSeconds", "totalTimeoutSeconds", "startDelay"),
        *("optional", "permissive", "asyncComplete"),
    )
)
"""Keys of a task, without the underscore. Others are kept, and told as warnings."""
KNOWN_KEYS: Final = frozenset(
    (
        *("id", "name", "description", "namespaces", "userType", "taskDefs", "tasks", "timeoutSeconds"),
        *("timeoutPolicy", "outputParams", "outputParameters", "inputKeys", "inputParameters", "inputTemplate"),
        *("variables", "failureWorkflow", "version", "schemaVersion", "ownerEmail", "restartable", "createdAt"),
        *("updatedAt", "createdBy", "updatedBy"),
    )
)
"""Keys of a definition, without the underscore."""
SAID: Final = ("userType", "timeoutSeconds", "timeoutPolicy")
"""Keys of a definition that its runs have as well, under the same names."""
MAX_TASKS: Final = 500
MAX_DEPTH: Final = 10
"""Tasks with lists of their own that a task may stand in, one in the other."""
_NAME: Final = re.compile(r"[^.\[\]{}$'\"\x00-\x1f\x7f]{1,128}")
_NUMBERED: Final = re.compile(r"__\d+$")
_WORKFLOW_NAME: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}")


class Task(msgspec.Struct):
    """A task as it stands in its list, with its name. `lists` are its inner lists by the label of each."""

    keys: Keys
    word: str
    name: str
    pointer: str
    number: int
    lists: dict[str, list[Task]]
    node: int = -1


class ListDraft:
    """The definition on its way: all tasks by name."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.tasks: dict[str, Task] = {}
        self.count = 0
        self.dynamic = 0
        self.defaults: dict[str, int] = {}
        self.said: Object = {}

    def roots(self, *, secrets: bool = False) -> Roots:
        """The resolver of one place."""
        types = {task.name: (task.word, task.number) for task in self.tasks.values()}
        return Roots(
            self.builder, self.tasks, secrets=secrets, open_names=self.dynamic > 0, types=types, said=self.said
        )


def lower_tasklist(builder: Builder, doc: Object) -> Source | None:
    """Fill the builder with the nodes of a definition, the root first; gives the source of the run's output."""
    from weft.dsl.graph.tasks import lower_list

    keys = Keys(builder, doc, "", DEFINITION_KEYS)
    name = keys.text("name")
    if not _WORKFLOW_NAME.fullmatch(name):
        code = "name-pattern" if keys.has("name") else "property-missing"
        builder.shape(code, keys.at("name"), "a definition has a name of 1 to 255 characters without white space")
    ignored(builder, doc, "", KNOWN_KEYS)
    draft = ListDraft(builder)
    draft.said = {"_" + key: keys.get(key) for key in SAID}
    listed = keys.get("taskDefs")
    if not isinstance(listed, list) or not listed:
        code = "type" if keys.has("taskDefs") and not isinstance(listed, list) else "count"
        builder.shape(code if keys.has("taskDefs") else "property-missing", keys.at("taskDefs"), "there are no tasks")
        return None
    tasks = collect(draft, listed, keys.at("taskDefs"), 0)
    if draft.count > MAX_TASKS:
        builder.shape("count", keys.at("taskDefs"), f"a definition has at most {MAX_TASKS} tasks with all nested ones")
        return None
    root = builder.number()
    first = lower_list(draft, tasks, root, top=True)
    builder.put(root, "task-root", "", name, -1, DONE, RootWork(first))
    output = keys.mapping("outputParams")
    # An empty one is as good as none: exported definitions always have the key.
    return builder.data(output, draft.roots(), keys.at("outputParams")) if output else None


def collect(draft: ListDraft, listed: list[Any], pointer: str, depth: int, loop: bool = False) -> list[Task]:
    """The tasks of a list with their inner lists, in the order in which they run. `loop`: inside a loop's body."""
    builder = draft.builder
    if depth > MAX_DEPTH:
        builder.shape("count", pointer, f"tasks are nested deeper than {MAX_DEPTH}")
        return []
    found: list[Task] = []
    numbers: set[int] = set()
    for index, item in enumerate(listed):
        where = f"{pointer}/{index}"
        if not isinstance(item, dict):
            builder.shape("type", where, "a task is an object")
            continue
        draft.count += 1
        if draft.count > MAX_TASKS:
            return found
        keys = Keys(builder, cast("Object", item), where, TASK_KEYS)
        ignored(builder, keys.value, where, KNOWN_TASK_KEYS)
        word = _word(keys)
        number = keys.whole("sequenceno", index + 1, 1, 1_000_000_000)
        if number in numbers:
            builder.error("name-duplicate", keys.at("sequenceno"), f"sequence number {number} stands twice in its list")
        numbers.add(number)
        task = Task(keys, word, _named(draft, keys, word), where, number, {})
        draft.tasks.setdefault(task.name, task)
        if word in ("DYNAMIC", "FORK_JOIN_DYNAMIC"):
            draft.dynamic += 1
        if word == "DO_WHILE" and loop:
            builder.error("unsupported-nested-loop", where, "a DO_WHILE cannot stand in a DO_WHILE: use SUB_WORKFLOW")
        _inner(draft, task, depth, loop or word == "DO_WHILE")
        found.append(task)
    return sorted(found, key=lambda task: task.number)


def ignored(builder: Builder, value: Object, pointer: str, known: frozenset[str]) -> None:
    """Warn of keys that have no effect."""
    for key in value:
        if key.removeprefix("_") not in known:
            builder.warn("property-ignored", pointer + pointer_of(key), f"'{key[:100]}' is not known here; ignored")


def _word(keys: Keys) -> str:
    word = keys.text("type", "SIMPLE").upper()
    if word not in TASKLIST_TYPES:
        known = "is not supported" if word in REFUSED_TYPES else "is no type of a task"
        code = "unsupported-task-type" if word in REFUSED_TYPES else "enum"
        keys.builder.error(code, keys.at("type"), f"'{word[:40]}' {known}")
        return "HUMAN"  # one that has no inputs of its own: nothing more is said about this task
    return word


def _named(draft: ListDraft, keys: Keys, word: str) -> str:
    builder = draft.builder
    key = "taskReferenceName" if keys.has("taskReferenceName") else "name"
    if not keys.has(key):
        name = word
        while name in draft.tasks or draft.defaults.get(word, 0):
            draft.defaults[word] = draft.defaults.get(word, 1) + 1
            name = f"{word}_{draft.defaults[word]}"
            if name not in draft.tasks:
                break
        draft.defaults.setdefault(word, 1)
        return name
    name = keys.text(key)
    if not _NAME.fullmatch(name) or _NUMBERED.search(name) or name == "workflow":
        builder.error(
            "name-pattern",
            keys.at(key),
            "a task's name has 1 to 128 characters, no '.', brackets, braces, '$' or quotes, does not end in '__' and "
            "digits, and is not 'workflow'",
        )
    if name in draft.tasks:
        builder.error("name-duplicate", keys.at(key), f"two tasks are named '{name[:60]}'")
    return name


def _inner(draft: ListDraft, task: Task, depth: int, loop: bool) -> None:
    keys, builder = task.keys, draft.builder
    if task.word == "SWITCH":
        _cases(draft, task, depth, loop)
    elif task.word == "FORK_JOIN":
        branches = keys.array("forkTasks") or []
        if not 1 <= len(branches) <= 100:
            builder.shape("count", keys.at("forkTasks"), "a fork has 1 to 100 branches")
        for index, listed in enumerate(branches[:100]):
            where = f"{keys.at('forkTasks')}/{index}"
            if isinstance(listed, list) and listed:
                task.lists[f"branch:{index}"] = collect(draft, cast("list[Any]", listed), where, depth + 1, loop)
            else:
                builder.shape("count", where, "a branch is a list of at least one task")
    elif task.word == "DO_WHILE":
        listed = keys.array("loopOver")
        if not listed:
            builder.shape("count", keys.at("loopOver"), "a loop has at least one task")
        else:
            task.lists["body"] = collect(draft, listed, keys.at("loopOver"), depth + 1, loop)


def _cases(draft: ListDraft, task: Task, depth: int, loop: bool) -> None:
    keys, builder = task.keys, draft.builder
    cases = keys.mapping("decisionCases") or {}
    for label, listed in cases.items():
        where = keys.at("decisionCases") + pointer_of(label)
        if isinstance(listed, list):
            task.lists["case:" + label] = collect(draft, cast("list[Any]", listed), where, depth + 1, loop)
        else:
            builder.shape("type", where, "a case is a list of tasks")
    default = keys.array("defaultCase")
    if default is not None:
        if "defaultCase" in cases:
            builder.shape("key-duplicate", keys.at("defaultCase"), "the default stands twice: in the cases, and here")
        task.lists["default"] = collect(draft, default, keys.at("defaultCase"), depth + 1, loop)


def names_below(task: Task) -> list[str]:
    """The names of all tasks inside one, in document order."""
    found: list[str] = []
    for listed in task.lists.values():
        for inner in listed:
            found.append(inner.name)
            found.extend(names_below(inner))
    return found
