"""Waiting for events: opening a subscription, taking events that came early, and taking what arrives.

The first consumed event fixes correlation values that have none, for the whole run: later events must carry equal
ones, and the other open subscriptions of the run are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weft.dsl.machine import early, waits
from weft.dsl.machine.commands import Correlate, Filter, OpenSubscription
from weft.dsl.machine.core import HANDLERS, Turn
from weft.dsl.machine.durations import Duration
from weft.dsl.machine.inputs import EventReceived
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.states import EventIn
from weft.dsl.machine.variables import evaluate, refuse_sealed

SEEN = "seen"
DEFAULT_EVENT_S = 600


def filters_of(turn: Turn, token: Token | None, events: Sequence[EventIn], data: Any) -> tuple[Filter, ...]:
    """What the engine looks for: expectations are evaluated on the data at hand, now."""
    return tuple(
        Filter(
            type=event.type,
            source=event.source,
            correlate=tuple([_rule(turn, token, event, index, data) for index in range(len(event.correlation))]),
            name=event.name,
        )
        for event in events
    )


def _rule(turn: Turn, token: Token | None, event: EventIn, index: int, data: Any) -> Correlate:
    rule = event.correlation[index]
    if rule.value is None:
        fixed = turn.state.corr
        return Correlate(rule.name, fixed[rule.name]) if rule.name in fixed else Correlate(rule.name)
    value = evaluate(turn, token, rule.value, data)
    refuse_sealed(turn, value, "a correlation")
    return Correlate(rule.name, value)


def open_wait(turn: Turn, token: Token, filters: tuple[Filter, ...], extra: Any = None) -> str:
    """A subscription of an owned token."""
    return waits.open_subscription(turn, token, filters, extra=extra)


def limit_at(turn: Turn, timeout: Duration | None, by_default: bool) -> int:
    """When a wait for an event that begins now is over (UTC ms); 0: never."""
    if timeout is not None:
        return timeout.after(turn.now)
    if by_default:
        seconds = default_seconds(turn, "eventTimeout", DEFAULT_EVENT_S)
        return turn.now + int(seconds * 1000) if seconds else 0
    return 0


def default_seconds(turn: Turn, key: str, built_in: float) -> float:
    """A time-out of the server's defaults in seconds; 0 is no limit."""
    value = turn.state.origin.defaults.get(key, built_in)
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    return value if usable else built_in


def take_early(turn: Turn, filters: Sequence[Filter], skip: frozenset[int] = frozenset()) -> tuple[int, Any] | None:
    """The first kept event that fits one of the filters (not those in `skip`), consumed; its filter and itself."""
    state = turn.state
    for entry in state.early:
        event, keys = entry["event"], entry["keys"]
        for index, wanted in enumerate(filters):
            if index not in skip and early.fits(wanted, event, state.corr, keys):
                state.early = [other for other in state.early if other is not entry]
                consume(turn, wanted, event, keys)
                return index, event
    return None


def fitting(turn: Turn, wait: Wait, inp: EventReceived, skip: frozenset[int] = frozenset()) -> int:
    """The filter of an open wait that the event fits: the one the engine names, else the first; -1 for none."""
    command = wait.command
    if not isinstance(command, OpenSubscription):
        return -1
    filters = command.filters
    corr = turn.state.corr
    named = inp.filter
    if 0 <= named < len(filters) and named not in skip and early.fits(filters[named], inp.event, corr, inp.keys):
        return named
    for index, wanted in enumerate(filters):
        if index not in skip and early.fits(wanted, inp.event, corr, inp.keys):
            return index
    return -1


def receive(turn: Turn, token: Token, wait: Wait, inp: EventReceived, skip: frozenset[int] = frozenset()) -> int:
    """An event for an open wait: the filter it is consumed for, or -1 (recorded) when it does not fit."""
    index = fitting(turn, wait, inp, skip)
    command = wait.command
    if index < 0 or not isinstance(command, OpenSubscription):
        turn.record_at("ignored", token, {"ref": wait.ref, "event": inp.event.get("id"), "why": "does not correlate"})
        _keep(turn, inp)  # a later wait may be the one it is meant for
        return -1
    command = wait.command
    assert isinstance(command, OpenSubscription)
    consume(turn, command.filters[index], inp.event, inp.keys)
    return index


def consume(turn: Turn, wanted: Filter, event: dict[str, Any], keys: dict[str, Any]) -> None:
    """Fix what the event fixes, tell the other subscriptions, and remember it where it might come a second time."""
    state = turn.state
    fixed = early.newly_fixed(wanted, event, state.corr, keys)
    if fixed:
        state.corr = {**state.corr, **fixed}
        for ref, wait in list(turn.waits.items()):
            command = wait.command
            if not isinstance(command, OpenSubscription):
                continue
            # a standing subscription serves waits with values of their own as well: those stay open there
            free = {name.lower() for name in wait.extra or ()}
            held = {name: fixed[name] for name in fixed if name.lower() in free} if command.standing else fixed
            changed = early.with_fixed(command.filters, held) if held else None
            if changed is not None:
                waits.update_subscription(turn, ref, changed)
    if turn.program.run.standing:
        state.memory = {**state.memory, SEEN: early.remember(state.memory.get(SEEN, ()), event)}


def offer(turn: Turn, inp: EventReceived) -> None:
    """An event at a standing subscription: to the open waits it fits, else kept for a later one."""
    state = turn.state
    if early.event_key(inp.event) in state.memory.get(SEEN, ()):
        turn.record("ignored", data={"ref": inp.ref, "event": inp.event.get("id"), "why": "already consumed"})
        return
    for ref, wait in list(turn.waits.items()):
        if not wait.token or wait.kind != "event" or ref not in turn.waits:
            continue
        index = fitting(turn, wait, inp)
        if index < 0:
            continue
        token = turn.own(turn.tokens[wait.token])
        node = turn.nodes[token.node]
        turn.at = token
        received = EventReceived(seq=inp.seq, at=inp.at, ref=ref, event=inp.event, filter=index, keys=inp.keys)
        HANDLERS[node.kind].accept(turn, token, node, wait, received)
        if turn.ended:
            return
    _keep(turn, inp)


def _keep(turn: Turn, inp: EventReceived) -> None:
    """Keep an event that a standing subscription is for; not one that was consumed or is kept already."""
    if not any(
        fitting(turn, wait, inp) >= 0
        for wait in turn.waits.values()
        if isinstance(wait.command, OpenSubscription) and wait.command.standing
    ):
        return
    state = turn.state
    kept = early.keep(state.early, state.memory.get(SEEN, ()), inp.event, inp.keys)
    if kept is not None:
        state.early = kept


def seen_by(event: EventIn, envelope: dict[str, Any]) -> Any:
    """What filters see of an event: its data, or the whole of it."""
    return envelope.get("data") if event.data_only else envelope
