"""Where a state can go: every `transition` and `end` written in it, with pointers.

Used by the flow checks (which states can be reached, which exits compensate) and by the lowering of the exits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from weft.dsl.v08.draft import Draft, Part, object_of, objects_of, text_of


class Exit(msgspec.Struct, frozen=True):
    """One way out of a state. `target` is None for an end; `pointer` points at the name, or at the end."""

    pointer: str
    target: str | None
    body: dict[str, Any]
    compensate: bool


def exit_of(holder: Mapping[str, Any], pointer: str) -> Exit | None:
    """The exit written in an object that may hold `transition` or `end` (a transition wins); None without one."""
    transition = holder.get("transition")
    if isinstance(transition, str):
        return Exit(pointer + "/transition", transition, {}, False)
    if isinstance(transition, dict):
        body = cast("dict[str, Any]", transition)
        target = text_of(body, "nextState")
        return Exit(pointer + "/transition/nextState", target, body, body.get("compensate") is True)
    end = holder.get("end")
    if end is True:
        return Exit(pointer + "/end", None, {}, False)
    if isinstance(end, dict):
        body = cast("dict[str, Any]", end)
        return Exit(pointer + "/end", None, body, body.get("compensate") is True)
    return None


def holders_of(part: Part, draft: Draft) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object of a state that may hold an exit, with its pointer."""
    body, pointer = part.body, part.pointer
    yield body, pointer
    for key in ("dataConditions", "eventConditions"):
        for index, condition in objects_of(body, key):
            yield condition, f"{pointer}/{key}/{index}"
    default = body.get("defaultCondition")
    if isinstance(default, dict):
        yield cast("dict[str, Any]", default), pointer + "/defaultCondition"
    yield from _handlers(body, pointer, draft)
    for actions in ("actions", "action"):
        yield from _of_actions(body, actions, pointer, draft)
    for key in ("branches", "onEvents"):
        for index, item in objects_of(body, key):
            yield from _of_actions(item, "actions", f"{pointer}/{key}/{index}", draft)


def _of_actions(body: Mapping[str, Any], key: str, pointer: str, draft: Draft) -> Iterator[tuple[dict[str, Any], str]]:
    single = object_of(body, key)
    if single:
        yield from _handlers(single, f"{pointer}/{key}", draft)
    for index, action in objects_of(body, key):
        yield from _handlers(action, f"{pointer}/{key}/{index}", draft)


def _handlers(body: Mapping[str, Any], pointer: str, draft: Draft) -> Iterator[tuple[dict[str, Any], str]]:
    """The handlers of an `onErrors`: 0.8 entries hold the exit, 0.9 handlers hold it in `then`."""
    for handler, where in handlers_of(body, pointer, draft):
        if isinstance(handler.get("then"), dict):
            yield object_of(handler, "then"), where + "/then"
        yield handler, where


def handlers_of(body: Mapping[str, Any], pointer: str, draft: Draft) -> Iterator[tuple[dict[str, Any], str]]:
    """Bodies of the handlers in `onErrors`: in-line, by `refName`, or those of a named policy."""
    policy = body.get("onErrors")
    if isinstance(policy, str):
        part = draft.policies.get(policy)
        if part is None:
            return
        entries, where = objects_of(part.body, "handlers"), part.pointer + "/handlers"
    else:
        entries, where = objects_of(body, "onErrors"), pointer + "/onErrors"
    for index, entry in entries:
        named = draft.handlers.get(text_of(entry, "refName")) if draft.v09 and "refName" in entry else None
        if named is not None:
            yield named.body, named.pointer
        else:
            yield entry, f"{where}/{index}"


def exits_of(part: Part, draft: Draft) -> list[Exit]:
    """Every way out of a state."""
    found = (exit_of(holder, pointer) for holder, pointer in holders_of(part, draft))
    return [way for way in found if way is not None]
