"""Leaving a state: output filter, compensation, produced events, and where the path goes on.

Order at an exit: compensate, produce, continueAs. A plain end finishes the path, and with it the run, unless the
definition keeps its runs active: then the run goes back to its event start state, or rests. Leaving through an error
handler does not apply the output filter, for it may need results that do not exist.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine import flow, scopes, waits
from weft.dsl.machine.commands import CompleteRun, ContinueAs, TimeOutRun
from weft.dsl.machine.core import Turn
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.nodes import compensate
from weft.dsl.machine.nodes.emit import produce
from weft.dsl.machine.program import Node
from weft.dsl.machine.state import ROOT_SCOPE, Token
from weft.dsl.machine.states import EventWork, Exit, Proceed, StateSpec
from weft.dsl.machine.variables import evaluate, refuse_sealed

REST = "rest"
REPORT = "report"


def complete(turn: Turn, token: Token, node: Node, data: Any, exit_: Exit | None = None) -> None:
    """The work of a state is done: leave it by `exit_` (default: its own)."""
    spec: StateSpec = node.spec
    token.data = data
    if spec.output is not None:
        filtered = evaluate(turn, token, spec.output, data)
        if filtered is not None:
            data = filtered
    _close(turn, token, node, data)
    if spec.undo >= 0:
        compensate.completed(turn, node.index)
    carry_out(turn, token, spec.exit if exit_ is None else exit_, data)


def handled(turn: Turn, token: Token, node: Node, data: Any, exit_: Exit) -> None:
    """A handler has taken a fault: leave the state by the handler's exit with the data as they are.

    Where the server's defaults apply (CWM), a state whose handler compensates counts as completed.
    """
    token.data = data
    _close(turn, token, node, data)
    if node.spec.undo >= 0 and exit_.compensate and turn.program.rules.system_defaults:
        compensate.completed(turn, node.index)
    carry_out(turn, token, exit_, data)


def _close(turn: Turn, token: Token, node: Node, data: Any) -> None:
    if token.inner:
        scopes.cancel_inner(turn, token)
    if token.refs:
        waits.close_all(turn, token)
    if node.journal:
        turn.record_at("task.completed", token, {"output": data})


def carry_out(turn: Turn, token: Token, exit_: Exit, data: Any) -> None:
    """Take an exit; inside a compensation chain only its transition counts."""
    if compensate.is_running(turn):
        if exit_.target >= 0:
            finish(turn, token, exit_, data)
            return
    elif exit_.compensate:
        compensate.begin(turn, token, exit_)
    else:
        finish(turn, token, exit_, data)
        return
    follow(turn, token, data)


def follow(turn: Turn, token: Token, data: Any) -> None:
    """Go on in a compensation chain: its next state, or the exit it interrupted."""
    if _stopped(turn, token, data):
        return
    interrupted = compensate.advance(turn, token, data)
    if interrupted is not None:
        finish(turn, token, interrupted, data)


def finish(turn: Turn, token: Token, exit_: Exit, data: Any) -> None:
    """Produce events, then go on as a new run, to the next state, or end the path."""
    for event in exit_.produce:
        produce(turn, token, event, data)
    if exit_.proceed is not None:
        _proceed(turn, token, exit_.proceed, data)
    elif exit_.target >= 0:
        if not _stopped(turn, token, data, exit_.target):
            flow.advance(turn, token, exit_.target, data)
    elif turn.program.run.keep_active and not exit_.terminate and REPORT not in turn.state.memory:
        _rest(turn, token, data)
    else:
        end(turn, data)


def end(turn: Turn, data: Any) -> None:
    """The run completes with `data`; the output is checked where the definition says so (0.9)."""
    run = turn.program.run
    refuse_sealed(turn, data, "the output of the run", "/output")
    if run.output_check is not None:
        if run.output_warn_only:
            problems = run.output_check(data)
            if problems:
                turn.record("log", data={"level": "WARN", "message": f"output: {problems}"})
        else:
            flow.validate(run.output_check, data, "output", "/output")
    turn.state.output = data
    scopes.end_run(turn, "completed", CompleteRun(data))


def _proceed(turn: Turn, token: Token, proceed: Proceed, data: Any) -> None:
    value = data if proceed.data is None else evaluate(turn, token, proceed.data, data)
    refuse_sealed(turn, value, "the input of the next run", "/input")
    limit = 0 if proceed.timeout is None else proceed.timeout.after(turn.now) - turn.now
    turn.state.output = value
    scopes.end_run(turn, "completed", ContinueAs(proceed.identity, value, limit))


def _rest(turn: Turn, token: Token, data: Any) -> None:
    if _stopped(turn, token, data):
        return
    first = turn.nodes[turn.program.root]
    if isinstance(first.spec.work, EventWork):
        flow.advance(turn, token, turn.program.root, data)
        return
    token.stage = REST
    token.raw = token.data = data


def _stopped(turn: Turn, token: Token, data: Any, target: int = -1) -> bool:
    """After the time limit of the run no state is entered any more: the path ends here.

    The token is left before `target`, so that a retry of the run goes on there.
    """
    if turn.state.stopping != "timeout":
        return False
    if target >= 0 and turn.program.run.run_before < 0:
        token.node, token.raw, token.stage = target, data, ""
    else:
        scopes.drop_token(turn, token)
    report(turn, data)
    return True


def report(turn: Turn, data: Any) -> None:
    """The time of the run is up: the `runBefore` states on the last data; without any the run has timed out."""
    state = turn.state
    state.stopping = "none"
    first = turn.program.run.run_before
    if first < 0 or REPORT in state.memory:
        time_out(turn, None)
        return
    state.memory = {**{k: v for k, v in state.memory.items() if k != compensate.KEY}, REPORT: True}
    turn.ready.clear()
    scopes.spawn(turn, turn.own_scope(turn.scopes[ROOT_SCOPE]), first, data)


def time_out(turn: Turn, cause: Fault | None) -> None:
    """End the run as timed out: fault `timeout` 408."""
    problem = fault("timeout", "the run exceeded its time-out", code="TIMEOUT", instance="/timeouts", cause=cause)
    scopes.end_run(turn, "timed_out", TimeOutRun(problem), fault=problem)
