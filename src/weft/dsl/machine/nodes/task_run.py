"""The run of a task list or graph: its root, what it begins with, its output, and its time limit.

The run's input is what it was started with, laid over `inputTemplate` where the definition has one. The output is what
`run.output_as` gives on null, else the output of the last task of the definition's own list, null if none ran. When its
time is up the run ends as timed out, or, where `alert_only` is set, that is only recorded.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from weft.dsl.expr import ExpressionFault
from weft.dsl.machine import scopes
from weft.dsl.machine.commands import CompleteRun, TimeOutRun
from weft.dsl.machine.core import HANDLERS, NodeHandler, Raised, RunHooks, Turn, register, register_hooks
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.faults import fault as make_fault
from weft.dsl.machine.flow import advance
from weft.dsl.machine.hooks_tasks import open_root
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import OUTPUT, TaskNode, end_failed
from weft.dsl.machine.program import DONE, Node
from weft.dsl.machine.scopes import end_run, fault_run
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.variables import evaluate, expression_fault, refuse_sealed
from weft.dsl.machine.waits import start_timer


class ListRun(msgspec.Struct, frozen=True):
    """What a run begins with (`Program.tables["run"]`): the input's template, first variables, what its limit does."""

    template: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    alert_only: bool = False


def run_of(turn: Turn) -> ListRun:
    """The run's part of the program."""
    found: ListRun = turn.program.tables["run"]
    return found


class RootWork(msgspec.Struct, frozen=True):
    """The first node of the definition's own list."""

    body: int


@register
class TaskRoot(NodeHandler):
    """`task-root`: the definition's own list. It takes every fault, for how the run ends depends on the fault."""

    kind = "task-root"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Start the list, or end it where its end had to wait for a resume."""
        if token.raw is not None:
            advance(turn, token, DONE, token.raw[OUTPUT])
            return
        work: RootWork = node.spec
        scopes.spawn(turn, scopes.open_scope(turn, token), work.body, None)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """The list is over."""
        scopes.drop_token(turn, child)
        scopes.cancel_inner(turn, token)
        last = facts.tasks_of(turn).get(turn.state.context["last"], {})
        advance(turn, token, DONE, last.get("output"))

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """A task has failed for good and nothing has taken it: what stands is kept for a retry."""
        if scope is None:
            return False
        end_failed(turn, fault)
        return True


@register_hooks
class ListHooks(RunHooks):
    """Lists and graphs: see the module. While a run is suspended what is at work may end; nothing else begins."""

    name = "lists"
    holds_answers = False

    def start(self, turn: Turn, value: Any) -> None:
        """Input, variables, the clock, the first token."""
        run = run_of(turn)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise Raised(make_fault("validation", "the run input must be an object", code="INPUT_INVALID"))
        given: dict[str, Any] = {**run.template, **cast("dict[str, Any]", value)} if run.template else value
        turn.state.input = given
        turn.state.context = facts.opened(run.variables)
        self._clock(turn)
        root = open_root(turn)
        scopes.spawn(turn, root, turn.program.root, None)

    def _clock(self, turn: Turn) -> None:
        limit = turn.program.run.timeout
        if limit is not None:
            start_timer(turn, None, due_after(turn, None, limit), "run")

    def root_done(self, turn: Turn, token: Token, output: Any) -> None:
        """All tasks are over. A suspended run ends when it is resumed."""
        if turn.state.phase == "suspended":
            token.raw = {OUTPUT: output}
            token.stage = ""
            turn.ready.append(token.id)
            return
        source = turn.program.run.output_as
        try:
            if source is not None:
                output = evaluate(turn, None, source, None)
            refuse_sealed(turn, output, "the output of the run", "/output")
        except ExpressionFault as failed:
            fault_run(turn, expression_fault(failed, "/output"))
        except Raised as raised:
            fault_run(turn, raised.fault)
        else:
            turn.state.output = output
            end_run(turn, "completed", CompleteRun(output))

    def end(self, turn: Turn, token: Token, output: Any) -> None:
        """The run ends with a node's output."""
        self.root_done(turn, token, output)

    def accept(self, turn: Turn, wait: Wait, inp: Input) -> None:
        """These runs open no other waits of their own."""
        turn.record("ignored", data={"ref": wait.ref, "why": "nothing waits for it"})

    def timed_out(self, turn: Turn) -> None:
        """The time limit of the run has passed."""
        problem = make_fault("timeout", "the run exceeded its time-out", code="TIMEOUT", instance="/timeout")
        if run_of(turn).alert_only:
            turn.record("log", data={"alert": "time-out", "fault": problem})
            return
        end_run(turn, "timed_out", TimeOutRun(problem), fault=problem)

    def restored(self, turn: Turn) -> None:
        """A further run: what was parked in scopes works again, and the time limit counts anew."""
        if not any(wait.token == 0 and wait.purpose == "run" for wait in turn.waits.values()):
            self._clock(turn)
        facts.note(turn, failed="")
        for token in list(turn.tokens.values()):
            handler = HANDLERS[turn.nodes[token.node].kind]
            if token.inner and isinstance(handler, TaskNode):
                handler.thawed(turn, turn.own(token), turn.nodes[token.node])
