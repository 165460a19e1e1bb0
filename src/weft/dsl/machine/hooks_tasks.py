"""Run hooks of the tasks languages: what happens at the two ends of a 1.0 run, and when its time is up.

raw input -> `input.schema` -> `input.from` -> tasks -> `output.as` -> `output.schema` -> output. The initial context
is the transformed input. A run that exceeds its time-out ends at once; nothing can catch that.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.expr import ExpressionFault
from weft.dsl.machine.commands import CompleteRun, TimeOutRun
from weft.dsl.machine.core import Raised, RunHooks, Turn, register_hooks
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.faults import fault
from weft.dsl.machine.flow import validate
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.scopes import end_run, fault_run, spawn
from weft.dsl.machine.state import ROOT_SCOPE, Scope, Token, Wait
from weft.dsl.machine.variables import evaluate, expression_fault, refuse_sealed
from weft.dsl.machine.waits import start_timer


@register_hooks
class TasksHooks(RunHooks):
    """1.0: see the module."""

    name = "tasks"

    def start(self, turn: Turn, value: Any) -> None:
        """Check and transform the input, start the clock, create the first token."""
        run = turn.program.run
        if run.input_check is not None:
            validate(run.input_check, value, "input", "/input")
        if run.input_from is not None:
            try:
                value = evaluate(turn, None, run.input_from, value)
            except ExpressionFault as problem:
                raise Raised(expression_fault(problem, "/input")) from problem
        turn.state.input = turn.state.context = value
        if run.timeout is not None:
            start_timer(turn, None, due_after(turn, None, run.timeout), "run")
        root = open_root(turn)
        if turn.program.root < 0:
            self.complete(turn, value)
            return
        spawn(turn, root, turn.program.root, value)

    def root_done(self, turn: Turn, token: Token, output: Any) -> None:
        """The last task is over."""
        self.complete(turn, output)

    def end(self, turn: Turn, token: Token, output: Any) -> None:
        """`then: end`: the run ends with the task's output, wherever the task stands."""
        self.complete(turn, output)

    def complete(self, turn: Turn, output: Any) -> None:
        """Transform and check the output, and complete. A fault of these is the run's and nobody's to catch."""
        try:
            output = self.output(turn, output)
        except ExpressionFault as failed:
            problem = expression_fault(failed, "/output")
        except Raised as raised:
            problem = raised.fault
        else:
            turn.state.output = output
            end_run(turn, "completed", CompleteRun(output))
            return
        fault_run(turn, problem)

    def output(self, turn: Turn, output: Any) -> Any:
        """The run's output from that of its last task. Raises ExpressionFault or Raised."""
        run = turn.program.run
        if run.output_as is not None:
            output = evaluate(turn, None, run.output_as, output)
        if run.output_check is not None:
            validate(run.output_check, output, "output", "/output")
        refuse_sealed(turn, output, "the output of the run", "/output")
        return output

    def accept(self, turn: Turn, wait: Wait, inp: Input) -> None:
        """1.0 runs open no other waits of their own."""
        turn.record("ignored", data={"ref": wait.ref, "why": "nothing waits for it"})

    def timed_out(self, turn: Turn) -> None:
        """Everything is cancelled; fault `timeout` 408 at `/timeout`."""
        problem = fault("timeout", "the run exceeded its time-out", code="TIMEOUT", instance="/timeout")
        end_run(turn, "timed_out", TimeOutRun(problem), fault=problem)


def open_root(turn: Turn) -> Scope:
    """The root scope of a run."""
    root = Scope(ROOT_SCOPE, -1, 0, 0, turn.epoch, {}, started_at=turn.now - turn.state.paused_ms)
    turn.scopes[ROOT_SCOPE] = root
    turn.state.next_id = max(turn.state.next_id, ROOT_SCOPE + 1)
    return root
