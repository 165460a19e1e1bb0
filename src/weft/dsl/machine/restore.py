"""RunRestored: a further run takes up the work of another one, or goes on with a live state.

A run that faulted, timed out, was cancelled or terminated kept its tokens; those that were at work enter their nodes
again with fresh attempts, while what their siblings have completed stays. `at_positions` may name other nodes of the
same bodies, `patch` replaces the data they enter with. A live state (fork, continue, migrate) has everything that is
open issued again: activities, children and subscriptions under new refs, timers with their remaining time.
"""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.machine.codec import decode_state
from weft.dsl.machine.commands import (
    OpenManualTask,
    OpenSubscription,
    Record,
    ScheduleActivity,
    StartChild,
    StartTimer,
)
from weft.dsl.machine.control import rename_ref
from weft.dsl.machine.core import Raised, Turn, hooks_of
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import RunRestored
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import ENDED, RunState, Token, Wait, clone

_LETTERS = {"activity": "a", "timer": "t", "event": "e", "child": "c", "manual": "m"}


def read_state(given: Any) -> RunState:
    """The state a RunRestored carries: a RunState, its bytes, or its plain form. Raises ValueError."""
    if isinstance(given, RunState):
        return given
    if isinstance(given, (bytes, bytearray)):
        return decode_state(bytes(given))
    return msgspec.convert(given, RunState)


def base_state(inp: RunRestored) -> RunState:
    """The state of the new run before anything is issued: identity, seed and counters are the new run's."""
    state = clone(read_state(inp.state))
    state.run = inp.run
    state.job = inp.job or state.job
    state.attempt = inp.attempt
    state.seed = inp.seed
    state.next_random = 0
    return state


def restore(turn: Turn, inp: RunRestored) -> None:
    """Put the tokens back and issue what is open. Raises Raised if the state belongs to another program."""
    state = turn.state
    was = state.phase
    elapsed_to = state.clock
    state.clock = turn.now
    if state.program != turn.program.digest:
        raise Raised(fault("configuration", "the state belongs to another program", code="PROGRAM", retryable=False))
    data = {"reason": inp.reason, "from": inp.from_run, "seq": inp.from_seq, "by": inp.by}
    turn.out.append(Record("run.restored", data=data))
    if was in ENDED:
        _thaw(turn)
    state.held = []
    state.stopping = "none"
    state.stop_reason = ""
    state.fault = None
    state.output = None
    state.phase = "running"
    if state.paused_at:
        state.paused_ms += max(0, elapsed_to - state.paused_at)
        state.paused_at = 0
    # Time between the two runs is nobody's: limits measured on the run's clock do not see it.
    state.paused_ms += max(0, turn.now - elapsed_to)
    if not turn.tokens and was in ENDED:
        hooks_of(turn).start(turn, state.origin.input if inp.patch is msgspec.UNSET else inp.patch)
        return
    entering = _entering(turn, inp, was in ENDED)
    _reissue(turn, elapsed_to, was in ENDED, entering)
    _enter_again(turn, inp, entering)
    hooks_of(turn).restored(turn)


def _thaw(turn: Turn) -> None:
    state = turn.state
    turn.tokens.update(state.frozen)
    turn.waits.clear()
    turn.waits.update(state.frozen_waits)
    state.frozen = {}
    state.frozen_waits = {}
    state.busy = sum(1 for wait in turn.waits.values() if wait.kind in ("activity", "child"))
    for token in list(turn.tokens.values()):
        token = turn.own(token)
        token.refs = tuple(ref for ref, wait in turn.waits.items() if wait.token == token.id)
        inner = turn.scopes.get(token.inner)
        if token.inner and (inner is None or not inner.children):
            turn.scopes.pop(token.inner, None)
            token.inner = 0


def _entering(turn: Turn, inp: RunRestored, ended: bool) -> list[Token]:
    # The tokens that enter a node again: named ones, or every one that was at work when the run ended.
    leaves = [turn.own(token) for token in turn.tokens.values() if not token.inner]
    if not inp.at_positions:
        return leaves if ended or inp.patch is not msgspec.UNSET else []
    chosen: list[Token] = leaves if ended else []
    for position in inp.at_positions:
        index = turn.program.positions.get(position)
        found = None if index is None else _token_for(turn, index)
        if found is None or index is None:
            detail = f"no live thread can go on at '{position}'"
            raise Raised(fault("configuration", detail, code="POSITION", retryable=False))
        _empty(turn, found)
        found.node = index
        chosen = [token for token in chosen if token.id in turn.tokens and token.id != found.id]
        chosen.append(found)
    return chosen


