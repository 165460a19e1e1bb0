"""`dag`: tasks that begin when all their parents have ended well.

Roots begin together, those marked as triggers first, in the order of the definition; each task runs once. A task that
fails for good keeps its place, its descendants never become ready, and what does not descend from it goes on; when
nothing is left the run ends with the first failure in time. The output maps each leaf task's name to its output.
"""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.machine.core import Turn, register
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.flow import advance
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import OUTPUT, TaskNode, outward, reason_of
from weft.dsl.machine.program import DONE, Node
from weft.dsl.machine.scopes import cancel_inner, drop_token, open_scope, spawn
from weft.dsl.machine.state import Scope, Token


class DagTask(msgspec.Struct, frozen=True):
    """One task: its name, its node, and the numbers of its parents and children."""

    name: str
    node: int
    parents: tuple[int, ...] = ()
    children: tuple[int, ...] = ()


class DagWork(msgspec.Struct, frozen=True):
    """`tasks` in the order of the definition, `roots` in the order in which they begin."""

    tasks: tuple[DagTask, ...]
    roots: tuple[int, ...]


@register
class Dag(TaskNode):
    """The scope's `results` maps ended tasks to true, `data` is `[[token, task, fault]…]` of the failed ones.

    Children's branch numbers are task numbers.
    """

    kind = "dag"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Begin the roots."""
        if token.raw is not None:  # all tasks had ended while the run was suspended
            advance(turn, token, DONE, token.raw[OUTPUT])
            return
        work: DagWork = node.spec
        scope = open_scope(turn, token, data=[], results={})
        made = [spawn(turn, scope, work.tasks[root].node, None, root, ready=False).id for root in work.roots]
        turn.ready.extend(reversed(made))

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """A task has ended well: its children may be ready."""
        work: DagWork = node.spec
        drop_token(turn, child)
        results: dict[int, Any] = scope.results
        results[branch] = True
        ready = [
            number
            for number in work.tasks[branch].children
            if all(parent in results for parent in work.tasks[number].parents)
        ]
        if turn.state.phase == "suspended":  # queued now, begun after the resume
            for number in ready:
                facts.write(turn, token, work.tasks[number].name, status=facts.QUEUED, queued=turn.now)
        made = [spawn(turn, scope, work.tasks[number].node, None, number, ready=False).id for number in ready]
        turn.ready.extend(reversed(made))
        self._look(turn, token, work, scope)

    def _look(self, turn: Turn, token: Token, work: DagWork, scope: Scope) -> None:
        failed: list[Any] = scope.data
        if len(scope.children) > len(failed):
            return
        if failed:
            outward(turn, token, msgspec.convert(failed[0][2], Fault))
            return
        known = facts.tasks_of(turn)
        output = {task.name: known[task.name].get("output") for task in work.tasks if not task.children}
        cancel_inner(turn, token)
        advance(turn, token, DONE, output)

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """A task has failed for good: its descendants are cancelled, the others go on."""
        if scope is None or child is None:
            return False
        work: DagWork = node.spec
        number = scope.children[child.id]
        scope.data = [*scope.data, [child.id, number, msgspec.to_builtins(fault)]]
        text = f"task {work.tasks[number].name} failed: {reason_of(fault)}"[:2048]
        for below in descendants(work, number):
            facts.write(turn, token, work.tasks[below].name, status=facts.CANCELLED, reason=text, ended=turn.now)
        self._look(turn, token, work, scope)
        return True

    def left(self, turn: Turn, token: Token, node: Node) -> None:
        """Nothing of its own."""

    def thawed(self, turn: Turn, token: Token, node: Node) -> None:
        """What had failed is at work again, and its descendants are as if nothing had been."""
        work: DagWork = node.spec
        scope = turn.own_scope(turn.scopes[token.inner])
        for _, number, _ in scope.data:
            facts.forget(turn, [work.tasks[below].name for below in descendants(work, number)])
        scope.data = []


def descendants(work: DagWork, number: int) -> list[int]:
    """The numbers of all tasks below one, each once, in the order of the definition."""
    found: set[int] = set()
    stack = list(work.tasks[number].children)
    while stack:
        below = stack.pop()
        if below not in found:
            found.add(below)
            stack.extend(work.tasks[below].children)
    return sorted(found)
