"""`step`: one input into a state gives the next state and the commands that ask for effects.

Pure: reads nothing but its arguments. Total: any input in any state is legal, at worst ignored with a journal record;
it never raises. Deterministic: equal arguments, equal results. Persistent: the given state is not changed.
"""

from __future__ import annotations

from collections.abc import Iterable

import weft.dsl.machine.hooks_states
import weft.dsl.machine.hooks_tasks
import weft.dsl.machine.nodes
from weft.dsl.expr import ExpressionFault
from weft.dsl.machine.commands import AnyCommand, Record, Yield
from weft.dsl.machine.control import finish_cancel, resume
from weft.dsl.machine.core import Raised, Turn, hooks_of
from weft.dsl.machine.defects import defect, give_up
from weft.dsl.machine.describe import Description, describe
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.flow import enter
from weft.dsl.machine.inputs import AnyInput, Identity, ResumeRequested, RunRestored, RunStarted, Trigger
from weft.dsl.machine.limits import limit_of, over_limit
from weft.dsl.machine.program import Program
from weft.dsl.machine.refusals import MEMBER, refused_events
from weft.dsl.machine.restore import base_state, restore
from weft.dsl.machine.routing import CONTROL, begin, hold, route
from weft.dsl.machine.scopes import climb, fault_run
from weft.dsl.machine.sizes import kept, overweight
from weft.dsl.machine.state import ENDED, Origin, RunState, clone
from weft.dsl.machine.variables import expression_fault

__all__ = ["Description", "describe", "fold", "step"]

# imported for what they register
# Beside the fields of a state, and no part of it: what the next turn in the same process need not weigh again.
_WEIGHTS = "weights"
_LOADED = (weft.dsl.machine.hooks_states, weft.dsl.machine.hooks_tasks, weft.dsl.machine.nodes)


def step(program: Program, state: RunState | None, inp: AnyInput) -> tuple[RunState, list[AnyCommand]]:
    """Apply one input. An exception inside is a defect: fault `runtime`, code `INTERNAL`, tokens frozen."""
    refused = refused_events(inp.refused)
    if inp.refused is not None and not refused and (state is None or state.phase not in ENDED):
        return give_up(program, state, inp, inp.refused)
    try:
        turn = _turn(program, state, inp)
        if refused:
            turn.memo[MEMBER] = refused
        _apply(turn, inp)
        _drive(turn)
        _settle(turn)
        found = overweight(turn, state.context if state is not None else None)
        if found is not None:
            return give_up(program, state, inp, found)
        vars(turn.state)[_WEIGHTS] = kept(turn)
    except Exception as problem:  # noqa: BLE001  # the machine is total: a defect ends the run, never the engine
        return defect(program, state, inp, problem)
    return turn.state, turn.out  # pyright: ignore[reportReturnType]


def fold(program: Program, inputs: Iterable[AnyInput]) -> RunState | None:
    """The state after a log of inputs; None for an empty one."""
    state: RunState | None = None
    for inp in inputs:
        state, _ = step(program, state, inp)
    return state


def _turn(program: Program, state: RunState | None, inp: AnyInput) -> Turn:
    if isinstance(inp, RunRestored):
        fresh = base_state(inp)
        fresh.turn += 1
        fresh.seq = inp.seq
        return Turn(program, fresh, max(fresh.clock, inp.at))
    if state is None:
        fresh = blank_state(program, inp)
    else:
        fresh = clone(state)
    fresh.turn += 1
    fresh.seq = inp.seq
    if inp.at > fresh.clock:
        fresh.clock = inp.at
    return Turn(program, fresh, fresh.clock, None if state is None else vars(state).get(_WEIGHTS))


