"""`task-fan` and `task-join`: branches together, and where they meet.

Without a join the fan itself waits for all branches; its output maps each branch's last task to that task's output.
Directly followed by a join the fan is completed at once with `{}`, and the join waits for the tasks it names. The join
and what follows it stand inside the fan's scope as one more child (`MAIN`), so that branches which are not joined still
end before the list does; once no branch is left the list goes on outside.

A branch that fails for good fails the join (the fan) and goes outwards at once, unless the failing task is permissive:
then its token stays where it is until the other branches have ended.
"""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.machine import scopes, waits
from weft.dsl.machine.core import Raised, Turn, register
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.flow import advance
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import ListedTask, TaskNode, outward, reason_of
from weft.dsl.machine.nodes.task_branches import Branch, DynamicWork, branches_of
from weft.dsl.machine.program import DONE, Node
from weft.dsl.machine.sizes import shown
from weft.dsl.machine.state import Scope, Token

MAIN = 1_000_000
"""The branch number of the child that goes on with the list."""


class FanWork(msgspec.Struct, frozen=True):
    """`branches`: the first node and the last task's name of each. `join`: the node of the join, -1 for none.

    `joined` are the tasks the join waits for, as (name, branch); empty means the last one of each branch. `dynamic`
    says how the branches are made while running, in place of `branches`. A join on a branch's last task waits for the
    end of the branch.
    """

    branches: tuple[tuple[int, str], ...] = ()
    join: int = -1
    joined: tuple[tuple[str, int], ...] = ()
    dynamic: DynamicWork | None = None


@register
class TaskFan(TaskNode):
    """The scope's `results` maps ended branches to true, `data` is `{"joined": [[name, branch, whether it is the
    last one]…], "failed": [[token, fault]…]}`, `pending` the number of branches on their way."""

    kind = "task-fan"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: FanWork = spec.work
        made: list[Branch]
        if work.dynamic is None:
            made = [Branch(first, name) for first, name in work.branches]
        else:
            # Its own branches of another iteration or run are no strangers.
            taken = {key for key, known in facts.tasks_of(turn).items() if known.get("parent") != spec.name}
            made = branches_of(work.dynamic, spec.name, value, taken)
        if len(made) > turn.limit("fan"):
            raise Raised(over_limit("fan", turn.limit("fan"), len(made)))
        if work.dynamic is not None:
            _announce(turn, token, spec, made)
        joined = [[name, branch, made[branch].name == name] for name, branch in work.joined]
        if not joined:
            joined = [[branch.name, number, True] for number, branch in enumerate(made)]
        if work.join >= 0:
            waits.close_all(turn, token)
            self.finished(turn, token, spec, {}, facts.COMPLETED)
            turn.record_at("task.completed", token, shown(turn, {}))
        scope = scopes.open_scope(turn, token, data={"joined": joined, "failed": []}, results={}, pending=len(made))
        children = [
            scopes.spawn(turn, scope, branch.first, branch.raw, number, ready=False).id
            for number, branch in enumerate(made)
        ]
        if work.join >= 0:
            children.append(scopes.spawn(turn, scope, work.join, None, MAIN, ready=False).id)
        turn.ready.extend(reversed(children))
        if work.join < 0:
            self._look(turn, token, node, spec, scope)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        spec = self.spec(turn, token, node)
        scopes.drop_token(turn, child)
        if branch != MAIN:
            scope.results[branch] = True
            scope.pending -= 1
            if not scope.data["failed"]:
                _wake_join(turn, scope)
        if token.inner == scope.id:
            self._look(turn, token, node, spec, scope)

    def inner_ended(self, turn: Turn, scope: Scope, node: Node, name: str) -> None:
        joined = scope.data["joined"]
        if not scope.data["failed"] and any(name == other and not last for other, _, last in joined):
            _wake_join(turn, scope)

    def _look(self, turn: Turn, token: Token, node: Node, spec: ListedTask, scope: Scope) -> None:
        """End the fan when every branch (and what follows the join) has ended, or fail once no other is left."""
        if scope.pending:
            return
        if scope.data["failed"]:
            self._fail(turn, token, node, spec, scope)
        elif spec.work.join < 0:
            output, status = joined_output(turn, token, scope.data["joined"], all_of_them=True)
            scopes.cancel_inner(turn, token)
            self.ended(turn, token, node, spec, output, status)
        elif not scope.children:
            scopes.cancel_inner(turn, token)
            waits.close_all(turn, token)
            advance(turn, token, DONE, None)  # the list has ended inside, behind the join

    def _fail(self, turn: Turn, token: Token, node: Node, spec: ListedTask, scope: Scope) -> None:
        problem = msgspec.convert(scope.data["failed"][0][1], Fault)
        if self._absorbed(turn, token, node, spec, scope, problem):
            return
        outward(turn, token, problem)

    def _absorbed(self, turn: Turn, token: Token, node: Node, spec: ListedTask, scope: Scope, problem: Fault) -> bool:
        """The fan or its join fails. True if that one is optional, and the list goes on behind it."""
        work: FanWork = spec.work
        if work.join < 0:
            if spec.optional:
                scopes.cancel_inner(turn, token, "failed")
                facts.write(turn, token, spec.name, reason=reason_of(problem))
                self.ended(turn, token, node, spec, None, facts.WITH_ERRORS)
                return True
            self.failed(turn, token, spec, problem)
            return False
        main = _main(turn, scope)
        if main is None or main.node != work.join:
            return False
        join = turn.nodes[work.join]
        joined: ListedTask = join.spec
        main = turn.own(main)
        if not joined.optional:
            self.failed(turn, main, joined, problem)
            return False
        facts.write(turn, main, joined.name, reason=reason_of(problem))
        scopes.cancel_inner(turn, token, "failed")
        self.finished(turn, token, joined, None, facts.WITH_ERRORS)
        advance(turn, token, join.next, None)
        return True

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        if scope is None or child is None:
            return super().fault(turn, token, node, scope, child, fault)
        spec = self.spec(turn, token, node)
        if scope.children.get(child.id) == MAIN:
            return False
        permissive = bool(turn.memo.get("permissive")) or spec.permissive
        if permissive and scope.pending > 1:
            scope.pending -= 1
            kept: Any = msgspec.to_builtins(fault)
            scope.data = {**scope.data, "failed": [*scope.data["failed"], [child.id, kept]]}
            return True
        first = scope.data["failed"]
        problem = msgspec.convert(first[0][1], Fault) if first else fault
        if permissive:  # the last branch: what goes outwards is the first failure
            scope.pending -= 1
            scope.data = {**scope.data, "failed": [*first, [child.id, msgspec.to_builtins(fault)]]}
        if self._absorbed(turn, token, node, spec, scope, problem):
            return True
        if problem is not fault:
            outward(turn, token, problem)
            return True
        return False

    def thawed(self, turn: Turn, token: Token, node: Node) -> None:
        spec = self.spec(turn, token, node)
        scope = turn.own_scope(turn.scopes[token.inner])
        again = len(scope.data["failed"])
        if again:
            scope.pending += again
            scope.data = {**scope.data, "failed": []}
        if spec.work.join < 0:
            super().thawed(turn, token, node)


