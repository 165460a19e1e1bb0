"""Several lines of work in one state: foreach, parallel, and parallel actions.

Every line is a token at a node of kind `line` with a scope of its own: its own copy of the state data, its own loop
variable, its own log of merges ([node, value] in order). Lines report their logs; the logs of completed lines are
replayed on the state data in declaration or input order, never as whole copies.
"""

from __future__ import annotations

from typing import Any, cast

from weft.dsl.machine import flow, scopes, waits
from weft.dsl.machine.core import NodeHandler, Raised, Turn, register
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.merge import MISSING
from weft.dsl.machine.nodes import leaving
from weft.dsl.machine.nodes.work import Work
from weft.dsl.machine.placing import placed
from weft.dsl.machine.program import DONE, Node
from weft.dsl.machine.sizes import appended
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.states import Branch, ForeachWork, LineSpec, OperationWork, ParallelWork, Placement
from weft.dsl.machine.variables import evaluate

Log = list[Any]


@register
class LineHandler(NodeHandler):
    """`line`: one iteration or branch. Its output is its log."""

    kind = "line"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Opens the line's scope, with the element under its name, and starts the first action."""
        spec: LineSpec = node.spec
        outer = turn.scopes[token.scope]
        number = outer.children[token.id]
        data = token.raw
        variables: dict[str, Any] = {}
        if spec.param:
            parent = turn.tokens[outer.token]
            item = parent.local[number]
            variables[spec.param] = item
            data = {**cast("dict[str, Any]", data), spec.param: item} if isinstance(data, dict) else {spec.param: item}
        if spec.limit is not None:
            waits.start_timer(turn, token, spec.limit.after(turn.now), "branch")
        if spec.body < 0:
            self._over(turn, token, [])
            return
        suffix = f"{outer.suffix}#{number}" if spec.param else None
        scope = scopes.open_scope(turn, token, variables=variables, results=[], suffix=suffix)
        scopes.spawn(turn, scope, spec.body, data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        log = scope.results
        scopes.drop_token(turn, child)
        scopes.close_scope(turn, token)
        self._over(turn, token, log)

    def _over(self, turn: Turn, token: Token, log: Log) -> None:
        waits.close_all(turn, token)
        flow.advance(turn, token, DONE, log)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """The time limit of a branch."""
        scopes.climb(turn, token, fault("timeout", "the branch took too long", code="TIMEOUT"), own=False)


def start_lines(turn: Turn, scope: Scope, starts: list[tuple[int, int]], data: Any) -> None:
    """Spawns lines ((line node, number)) so that they run in the order given."""
    tokens = [scopes.spawn(turn, scope, node, data, number, ready=False) for node, number in starts]
    turn.ready.extend(token.id for token in reversed(tokens))


class Together(Work):
    """`parallel`, and `operation` with parallel actions: `need` lines must complete (0: all)."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: ParallelWork | OperationWork = node.spec.work
        branches: tuple[Branch, ...] = work.branches
        if not branches:
            leaving.complete(turn, token, node, token.data)
            return
        scope = scopes.open_scope(turn, token, results=[None] * len(branches))
        start_lines(turn, scope, [(branch.line, at) for at, branch in enumerate(branches)], token.data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        scope.results[branch] = output
        scopes.drop_token(turn, child)
        scope.pending += 1
        work: ParallelWork | OperationWork = node.spec.work
        need = work.need if isinstance(work, ParallelWork) and work.need else len(work.branches)
        if scope.pending < need:
            return
        logs = scope.results
        data = token.data
        for log in logs:
            data = replay(turn, token, data, log or ())
        scopes.close_scope(turn, token)
        leaving.complete(turn, token, node, data)

    def current(self, turn: Turn, token: Token, node: Node) -> Any:
        return token.data


def replay(turn: Turn, token: Token, data: Any, log: Any, *, targeted: bool = False) -> Any:
    """The merges of a log made again on `data`; `targeted`: only those with a `toStateData`."""
    for number, value in log:
        place: Placement = turn.nodes[number].spec.place
        if not targeted or place.targeted:
            data = placed(turn, token, place, data, value)
    return data


class Foreach(Work):
    """`foreach`: `token.local` holds the elements, the scope's results the logs, `pending` how many have begun."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: ForeachWork = node.spec.work
        items = evaluate(turn, token, work.items, token.data)
        if items is None and work.null_is_empty:
            items = []
        if not isinstance(items, list):
            raise Raised(fault("expression", "the collection is no array", code="EXPRESSION", title="not an array"))
        found = cast("list[Any]", items)
        if len(found) > turn.limit("passes"):
            raise Raised(over_limit("passes", turn.limit("passes"), len(found)))
        if not found or work.body < 0:
            self._finish(turn, token, node, work, [])
            return
        token.local = found
        scope = scopes.open_scope(turn, token, results=[None] * len(found))
        self._wave(turn, token, work, scope)

    def _wave(self, turn: Turn, token: Token, work: ForeachWork, scope: Scope) -> None:
        begun = scope.pending
        until = min(begun + work.wave, len(token.local)) if work.wave else len(token.local)
        scope.pending = until
        start_lines(turn, scope, [(work.line, number) for number in range(begun, until)], token.data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        work: ForeachWork = node.spec.work
        scope.results[branch] = output
        scopes.drop_token(turn, child)
        if scope.children:
            return
        if work.wave == 1:
            # one after the other: the next one sees what this one merged
            token.data = self._kept(turn, token, work, token.data, [output])
        if scope.pending < len(token.local):
            self._wave(turn, token, work, scope)
            return
        logs = [] if work.wave == 1 else scope.results
        scopes.close_scope(turn, token)
        token.local = None
        self._finish(turn, token, node, work, logs)

    def _finish(self, turn: Turn, token: Token, node: Node, work: ForeachWork, logs: list[Log | None]) -> None:
        data = self._kept(turn, token, work, token.data, logs)
        if work.output is not None:
            data = placed(turn, token, work.output, data, self._at(turn, token, work.output, data, []))
        leaving.complete(turn, token, node, data)

    def _kept(self, turn: Turn, token: Token, work: ForeachWork, data: Any, logs: list[Log | None]) -> Any:
        """The data with the results of iterations: appended to the collection, or merged where they have a target."""
        if work.output is None:
            for log in logs:
                data = replay(turn, token, data, log or (), targeted=True)
            return data
        results = [result for log in logs if log and (result := self._result(turn, token, work, log)) is not MISSING]
        if not results:
            return data
        return placed(turn, token, work.output, data, self._at(turn, token, work.output, data, results))

    def _result(self, turn: Turn, token: Token, work: ForeachWork, log: Log) -> Any:
        if len(work.actions) == 1:
            return log[-1][1]
        result: Any = {}
        for number, value in log:
            result = placed(turn, token, turn.nodes[number].spec.place, result, value)
        return result

    def _at(self, turn: Turn, token: Token, place: Placement, data: Any, results: list[Any]) -> Any:
        """The whole new collection: what is there, then `results`."""
        there = there_at(turn, token, place, data)
        if isinstance(there, list):
            return appended(turn, cast("list[Any]", there), results)
        if there is not None and turn.program.rules.merge_mismatch == "fault":
            raise Raised(fault("runtime", "the output collection is no array", code="MERGE_TYPE"))
        return results

    def current(self, turn: Turn, token: Token, node: Node) -> Any:
        """With the results of the iterations that have ended."""
        work: ForeachWork = node.spec.work
        scope = turn.scopes.get(token.inner)
        if scope is None or work.wave == 1:
            return token.data
        return self._kept(turn, token, work, token.data, [log for log in scope.results if log is not None])


def there_at(turn: Turn, token: Token, place: Placement, data: Any) -> Any:
    """What stands at a placement's target; None for nothing."""
    if place.path is None:
        source = place.source
        return None if source is None else evaluate(turn, token, source, data)
    for part in place.path:
        if isinstance(part, str):
            data = cast("dict[str, Any]", data).get(part) if isinstance(data, dict) else None
        else:
            items = cast("list[Any]", data) if isinstance(data, list) else []
            data = items[part] if -len(items) <= part < len(items) else None
    return data
