"""Which language a document is written in: told from its structure.

`specVersion` never decides (published 0.9 documents say 0.8, CWM documents say 0.9). A hint of the caller chooses
among the states dialects; it does not turn one structure into another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from weft.dsl.document.context import STATES_DIALECTS, Dialect
from weft.dsl.problems import Problem, error, warning

_DSL: Final = re.compile(r"1\.0\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?")
_KEBAB: Final = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_SEMVER: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)
_ACTIVITY: Final = re.compile(r"[\w-]+\.[\w-]+\.(v\d+(\.\d+)*|@latest)\.[\w-]+(\.[\w-]+)*", re.ASCII)
_RETRYING: Final = ("retryRef", "retryableErrors", "nonRetryableErrors")
_SHOWN_KEYS: Final = 10

Object = dict[str, Any]


class Detected(msgspec.Struct, frozen=True):
    """The dialect, and what was odd about telling it."""

    dialect: Dialect
    warnings: list[Problem] = []


def detect(doc: Any, hint: str | None = None) -> Detected | Problem:
    """The dialect of a document, or the problem (stage parse) that it is in none."""
    if not isinstance(doc, dict):
        return error("parse", "root-not-object", "", "a definition is an object")
    root = cast("Object", doc)
    head = root.get("document")
    if isinstance(head, dict) and "dsl" in head:
        return _tasks(cast("Object", head))
    if isinstance(root.get("states"), list):
        return _states(root, hint)
    return _lists(root, hint) or _spelled(root, hint) or _unknown(root)


def _spelled(root: Object, hint: str | None) -> Detected | None:
    """The keys of the states dialects may be spelled in any case; the last of several counts."""
    found = [value for key, value in root.items() if key.lower() == "states"]
    return _states({**root, "states": found[-1]}, hint) if found and isinstance(found[-1], list) else None


def _tasks(head: Object) -> Detected | Problem:
    version = head["dsl"]
    if not isinstance(version, str):
        return error(
            "parse", "dsl-version", "/document/dsl", "the version of the language must be text, such as '1.0.0'"
        )
    if not _DSL.fullmatch(version):
        message = f"version {version[:40]!r} of the language is not supported; 1.0.0 and later 1.0 versions are"
        return error("parse", "dsl-version", "/document/dsl", message)
    return Detected("v10")


def _lists(root: Object, hint: str | None) -> Detected | None:
    # the two lists share the key `tasks`: where structure does not tell, a hint of the caller does
    tasks = root.get("tasks")
    listed = isinstance(tasks, list) and bool(tasks)
    if hint in ("tasklist", "graph") and "_taskDefs" not in root:
        return Detected(cast("Dialect", hint))
    if "_taskDefs" in root or (
        listed and all(isinstance(task, dict) and "taskReferenceName" in task for task in cast("list[Any]", tasks))
    ):
        return Detected("tasklist")
    if "tasks" in root and ("tasksHierarchy" in root or "edges" in root):
        return Detected("graph")
    return None


def _unknown(root: Object) -> Problem:
    keys = ", ".join(repr(key[:40]) for key in list(root)[:_SHOWN_KEYS]) or "none"
    return error(
        "parse", "dialect-unknown", "", f"the language cannot be told: no document.dsl, states or tasks; keys: {keys}"
    )


def _states(root: Object, hint: str | None) -> Detected:
    if hint in STATES_DIALECTS:
        return Detected(cast("Dialect", hint))
    old, new, activities = _old(root), _new(root), _activities(root)
    if new and not old and "id" not in root:
        return Detected("v09")
    if activities:
        return Detected("cwm")
    if not old and not new and "key" not in root and _named_by_rule(root):
        return Detected("v09")
    if old and new:
        message = "constructs of 0.8 and of 0.9 stand side by side; the definition is read as 0.8"
        return Detected("v08", [warning("parse", "dialect-mixed", "", message)])
    return Detected("v08")


def _objects(value: Any) -> Iterator[Object]:
    """The objects of an array; nothing for anything else."""
    for item in cast("list[Any]", value) if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield cast("Object", item)


def _actions(root: Object) -> Iterator[Object]:
    """All actions, wherever states keep them."""
    for state in _objects(root.get("states")):
        yield from _objects(state.get("actions"))
        for holder in (*_objects(state.get("branches")), *_objects(state.get("onEvents"))):
            yield from _objects(holder.get("actions"))
        if isinstance(state.get("action"), dict):
            yield cast("Object", state["action"])


def _handlers(root: Object) -> Iterator[Object]:
    for state in _objects(root.get("states")):
        yield from _objects(state.get("onErrors"))


def _old(root: Object) -> bool:
    """Whether something only 0.8 has is there."""
    return (
        "id" in root
        or "autoRetries" in root
        or isinstance(root.get("errors"), list)
        or any(state.get("type") == "sleep" for state in _objects(root.get("states")))
        or any(isinstance(action.get("eventRef"), dict) for action in _actions(root))
        or any(key in action for action in _actions(root) for key in _RETRYING)
        or any("kind" in event for event in _objects(root.get("events")))
        or any("errorRef" in handler or "errorRefs" in handler for handler in _handlers(root))
    )


def _new(root: Object) -> bool:
    """Whether something only 0.9 has is there."""
    errors = root.get("errors")
    return (
        "dataOutputSchema" in root
        or "extensions" in root
        or (isinstance(errors, dict) and any(key in errors for key in ("definitions", "handlers", "policies")))
        or any(isinstance(state.get("onErrors"), str) for state in _objects(root.get("states")))
        or any(key in handler for handler in _handlers(root) for key in ("when", "exceptWhen", "refName", "then"))
        or any(key in action for action in _actions(root) for key in ("publish", "subscribe", "onErrors"))
        or any(_new_function(function) for function in _objects(root.get("functions")))
    )


def _new_function(function: Object) -> bool:
    return (
        function.get("type") in ("http", "openapi")
        or isinstance(function.get("operation"), dict)
        or isinstance(function.get("authRef"), dict)
    )


def _activities(root: Object) -> bool:
    """Whether functions are adapter activities, or retries are without end."""
    for function in _objects(root.get("functions")):
        operation, metadata = function.get("operation"), function.get("metadata")
        if isinstance(metadata, dict) and "worker" in metadata:
            return True
        if function.get("type") in (None, "custom") and isinstance(operation, str) and _ACTIVITY.fullmatch(operation):
            return True
    return any(retry.get("maxAttempts") in (0, "0") for retry in _objects(root.get("retries")))


def _named_by_rule(root: Object) -> bool:
    """Whether all names are lower case with hyphens and the version is semantic, as 0.9 asks."""
    version = root.get("version")
    if not isinstance(version, str) or not _SEMVER.fullmatch(version):
        return False
    named = [root, *(item for key in ("states", "functions", "events", "retries") for item in _objects(root.get(key)))]
    names = [item.get("name") for item in named]
    return all(isinstance(name, str) and _KEBAB.fullmatch(name) for name in names)
