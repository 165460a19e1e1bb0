from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.core import HANDLERS, HOOKS, NodeHandler, RunHooks


def test_ownership_copies_once_and_never_the_given(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    run = told([{"l": {"for": {"in": "[1]"}, "do": [{"w": {"wait": "PT1S"}}]}}])
    turn = turn_of(run)
    old = next(iter(run.told().tokens.values()))
    mine = turn.own(turn.tokens[old.id])
    assert mine is not old and turn.own(mine) is mine and turn.tokens[old.id] is mine
    scope = run.told().scopes[old.inner]
    owned = turn.own_scope(turn.scopes[scope.id])
    owned.children[99] = 1
    assert 99 not in scope.children and turn.own_scope(owned) is owned


def test_numbers_are_never_given_twice(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    taken = set(turn.tokens) | set(turn.scopes)
    made = [turn.new_id() for _ in range(5)]
    assert len(set(made)) == 5 and not taken & set(made)


def test_every_kind_of_the_tasks_is_known() -> None:
    wanted = {"list", "transform", "choice", "activity", "child", "timer", "loop", "fan", "guard", "raise", "end"}
    assert wanted <= set(HANDLERS)
    assert "tasks" in HOOKS


def test_the_protocol_fails_loudly_where_a_kind_gets_what_it_cannot_take() -> None:
    handler: Any = NodeHandler()
    with pytest.raises(NotImplementedError):
        handler.enter(None, None, None)
    with pytest.raises(NotImplementedError):
        handler.accept(None, None, None, None, None)
    with pytest.raises(NotImplementedError):
        handler.child_done(None, None, None, None, None, 0, None)
    assert handler.fault(None, None, None, None, None, None) is False
    with pytest.raises(NotImplementedError):
        RunHooks().start(None, None)  # type: ignore[arg-type]