def _token_for(turn: Turn, index: int) -> Token | None:
    parent = turn.nodes[index].parent
    for token in turn.tokens.values():
        if turn.nodes[token.node].parent == parent:
            return turn.own(token)
    return None


def _empty(turn: Turn, token: Token) -> None:
    # Nothing inside was ever issued by this run: it is dropped without closing commands.
    scope = turn.scopes.pop(token.inner, None)
    token.inner = 0
    if scope is not None:
        for child in list(scope.children):
            inner = turn.tokens.pop(child, None)
            if inner is not None:
                _empty(turn, turn.own(inner))
                _forget(turn, inner)
    _forget(turn, token)


def _forget(turn: Turn, token: Token) -> None:
    for ref in [ref for ref, wait in turn.waits.items() if wait.token == token.id]:
        wait = turn.waits.pop(ref)
        if wait.kind in ("activity", "child"):
            turn.state.busy -= 1
    token.refs = ()


def _enter_again(turn: Turn, inp: RunRestored, entering: list[Token]) -> None:
    waiting = set(turn.ready)
    again: list[int] = []
    for token in entering:
        if inp.patch is not msgspec.UNSET:
            token.raw = inp.patch
        token.stage = ""
        token.local = None
        if token.id not in waiting:
            again.append(token.id)
    turn.ready.extend(sorted(again, reverse=True))


def _reissue(turn: Turn, clock: int, ended: bool, entering: list[Token]) -> None:
    for token in entering:
        _forget(turn, token)
    for wait in list(turn.waits.values()):
        _reissue_one(turn, wait, clock, ended)


def _reissue_one(turn: Turn, wait: Wait, clock: int, ended: bool) -> None:
    fresh = clone(wait)
    fresh.turn = turn.epoch
    fresh.ref = f"{_LETTERS[wait.kind]}{turn.new_id()}"
    command = wait.command
    if wait.kind == "timer":
        remaining = wait.remaining if wait.remaining >= 0 else max(0, wait.due_at - clock)
        if ended and (wait.token == 0 or remaining == 0):
            remaining = max(0, wait.due_at - wait.opened_at)  # a new attempt has the whole time again
        fresh.remaining = -1
        fresh.opened_at = turn.now
        fresh.due_at = turn.now + remaining
        turn.out.append(StartTimer(fresh.ref, fresh.due_at, fresh.purpose))
    elif isinstance(command, (ScheduleActivity, StartChild, OpenSubscription, OpenManualTask)):
        fresh.command = command = msgspec.structs.replace(command, ref=fresh.ref)
        turn.out.append(command)
    turn.waits.pop(wait.ref, None)
    turn.waits[fresh.ref] = fresh
    token = turn.tokens.get(wait.token)
    if token is not None:
        rename_ref(turn, token, wait.ref, fresh.ref)


def migrate_state(old: Program, new: Program, state: RunState) -> RunState | list[str]:
    """A live state carried to another program, or the occupied positions that do not exist there with the same kind."""
    moved: dict[int, int] = {}
    missing: list[str] = []
    occupied = {token.node for token in state.tokens.values()} | {scope.node for scope in state.scopes.values()}
    occupied |= {entry[0] for entry in state.undo} | {token.node for token in state.frozen.values()}
    for index in sorted(occupied):
        if index < 0:
            moved[index] = index
            continue
        node = old.nodes[index]
        target = new.positions.get(node.position)
        if target is None or new.nodes[target].kind != node.kind:
            missing.append(node.position)
        else:
            moved[index] = target
    if missing:
        return missing
    replace = msgspec.structs.replace
    return replace(
        state,
        program=new.digest,
        tokens={key: replace(token, node=moved[token.node]) for key, token in state.tokens.items()},
        frozen={key: replace(token, node=moved[token.node]) for key, token in state.frozen.items()},
        scopes={key: replace(scope, node=moved[scope.node]) for key, scope in state.scopes.items()},
        undo=[(moved[node], number, data) for node, number, data in state.undo],
    )