class TaskJoin(TaskNode):
    """Waits, without anything open of its own, until the fan around it says that its tasks have ended."""

    kind = "task-join"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        self.look(turn, token, node)

    def look(self, turn: Turn, token: Token, node: Node) -> None:
        """End the join if all it waits for has ended."""
        spec = self.spec(turn, token, node)
        scope = turn.scopes[token.scope]
        for name, branch, last in scope.data["joined"]:
            known = None if last else facts.facts_of(turn, token, name)
            if branch not in scope.results and (known is None or known["status"] not in facts.WELL):
                return
        output, status = joined_output(turn, token, scope.data["joined"])
        if len(scope.children) > 1:
            self.ended(turn, token, node, spec, output, status)
            return
        # no branch is left: the list goes on outside the scope
        waits.close_all(turn, token)
        self.finished(turn, token, spec, output, status)
        turn.record_at("task.completed", token, shown(turn, output))
        outer = turn.own(turn.tokens[scope.token])
        scopes.drop_token(turn, token)
        scopes.cancel_inner(turn, outer)
        waits.close_all(turn, outer)
        advance(turn, outer, node.next, None)


def _announce(turn: Turn, token: Token, spec: ListedTask, made: list[Branch]) -> None:
    """Branches made while running are known from now on, also those that nobody has come to yet."""
    for number, branch in enumerate(made, 1):
        known = facts.facts_of(turn, token, branch.name) or {}
        facts.write(
            turn,
            token,
            branch.name,
            status=facts.QUEUED,
            queued=turn.now,
            type=branch.raw["type"],
            parent=spec.name,
            number=number,
            attempt=known.get("attempt", 0),
            input=branch.raw["input"],
            ended=0,
        )


def _main(turn: Turn, scope: Scope) -> Token | None:
    for child, branch in scope.children.items():
        if branch == MAIN:
            return turn.tokens.get(child)
    return None


def _wake_join(turn: Turn, scope: Scope) -> None:
    main = _main(turn, scope)
    if main is None or not main.stage:
        return
    node = turn.nodes[main.node]
    if node.kind == TaskJoin.kind and main.scope == scope.id:
        _JOIN.look(turn, turn.own(main), node)


def joined_output(
    turn: Turn, token: Token, joined: list[list[Any]], *, all_of_them: bool = False
) -> tuple[dict[str, Any], str]:
    """Name to output for every joined task, and how the meeting ended. Empty outputs only with `all_of_them`."""
    output: dict[str, Any] = {}
    status = facts.COMPLETED
    for name, _, _ in joined:
        known = facts.facts_of(turn, token, name) or {}
        if known.get("status") == facts.WITH_ERRORS:
            status = facts.WITH_ERRORS
        found = known.get("output")
        if all_of_them or (found is not None and found != {}):
            output[name] = found
    return output, status


register(TaskJoin)
_JOIN = TaskJoin()
