"""Checks of names and flow of a states document: what leads where, and which states lie outside the main flow.

Compensation states (`usedForCompensation`) have no incoming transition from the main flow, are no event states,
lead only to such states and have no `compensatedBy`. `runBefore` states have no incoming transition, are no
compensation states and reach an end. In CWM only names are errors, the rest is reported as warnings.
"""

from __future__ import annotations

import re
from typing import Any, Final

from weft.dsl.v08.draft import STATE_TYPES, Draft, Part, object_of, text_of
from weft.dsl.v08.exits import Exit, exits_of

_KEBAB: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def check_flow(draft: Draft) -> None:
    """All checks of this module; problems go to the draft."""
    ways = {part.index: exits_of(part, draft) for part in draft.states}
    _check_start(draft)
    for part in draft.states:
        _check_state(part, draft)
        _check_targets(part, ways[part.index], draft)
    compensating = {p.name for p in draft.states if p.body.get("usedForCompensation") is True}
    _check_compensation(draft, ways, compensating)
    before = _check_run_before(draft, ways, compensating)
    _check_reachable(draft, ways, compensating, before)
    if draft.v09:
        _check_patterns(draft)


def _check_start(draft: Draft) -> None:
    name, pointer = draft.start_name()
    if name is not None and draft.state(name) is None:
        draft.error("ref-state", pointer, f"{name!r} is no state of this definition")


def _check_state(part: Part, draft: Draft) -> None:
    body, pointer = part.body, part.pointer
    kind = text_of(body, "type")
    if kind not in STATE_TYPES and "type" in body:
        draft.error("enum", pointer + "/type", f"{kind!r} is no kind of state")
        return
    if "transition" in body and body.get("end") not in (None, False):
        draft.add_by_dialect("exit-conflict", pointer + "/end", "a state has a transition or an end, not both")
    if kind == "switch":
        if body.get("end") not in (None, False):
            draft.add_by_dialect("exit-conflict", pointer + "/end", "a switch state ends by its conditions")
        if draft.cwm and "defaultCondition" not in body:
            draft.error("property-missing", pointer, "a switch state needs a defaultCondition")
    elif not _has_exit(body) and not draft.cwm and body.get("usedForCompensation") is not True:
        draft.error("exit-missing", pointer, "the state has neither a transition nor an end")


def _has_exit(body: dict[str, Any]) -> bool:
    return "transition" in body or body.get("end") not in (None, False)


def _check_targets(part: Part, ways: list[Exit], draft: Draft) -> None:
    for way in ways:
        if way.target is not None and draft.state(way.target) is None:
            draft.error("ref-state", way.pointer, f"{way.target!r} is no state of this definition")


def _check_compensation(draft: Draft, ways: dict[int, list[Exit]], compensating: set[str]) -> None:
    undoing = compensating | {
        found.name for part in draft.states if (found := draft.state(text_of(part.body, "compensatedBy"))) is not None
    }
    for part in draft.states:
        _check_undo(part, draft, compensating)
        inside = part.name in compensating
        for way in ways[part.index]:
            target = draft.state(way.target) if way.target is not None else None
            if target is None:
                continue
            if target.name in undoing and not inside:
                draft.add_by_dialect(
                    "compensation-incoming", way.pointer, f"{target.name!r} compensates: the main flow cannot enter it"
                )
            elif inside and target.name not in compensating:
                draft.add_by_dialect(
                    "compensation-flag", way.pointer, f"{target.name!r} is not marked usedForCompensation"
                )
    start = draft.start()
    if start is not None and start.name in compensating:
        draft.add_by_dialect("compensation-incoming", draft.start_name()[1], "the start state compensates")


def _check_undo(part: Part, draft: Draft, compensating: set[str]) -> None:
    pointer = part.pointer
    name = text_of(part.body, "compensatedBy")
    if name:
        target = draft.state(name)
        if target is None:
            draft.error("ref-state", pointer + "/compensatedBy", f"{name!r} is no state of this definition")
        elif target.name not in compensating:
            draft.error("compensation-flag", pointer + "/compensatedBy", f"{name!r} is not marked usedForCompensation")
    if part.name not in compensating:
        return
    if text_of(part.body, "type") == "event":
        draft.add_by_dialect("compensation-event-state", pointer + "/type", "an event state cannot compensate")
    if name:
        draft.add_by_dialect(
            "compensation-nested", pointer + "/compensatedBy", "a compensating state is not compensated itself"
        )


def _check_run_before(draft: Draft, ways: dict[int, list[Exit]], compensating: set[str]) -> set[str]:
    """The names of the states of the `runBefore` chain."""
    limit = object_of(object_of(draft.doc, "timeouts"), "workflowExecTimeout")
    name = text_of(limit, "runBefore")
    if not name:
        return set()
    pointer = "/timeouts/workflowExecTimeout/runBefore"
    first = draft.state(name)
    if first is None:
        draft.error("ref-state", pointer, f"{name!r} is no state of this definition")
        return set()
    if first.name in compensating:
        draft.add_by_dialect("compensation-incoming", pointer, f"{name!r} compensates: nothing else enters it")
    chain = _closure(draft, ways, first)
    for part in draft.states:
        if part.name in chain:
            continue
        for way in ways[part.index]:
            target = draft.state(way.target) if way.target is not None else None
            if target is not None and target.name in chain:
                draft.add_by_dialect(
                    "runbefore-incoming", way.pointer, f"{target.name!r} runs only before a time-out ends the run"
                )
    start = draft.start()
    if start is not None and start.name in chain:
        draft.add_by_dialect("runbefore-incoming", draft.start_name()[1], "the start state is a runBefore state")
    if not any(way.target is None for name in chain for way in ways[draft.by_name[name].index]):
        draft.add_by_dialect("runbefore-no-end", pointer, f"the states from {name!r} on never reach an end")
    return chain


def _closure(draft: Draft, ways: dict[int, list[Exit]], *first: Part) -> set[str]:
    seen: set[str] = set()
    todo = list(first)
    while todo:
        part = todo.pop()
        if part.name in seen:
            continue
        seen.add(part.name)
        todo.extend(t for w in ways[part.index] if w.target is not None and (t := draft.state(w.target)) is not None)
    return seen


def _check_reachable(draft: Draft, ways: dict[int, list[Exit]], compensating: set[str], before: set[str]) -> None:
    start = draft.start()
    if start is None:
        return
    reached = _closure(draft, ways, start) | before
    undo = [t for p in draft.states if (t := draft.state(text_of(p.body, "compensatedBy"))) is not None]
    reached |= _closure(draft, ways, *undo)
    for part in draft.states:
        if part.name not in reached and part.name not in compensating:
            draft.warning("unreachable", part.pointer, f"no state leads to {part.name!r}")


def _check_patterns(draft: Draft) -> None:
    """0.9 names are lower case letters, digits and hyphens."""
    for part in draft.states:
        _check_pattern(part, draft)
    for table in (draft.functions, draft.events, draft.retries, draft.auths):
        for part in table.values():
            _check_pattern(part, draft)


def _check_pattern(part: Part, draft: Draft) -> None:
    if part.name and not _KEBAB.fullmatch(part.name):
        draft.error(
            "name-pattern", part.pointer + "/name", f"{part.name!r} is not made of lower case letters, digits, hyphens"
        )
