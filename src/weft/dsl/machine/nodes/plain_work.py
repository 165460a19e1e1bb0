"""States that run one line of work or none: operation (in order), inject, sleep, switch on data."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine import merge, scopes, waits
from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.faults import fault
from weft.dsl.machine.flow import condition_holds
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.nodes import leaving
from weft.dsl.machine.nodes.work import Work
from weft.dsl.machine.program import Node
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.states import InjectWork, OperationWork, SleepWork, SwitchWork
from weft.dsl.machine.variables import evaluate


class Sequence(Work):
    """`operation` in order: the data flow from action to action; what the last one leaves is the state's."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: OperationWork = node.spec.work
        if not work.branches or work.branches[0].body < 0:
            leaving.complete(turn, token, node, token.data)
            return
        scope = scopes.open_scope(turn, token)
        scopes.spawn(turn, scope, work.branches[0].body, token.data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        token.data = output
        scopes.drop_token(turn, child)
        leaving.complete(turn, token, node, output)


class Inject(Work):
    """`inject`: literal data, deep-merged."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: InjectWork = node.spec.work
        replace = turn.program.rules.merge_mismatch == "replace"
        try:
            data = merge.into_top(token.data, work.data, "inject-output", replace=replace).data
        except merge.MergeMismatch as mismatch:
            raise Raised(fault("runtime", str(mismatch), code="MERGE_TYPE", title="values do not merge")) from None
        leaving.complete(turn, token, node, data)


class Sleep(Work):
    """`sleep`: a timer of work."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: SleepWork = node.spec.work
        due = due_after(turn, token, work.delay)
        if due <= turn.now:
            leaving.complete(turn, token, node, token.data)
        else:
            waits.start_timer(turn, token, due, "work")

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        leaving.complete(turn, token, node, token.data)


class DataSwitch(Work):
    """`switch` with data conditions: the first that holds, else the default."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: SwitchWork = node.spec.work
        for case in work.cases:
            if case.when is not None and condition_holds(turn, evaluate(turn, token, case.when, token.data)):
                leaving.complete(turn, token, node, token.data, case.exit)
                return
        leaving.complete(turn, token, node, token.data, work.default)
