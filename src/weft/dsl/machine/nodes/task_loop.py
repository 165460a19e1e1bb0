"""`task-loop`: a list of tasks again and again, at least once, or once per item of a list; iterations count from 1.

The scope's variable `$iteration` is the number of the iteration, its `data` the items (None without). The output is
`{"iteration": n, "1": {task: output}, …}`; `keepLastN` of the input (at least 2) drops older iterations from it and
from what is known of the tasks.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from weft.dsl.machine.core import Raised, Turn, register
from weft.dsl.machine.flow import advance, condition_holds
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import ListedTask, TaskNode, invalid
from weft.dsl.machine.program import Node, Source
from weft.dsl.machine.scopes import cancel_inner, drop_token, open_scope, spawn
from weft.dsl.machine.sizes import derive
from weft.dsl.machine.state import Scope, Token
from weft.dsl.machine.variables import evaluate

KEEP = ("keepLastN", "_keepLastN")
_OWN = ("iteration", "loopItem", "loopIndex")
"""The members of the output that are no iteration."""


class LoopWork(msgspec.Struct, frozen=True):
    """`condition` is asked after each iteration, true runs another; `items` gives the list to go through.

    `names` are the tasks of the body with all nested ones.
    """

    body: int
    names: tuple[str, ...]
    condition: Source | None = None
    items: Source | None = None


@register
class TaskLoop(TaskNode):
    """See the module."""

    kind = "task-loop"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: LoopWork = spec.work
        keep_of(value)
        items: Any = None
        if work.items is not None:
            items = evaluate(turn, token, work.items, None)
            if not isinstance(items, list):
                raise invalid("the items of a loop are no array")
            if not items:
                self.ended(turn, token, node, spec, {"iteration": 0})
                return
            if len(items) > turn.limit("passes"):
                raise Raised(over_limit("passes", turn.limit("passes"), len(items)))
        scope = open_scope(turn, token, data=items)
        self._place(turn, token, spec, scope, 1, {})
        spawn(turn, scope, work.body, None)

    def _place(
        self, turn: Turn, token: Token, spec: ListedTask, scope: Scope, number: int, done: dict[str, Any]
    ) -> dict[str, Any]:
        """Begin an iteration; the output of the loop so far."""
        scope.vars = {facts.ITERATION: number}
        outer = turn.scopes[scope.parent].suffix
        scope.suffix = f"{outer}.{number - 1}" if outer else f"#{number - 1}"
        output: dict[str, Any] = {"iteration": number, **done}
        if scope.data is not None:
            output["loopItem"] = scope.data[number - 1]
            output["loopIndex"] = number - 1
        facts.write(turn, token, spec.name, output=output, iterations=number)
        return output

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """An iteration is over: ask whether there is another."""
        spec = self.spec(turn, token, node)
        work: LoopWork = spec.work
        number: int = scope.vars[facts.ITERATION]
        results: dict[str, Any] = {}
        for name in work.names:
            known = facts.facts_of(turn, child, name)
            if known is not None and known["status"] in facts.WELL:
                results[name] = known.get("output")
        mine = facts.facts_of(turn, token, spec.name) or {}
        before: dict[str, Any] = mine.get("output") or {}
        now = {**before, str(number): results}
        done = now.copy()
        for key in _OWN:
            done.pop(key, None)
        keep = keep_of(mine.get("input"))
        changed = {*_OWN, str(number), str(number - keep)}
        self._drop_old(turn, work, done, keep, number)
        again = self._again(turn, token, spec, scope, mine.get("input"), now, results, number)
        if not again:
            drop_token(turn, child)
            cancel_inner(turn, token)
            final = {"iteration": number, **done}
            derive(turn, before, final, changed)
            self.ended(turn, token, node, spec, final)
            return
        limit = turn.limit("passes")
        if number >= limit:
            raise Raised(over_limit("passes", limit, number + 1))
        derive(turn, before, self._place(turn, token, spec, scope, number + 1, done), changed)
        advance(turn, child, work.body, None)

    def _again(
        self,
        turn: Turn,
        token: Token,
        spec: ListedTask,
        scope: Scope,
        given: Any,
        output: dict[str, Any],
        results: dict[str, Any],
        number: int,
    ) -> bool:
        work: LoopWork = spec.work
        if scope.data is not None and number >= len(scope.data):
            return False
        if work.condition is None:
            return True
        root = {**(cast("dict[str, Any]", given) if isinstance(given, dict) else {}), spec.name: output, **results}
        return condition_holds(turn, evaluate(turn, token, work.condition, root))

    def _drop_old(self, turn: Turn, work: LoopWork, done: dict[str, Any], keep: int, number: int) -> None:
        if keep and number > keep:
            done.pop(str(number - keep), None)
            facts.forget(turn, [f"{name}__{number - keep}" for name in work.names])


def keep_of(value: Any) -> int:
    """How many iterations the input asks to keep, 0 for all. Raises Raised for anything but a number from 2."""
    given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    keep = next((given[key] for key in KEEP if given.get(key) is not None), None)
    if keep is None:
        return 0
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 2:
        raise invalid("keepLastN is no number from 2")
    return keep
