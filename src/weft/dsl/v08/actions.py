"""Actions lowered to `action` nodes: what they call, on which data, where the result goes, how often they are tried.

An action has one of `functionRef`, `subFlowRef`, `eventRef` (0.8, CWM), `publish`, `subscribe` (0.9).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import DONE, Node, Source
from weft.dsl.machine.states import (
    ActionSpec,
    ActivityCall,
    AnyCall,
    ChildCall,
    EmitCall,
    ExpressionCall,
    LogCall,
)
from weft.dsl.v08.draft import object_of, objects_of, text_of
from weft.dsl.v08.ends import event_out
from weft.dsl.v08.errors import handlers
from weft.dsl.v08.events import event_in, placement
from weft.dsl.v08.lowering import Lowering, Place
from weft.dsl.v08.retries import retry_of_action

_CALLS = ("functionRef", "subFlowRef", "eventRef", "publish", "subscribe")


def lower_actions(body: Mapping[str, Any], place: Place, lowering: Lowering, *, linked: bool = True) -> list[int]:
    """The nodes of `actions`, one after the other if `linked`, else each on its own; empty without any."""
    found = list(objects_of(body, "actions"))
    indexes = [lowering.reserve() for _ in found]
    for at, (index, action) in enumerate(found):
        following = indexes[at + 1] if linked and at + 1 < len(indexes) else DONE
        lower_action(action, f"{place.pointer}/actions/{index}", indexes[at], following, place, lowering)
    return indexes


def lower_action(
    action: Mapping[str, Any], pointer: str, index: int, following: int, place: Place, lowering: Lowering
) -> None:
    """Fills the reserved node `index` with the action."""
    draft = lowering.draft
    found, called = _call(action, pointer, place, lowering)
    # one that calls nothing is reported; so is whatever else is wrong with it
    call = LogCall("", None) if found is None else found
    name = text_of(action, "name")
    pauses = object_of(action, "sleep")
    activity = isinstance(call, ActivityCall)
    limited = not (draft.cwm and isinstance(call, ChildCall))
    taken = handlers(action, pointer, lowering, of_action=True) if "onErrors" in action else ()
    if any(handler.compensate for handler in taken):
        what = "a handler of an action cannot compensate: write it at the state"
        draft.error("unsupported-action-compensation", pointer + "/onErrors", what)
    spec = ActionSpec(
        call=call,
        condition=_condition(action, pointer, lowering),
        before=lowering.delay(pauses.get("before"), pointer + "/sleep/before"),
        after=lowering.delay(pauses.get("after"), pointer + "/sleep/after"),
        select=lowering.expr(
            object_of(action, "actionDataFilter").get("fromStateData"), pointer + "/actionDataFilter/fromStateData"
        ),
        place=placement(
            action,
            "actionDataFilter",
            pointer,
            lowering,
            f"{name or ('action' if draft.cwm else called or 'action')}-output",
            assign=lowering.options.merge_replaces,
        ),
        detached=_detached(action),
        retry=None if draft.v09 else retry_of_action(action, pointer, lowering, activity=activity),
        limit=place.action_limit if limited else None,
        default_limit=place.default_limit and activity,
        handlers=taken,
        catching=tuple(handler.caught for handler in taken),
    )
    if found is not None:
        lowering.fill(Node(index, "action", pointer, name or called, place.parent, following, following, spec=spec))


def _condition(action: Mapping[str, Any], pointer: str, lowering: Lowering) -> Source | None:
    if not isinstance(action.get("condition"), str):
        return None
    where = pointer + "/condition"
    source = lowering.expr(action["condition"], where, "test")
    lowering.no_secrets(source, where, "a condition")
    return source


def _detached(action: Mapping[str, Any]) -> bool:
    return any(object_of(action, key).get("invoke") == "async" for key in _CALLS)


def _call(action: Mapping[str, Any], pointer: str, place: Place, lowering: Lowering) -> tuple[AnyCall | None, str]:
    """What is called, and the name of it."""
    key = next((key for key in _CALLS if key in action), "")
    where = f"{pointer}/{key}"
    if key == "functionRef":
        return _function(action[key], where, lowering)
    if key == "subFlowRef":
        return _sub_flow(action[key], where, lowering)
    if key == "eventRef":
        return _event(object_of(action, key), where, place, lowering)
    if key == "publish":
        body = object_of(action, key)
        name = text_of(body, "event")
        out = event_out(name, body, where, where + "/event", lowering)
        return (None if out is None else EmitCall(out)), name
    if key == "subscribe":
        body = object_of(action, key)
        name = text_of(body, "event")
        wanted = event_in(name, where + "/event", lowering)
        limit = lowering.duration(body.get("timeout"), where + "/timeout") or place.action_limit
        return (None if wanted is None else EmitCall(None, wanted, limit)), name
    lowering.draft.error("property-missing", pointer, "the action calls nothing: a functionRef or the like is needed")
    return None, ""


def _function(value: Any, pointer: str, lowering: Lowering) -> tuple[AnyCall | None, str]:
    draft = lowering.draft
    body = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    name = value if isinstance(value, str) else text_of(body, "refName")
    if name not in draft.functions:
        where = pointer if isinstance(value, str) else pointer + "/refName"
        draft.error("ref-function", where, f"{name!r} is no function of this definition")
        return None, name
    arguments = lowering.data(body["arguments"], pointer + "/arguments") if "arguments" in body else None
    call = lowering.calls.get(name)
    if call is None:  # reported where the function is declared
        return None, name
    if call.kind == "expression":
        source = lowering.expr(call.target, call.where)
        return (None if source is None else ExpressionCall(source, arguments)), name
    if call.kind == "sysout":
        return LogCall(call.target, arguments), name
    if call.kind in ("adapter", "system"):
        known = lowering.options.adapters
        if known is not None and call.kind == "adapter" and not known(call.target):
            draft.warning("ref-adapter", call.where, f"no adapter that is deployed offers {call.target!r}")
        keys: set[str] = set(object_of(body, "arguments"))
        wraps = bool(keys & {"input", "config"})
        return ActivityCall(call.kind, call.target, call.queue, arguments, wraps), name
    return ActivityCall("http", call.target, call.queue, arguments, True), name


def _sub_flow(value: Any, pointer: str, lowering: Lowering) -> tuple[AnyCall | None, str]:
    if isinstance(value, str):
        name, version, outlives = value, "", False
        where = pointer
    else:
        body = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        name, version = text_of(body, "workflowId"), text_of(body, "version")
        outlives = body.get("onParentComplete") == "continue"
        where = pointer + "/workflowId"
    lowering.children.append((name, version, where))
    return ChildCall(Identity(name=name, version=version), "abandon" if outlives else "terminate"), name


def _event(body: Mapping[str, Any], pointer: str, place: Place, lowering: Lowering) -> tuple[AnyCall | None, str]:
    name = text_of(body, "triggerEventRef")
    out = event_out(name, body, pointer, pointer + "/triggerEventRef", lowering)
    wanted = None
    answer = text_of(body, "resultEventRef")
    if answer:
        wanted = event_in(answer, pointer + "/resultEventRef", lowering)
        if wanted is None:
            return None, name
    limit = lowering.duration(body.get("resultEventTimeout"), pointer + "/resultEventTimeout") or place.action_limit
    return (None if out is None else EmitCall(out, wanted, limit)), name
