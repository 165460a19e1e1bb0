"""Defects: an exception inside the machine ends the run with a fault that no handler catches.

The old state is kept: its tokens and waits are frozen as they were before the input, so that a retry can go on after
the defect has been mended.
"""

from __future__ import annotations

import msgspec

from weft.dsl.machine.commands import (
    AnyCommand,
    CancelActivity,
    CancelTimer,
    CloseManualTask,
    CloseSubscription,
    FaultRun,
    Record,
    TerminateChild,
)
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import AnyInput, Identity, RunRestored, RunStarted, Trigger
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import ENDED, Origin, RunState, Wait


def defect(
    program: Program, state: RunState | None, inp: AnyInput, problem: Exception
) -> tuple[RunState, list[AnyCommand]]:
    """The state and commands of a turn that failed: fault `runtime`, code `INTERNAL`, everything open closed.

    The fault names the class of the exception only; its text could hold data of the run.
    """
    what = type(problem).__name__
    if state is not None and state.phase in ENDED:
        return state, [Record("ignored", data={"input": type(inp).__name__, "why": what})]
    found = fault("runtime", f"internal defect ({what})", code="INTERNAL", title="internal defect", retryable=False)
    return give_up(program, state, inp, found)


def give_up(program: Program, state: RunState | None, inp: AnyInput, found: Fault) -> tuple[RunState, list[AnyCommand]]:
    """End the run with a fault that nothing catches, as it stood before the input: the turn itself is dropped."""
    waits: dict[str, Wait] = {}
    if state is None:
        ended = _bare(program, inp)
    else:
        waits = state.waits
        ended = msgspec.structs.replace(
            state,
            turn=state.turn + 1,
            seq=inp.seq,
            clock=max(state.clock, inp.at),
            frozen=state.tokens,
            frozen_waits=state.waits,
            tokens={},
            waits={},
            ready=[],
            held=[],
            busy=0,
        )
    ended.phase = "faulted"
    ended.fault = found
    commands: list[AnyCommand] = [_closing(wait) for wait in reversed(waits.values())]
    commands.append(Record("run.faulted", data={"fault": found}))
    commands.append(FaultRun(found))
    return ended, commands


def _closing(wait: Wait) -> AnyCommand:
    ref = wait.ref
    if wait.kind == "timer":
        return CancelTimer(ref)
    if wait.kind == "activity":
        return CancelActivity(ref)
    if wait.kind == "event":
        return CloseSubscription(ref)
    return TerminateChild(ref) if wait.kind == "child" else CloseManualTask(ref)


def _bare(program: Program, inp: AnyInput) -> RunState:
    started = inp if isinstance(inp, RunStarted) else None
    origin = Origin(
        identity=started.identity if started else Identity(""),
        trigger=started.trigger if started else Trigger("request"),
        started_at=inp.at,
        input=started.input if started else None,
    )
    named = inp if isinstance(inp, (RunStarted, RunRestored)) else None
    return RunState(
        machine=program.machine,
        program=program.digest,
        job=named.job if named else "",
        run=named.run if named else "",
        seed=named.seed if named else b"",
        seq=inp.seq,
        clock=inp.at,
        origin=origin,
    )