def blank_state(program: Program, inp: AnyInput) -> RunState:
    """A run before its start. Only RunStarted and RunRestored make anything of it."""
    if not isinstance(inp, RunStarted):
        origin = Origin(Identity(""), Trigger("request"), inp.at)
        return RunState(machine=program.machine, program=program.digest, job="", run="", seed=b"", origin=origin)
    origin = Origin(
        inp.identity,
        inp.trigger,
        inp.at,
        inp.input,
        inp.job_name,
        inp.business_key,
        inp.labels,
        inp.secrets,
        inp.limits,
        inp.defaults,
        inp.runtime,
    )
    return RunState(
        machine=program.machine,
        program=program.digest,
        job=inp.job,
        run=inp.run,
        attempt=inp.attempt,
        seed=inp.seed,
        origin=origin,
    )


def _apply(turn: Turn, inp: AnyInput) -> None:
    # The work of an input up to the first ready token; faults of the start have no token to climb from.
    state = turn.state
    if isinstance(inp, RunRestored):
        _guarded(turn, restore, inp)
    elif state.phase in ENDED:
        turn.out.append(Record("ignored", "", "", {"input": type(inp).__name__, "why": f"run is {state.phase}"}))
    elif state.phase == "pending":
        if isinstance(inp, RunStarted):
            _guarded(turn, begin, inp)
        else:
            turn.record("ignored", data={"input": type(inp).__name__, "why": "run has not started"})
    elif state.phase == "suspended" and not isinstance(inp, CONTROL):
        _guarded(turn, hold, inp)
    elif isinstance(inp, ResumeRequested):
        if resume(turn, inp):
            held = state.held
            state.held = []
            for late in held:
                _drive(turn)
                if not turn.ended:
                    _guarded(turn, route, late)
    else:
        _guarded(turn, route, inp)


def _guarded(turn: Turn, work: object, inp: AnyInput) -> None:
    try:
        work(turn, inp)  # pyright: ignore[reportCallIssue]
    except ExpressionFault as problem:
        _fail(turn, expression_fault(problem))
    except Raised as raised:
        _fail(turn, raised.fault)


def _fail(turn: Turn, fault: Fault) -> None:
    token = turn.at
    if token is None or token.id not in turn.tokens:
        fault_run(turn, fault)
    else:
        climb(turn, token, fault)


def _drive(turn: Turn) -> None:
    """Enter ready tokens until none is left, the turn's share of transitions is used, or the run has ended."""
    state = turn.state
    if state.phase == "suspended" or state.stopping == "cancel":
        return
    ready = turn.ready
    tokens = turn.tokens
    budget = turn.budget
    reserve = budget.limits.fuel
    total = limit_of(state.origin.limits, "transitions")
    left = turn.left = min(turn.left, max(0, total - state.transitions))
    while ready and not turn.ended:
        if turn.left <= 0 or (budget.left < reserve and turn.left < left):
            break
        token = tokens.get(ready.pop())
        if token is None:
            continue
        turn.left -= 1
        turn.at = token = turn.own(token)
        try:
            enter(turn, token)
        except ExpressionFault as problem:
            _fail(turn, expression_fault(problem))
        except Raised as raised:
            _fail(turn, raised.fault)
    state.transitions += left - turn.left
    if ready and not turn.ended and state.transitions >= total:
        token = tokens.get(ready.pop())
        turn.at = turn.own(token) if token is not None else None
        problem = over_limit("transitions", total, state.transitions)
        fault_run(turn, problem)


def _settle(turn: Turn) -> None:
    # The end of a turn: what is left over is asked for again, and people are told when the phase has changed.
    state = turn.state
    if turn.ended or state.phase in ENDED:
        state.ready = []
        return
    if state.stopping == "cancel":
        finish_cancel(turn)
        return
    ready = turn.ready
    if len(ready) > 1 and state.phase != "suspended":
        ready.insert(0, ready.pop())  # the one that was interrupted goes to the end of the line
    state.ready = ready
    if state.phase in ("suspended", "pending"):
        return
    phase = "running" if ready or state.busy or not (state.waits or state.tokens) else "waiting"
    if phase != state.phase:
        state.phase = phase
        turn.out.append(Record("run.waiting" if phase == "waiting" else "run.running"))
    if ready:
        turn.out.append(Yield())
    elif not state.tokens and not state.waits:
        hooks_of(turn).idle(turn)
