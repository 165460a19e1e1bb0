"""Checks of names and flow of a states document: what leads where, and which states lie outside the main flow.

Compensation states (`usedForCompensation`) have no incoming transition from the main flow, are no event states,
lead only to such states and have no `compensatedBy`. `runBefore` states have no incoming transition, are no
compensation states and reach an end. In CWM only names are errors, the rest is reported as warnings.
"""

from __future__ import annotations

import re
from typing import Any, Final

from weft.dsl.v08.exits import Exit, exits_of
from weft.dsl.v08.source import STATE_TYPES, Part, Source, object_of, text_of

_KEBAB: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def check_flow(source: Source) -> None:
    """All checks of this module; problems go to the source."""
    ways = {part.index: exits_of(part, source) for part in source.states}
    _check_start(source)
    for part in source.states:
        _check_state(part, source)
        _check_targets(part, ways[part.index], source)
    compensating = {p.name for p in source.states if p.body.get("usedForCompensation") is True}
    _check_compensation(source, ways, compensating)
    before = _check_run_before(source, ways, compensating)
    _check_reachable(source, ways, compensating, before)
    if source.v09:
        _check_patterns(source)


def _check_start(source: Source) -> None:
    name, pointer = source.start_name()
    if name is not None and source.state(name) is None:
        source.error("ref-state", pointer, f"{name!r} is no state of this definition")


def _check_state(part: Part, source: Source) -> None:
    body, pointer = part.body, part.pointer
    kind = text_of(body, "type")
    if kind not in STATE_TYPES and "type" in body:
        source.error("enum", pointer + "/type", f"{kind!r} is no kind of state")
        return
    if "transition" in body and body.get("end") not in (None, False):
        source.add_by_dialect("exit-conflict", pointer + "/end", "a state has a transition or an end, not both")
    if kind == "switch":
        if body.get("end") not in (None, False):
            source.add_by_dialect("exit-conflict", pointer + "/end", "a switch state ends by its conditions")
        if source.cwm and "defaultCondition" not in body:
            source.error("property-missing", pointer, "a switch state needs a defaultCondition")
    elif not _has_exit(body) and not source.cwm and body.get("usedForCompensation") is not True:
        source.error("exit-missing", pointer, "the state has neither a transition nor an end")


def _has_exit(body: dict[str, Any]) -> bool:
    return "transition" in body or body.get("end") not in (None, False)


def _check_targets(part: Part, ways: list[Exit], source: Source) -> None:
    for way in ways:
        if way.target is not None and source.state(way.target) is None:
            source.error("ref-state", way.pointer, f"{way.target!r} is no state of this definition")


def _check_compensation(source: Source, ways: dict[int, list[Exit]], compensating: set[str]) -> None:
    for part in source.states:
        _check_undo(part, source, compensating)
        inside = part.name in compensating
        for way in ways[part.index]:
            target = source.state(way.target) if way.target is not None else None
            if target is None:
                continue
            undoing = target.name in compensating or _names_undo(source, target.name)
            if undoing and not inside:
                source.add_by_dialect(
                    "compensation-incoming", way.pointer, f"{target.name!r} compensates: the main flow cannot enter it"
                )
            elif inside and target.name not in compensating:
                source.add_by_dialect(
                    "compensation-flag", way.pointer, f"{target.name!r} is not marked usedForCompensation"
                )
    start = source.start()
    if start is not None and start.name in compensating:
        source.add_by_dialect("compensation-incoming", source.start_name()[1], "the start state compensates")


def _names_undo(source: Source, name: str) -> bool:
    return any(text_of(part.body, "compensatedBy") == name for part in source.states)


def _check_undo(part: Part, source: Source, compensating: set[str]) -> None:
    pointer = part.pointer
    name = text_of(part.body, "compensatedBy")
    if name:
        target = source.state(name)
        if target is None:
            source.error("ref-state", pointer + "/compensatedBy", f"{name!r} is no state of this definition")
        elif target.name not in compensating:
            source.error(
                "compensation-flag", pointer + "/compensatedBy", f"{name!r} is not marked usedForCompensation"
            )
    if part.name not in compensating:
        return
    if text_of(part.body, "type") == "event":
        source.add_by_dialect("compensation-event-state", pointer + "/type", "an event state cannot compensate")
    if name:
        source.add_by_dialect(
            "compensation-nested", pointer + "/compensatedBy", "a compensating state is not compensated itself"
        )


def _check_run_before(source: Source, ways: dict[int, list[Exit]], compensating: set[str]) -> set[str]:
    """The names of the states of the `runBefore` chain."""
    limit = object_of(object_of(source.doc, "timeouts"), "workflowExecTimeout")
    name = text_of(limit, "runBefore")
    if not name:
        return set()
    pointer = "/timeouts/workflowExecTimeout/runBefore"
    first = source.state(name)
    if first is None:
        source.error("ref-state", pointer, f"{name!r} is no state of this definition")
        return set()
    if first.name in compensating:
        source.add_by_dialect("compensation-incoming", pointer, f"{name!r} compensates: nothing else enters it")
    chain = _closure(source, ways, first)
    for part in source.states:
        if part.name in chain:
            continue
        for way in ways[part.index]:
            target = source.state(way.target) if way.target is not None else None
            if target is not None and target.name in chain:
                source.add_by_dialect(
                    "runbefore-incoming", way.pointer, f"{target.name!r} runs only before a time-out ends the run"
                )
    start = source.start()
    if start is not None and start.name in chain:
        source.add_by_dialect("runbefore-incoming", source.start_name()[1], "the start state is a runBefore state")
    if not any(way.target is None for name in chain for way in ways[source.by_name[name].index]):
        source.add_by_dialect("runbefore-no-end", pointer, f"the states from {name!r} on never reach an end")
    return chain


def _closure(source: Source, ways: dict[int, list[Exit]], *first: Part) -> set[str]:
    seen: set[str] = set()
    todo = list(first)
    while todo:
        part = todo.pop()
        if part.name in seen:
            continue
        seen.add(part.name)
        todo.extend(t for w in ways[part.index] if w.target is not None and (t := source.state(w.target)) is not None)
    return seen


def _check_reachable(
    source: Source, ways: dict[int, list[Exit]], compensating: set[str], before: set[str]
) -> None:
    start = source.start()
    if start is None:
        return
    reached = _closure(source, ways, start) | before
    undo = [t for p in source.states if (t := source.state(text_of(p.body, "compensatedBy"))) is not None]
    reached |= _closure(source, ways, *undo)
    for part in source.states:
        if part.name not in reached and part.name not in compensating:
            source.warning("unreachable", part.pointer, f"no state leads to {part.name!r}")


def _check_patterns(source: Source) -> None:
    """0.9 names are lower case letters, digits and hyphens."""
    for part in source.states:
        _check_pattern(part, source)
    for table in (source.functions, source.events, source.retries, source.auths):
        for part in table.values():
            _check_pattern(part, source)


def _check_pattern(part: Part, source: Source) -> None:
    if part.name and not _KEBAB.fullmatch(part.name):
        source.error(
            "name-pattern", part.pointer + "/name", f"{part.name!r} is not made of lower case letters, digits, hyphens"
        )
