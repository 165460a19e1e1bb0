"""Constructs of 1.0 documents that are newer than the version which `document.dsl` names.

They are executed all the same (announced after 1.0.3); the author is told with info `newer-than-dsl`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from weft.dsl.document.shapes_check import step
from weft.dsl.problems import Problem, info

NEWEST_RELEASED: Final = (1, 0, 3)


def newer_than_dsl(doc: dict[str, Any]) -> list[Problem]:
    """One info per construct that was announced after the version of `document.dsl`."""
    head = doc.get("document")
    version = str(cast("dict[str, Any]", head).get("dsl")) if isinstance(head, dict) else ""
    numbers = version.partition("-")[0].split(".")
    if len(numbers) != 3 or not all(part.isdigit() for part in numbers):
        return []
    if tuple(int(part[:6]) for part in numbers) > NEWEST_RELEASED:
        return []
    return [
        info("schema", "newer-than-dsl", pointer, f"{what} is newer than version {version[:40]} of the language")
        for pointer, what in _newer(doc)
    ]


def _newer(doc: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "evaluate" in doc:
        yield "/evaluate", "evaluate"
    schedule = doc.get("schedule")
    if isinstance(schedule, dict) and "read" in schedule:
        yield "/schedule/read", "schedule.read"
    yield from _in_tasks(doc.get("do"), "/do")


def _in_tasks(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Walks task lists wherever they are nested."""
    for index, item in enumerate(cast("list[Any]", value)) if isinstance(value, list) else ():
        for name, task in cast("dict[str, Any]", item).items() if isinstance(item, dict) else ():
            if isinstance(task, dict):
                yield from _in_task(cast("dict[str, Any]", task), step(f"{pointer}/{index}", name))


def _in_task(task: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    loop, catch, fork, each = (task.get(key) for key in ("for", "catch", "fork", "foreach"))
    if isinstance(loop, dict) and isinstance(loop.get("in"), list):
        yield f"{pointer}/for/in", "an in-line array in for.in"
    if isinstance(catch, dict):
        if "then" in catch:
            yield f"{pointer}/catch/then", "catch.then"
        yield from _in_tasks(catch.get("do"), f"{pointer}/catch/do")
    for key in ("do", "try"):
        yield from _in_tasks(task.get(key), f"{pointer}/{key}")
    if isinstance(fork, dict):
        yield from _in_tasks(fork.get("branches"), f"{pointer}/fork/branches")
    if isinstance(each, dict):
        yield from _in_tasks(each.get("do"), f"{pointer}/foreach/do")
