"""What the kinds of states share: the interface of a state's work, and its time limit.

A work begins with the state's data in `token.data` and ends by `leaving.complete`. `current` is what the data are at
this moment, for handlers: with every merge already made.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import Turn
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.program import Node
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.states import StateSpec

DEFAULT_STATE_S = 300


class Work:
    """The work of one kind of state; holds nothing of a run."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        """Start with `token.data`."""
        raise NotImplementedError

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """An answer for one of the state's own waits, its time limit excepted."""
        raise NotImplementedError

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """A body of actions has ended."""
        raise NotImplementedError

    def current(self, turn: Turn, token: Token, node: Node) -> Any:
        """The state data as they are: those of the one line of actions, if there is one."""
        scope = turn.scopes.get(token.inner)
        if scope is None or len(scope.children) != 1:
            return token.data
        child = turn.tokens.get(next(iter(scope.children)))
        return token.data if child is None else child.raw


def spec_of(node: Node) -> StateSpec:
    """The spec of a state node."""
    spec: StateSpec = node.spec
    return spec
