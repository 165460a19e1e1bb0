"""Time limits of a states document: lower levels override the top level for their own kind.

In CWM the server's defaults stand where nothing is written; the default for states only where all actions are
activities without `retryRef` and without pauses, and the state neither sleeps nor waits for events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from weft.dsl.machine.durations import Duration
from weft.dsl.v08.draft import Part, object_of, objects_of, text_of
from weft.dsl.v08.lowering import Lowering


class Limits(msgspec.Struct, frozen=True):
    """What holds in one state; None is no limit, the flags say that the server's defaults apply."""

    state: Duration | None
    action: Duration | None
    branch: Duration | None
    event: Duration | None
    default_state: bool = False
    default_action: bool = False
    default_event: bool = False


def limits_of(part: Part, lowering: Lowering) -> Limits:
    """The limits of one state, the document's where it has none of its own."""
    own, top = object_of(part.body, "timeouts"), object_of(lowering.draft.doc, "timeouts")
    where = part.pointer + "/timeouts"
    cwm = lowering.draft.cwm
    return Limits(
        state=_state(own, top, where, lowering),
        action=_one(own, top, "actionExecTimeout", where, lowering),
        branch=_one(own, top, "branchExecTimeout", where, lowering),
        event=_one(own, top, "eventTimeout", where, lowering),
        default_state=cwm and not _written(own, top, "stateExecTimeout") and _plain(part),
        default_action=cwm and not _written(own, top, "actionExecTimeout"),
        default_event=cwm and not _written(own, top, "eventTimeout"),
    )


def _written(own: Mapping[str, Any], top: Mapping[str, Any], key: str) -> bool:
    return key in own or key in top


def _one(own: Mapping[str, Any], top: Mapping[str, Any], key: str, where: str, lowering: Lowering) -> Duration | None:
    if key in own:
        return lowering.duration(own[key], f"{where}/{key}")
    return lowering.duration(top.get(key), f"/timeouts/{key}")


def _state(own: Mapping[str, Any], top: Mapping[str, Any], where: str, lowering: Lowering) -> Duration | None:
    level, pointer = (own, where) if "stateExecTimeout" in own else (top, "/timeouts")
    value: Any = level.get("stateExecTimeout")
    pointer += "/stateExecTimeout"
    if not isinstance(value, dict):
        return lowering.duration(value, pointer)
    body = cast("dict[str, Any]", value)
    total = lowering.duration(body.get("total"), pointer + "/total")
    single = lowering.duration(body.get("single"), pointer + "/single")
    if total is None or single is None or lowering.draft.cwm:
        return total or single
    # states are not tried again: the smaller of both holds
    return min(total, single, key=lambda duration: (duration.months, duration.ms))


def _plain(part: Part) -> bool:
    if text_of(part.body, "type") in ("event", "callback", "sleep", "delay"):
        return False
    found = list(_actions(part.body))
    return bool(found) and all(
        "functionRef" in action and "retryRef" not in action and "sleep" not in action for action in found
    )


def _actions(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for _, action in objects_of(body, "actions"):
        yield action
    for _, branch in objects_of(body, "branches"):
        yield from _actions(branch)


def branch_limit(branch: Mapping[str, Any], pointer: str, limits: Limits, lowering: Lowering) -> Limits:
    """The limits inside one branch: its own, then the state's."""
    own = object_of(branch, "timeouts")
    where = pointer + "/timeouts"
    changes: dict[str, Any] = {}
    if "branchExecTimeout" in own:
        changes["branch"] = lowering.duration(own["branchExecTimeout"], where + "/branchExecTimeout")
    if "actionExecTimeout" in own:
        changes["action"] = lowering.duration(own["actionExecTimeout"], where + "/actionExecTimeout")
        changes["default_action"] = False
    return msgspec.structs.replace(limits, **changes) if changes else limits
