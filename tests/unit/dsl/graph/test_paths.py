"""Paths of references."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget, secret
from weft.dsl.expr.errors import BudgetSpent
from weft.dsl.graph.paths import PathProblem, below, evaluator, read_path, same

DATA: dict[str, Any] = {
    "a": {"b": [10, {"c": 1}, [2, 3]], "x.y": 5},
    "list": [{"n": 1, "k": "p"}, {"n": 2, "k": "q"}, {"n": 3}],
    "text": "abc",
}


def found(path: str, data: Any = DATA) -> Any:
    return evaluator(read_path(path, []))(data, (), Budget())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (".a.b[0]", 10),
        (".a.b[-1][1]", 3),
        (".a['x.y']", 5),
        ('.a["x.y"]', 5),
        (".a.gone.more", None),
        (".a.b[9]", None),
        (".text.x", None),
        (".list[*].n", [1, 2, 3]),
        (".list[0:2].n", [1, 2]),
        (".list[1:].k", ["q"]),
        (".list[:-1].n", [1, 2]),
        ("..n", [1, 2, 3]),
        ("..c", [1]),
        (".list[?(@.n > 1)].n", [2, 3]),
        (".list[?(@.n >= 1 && @.k == 'q')].n", [2]),
        (".list[?(@.n == 1 || @.n == 3)].n", [1, 3]),
        (".list[?(@.k)].k", ["p", "q"]),
        (".list[?(@.k != 'p')].n", [2, 3]),
        (".list[?(@.k == null)].n", [3]),
        (".list[?(@['n'] < 2.5)].n", [1, 2]),
        (".list.length()", 3),
        (".text.length()", 3),
        (".gone.length()", None),
        (".list[*].k.length()", [1, 1]),
        (".a.*", [[10, {"c": 1}, [2, 3]], 5]),
        (".gone[*]", []),
    ],
)
def test_what_paths_find(path: str, value: Any) -> None:
    assert found(path) == value


@pytest.mark.parametrize(
    "path", ["a", ".", "[", "[x]", ".list[?(@.n)", ".list[?(1 == 1)]", ".list[?(@.n == x)]", ".a b", "()"]
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(PathProblem):
        read_path(path, [])


def test_paths_are_bounded() -> None:
    with pytest.raises(PathProblem):
        read_path(".a" * 101, [])
    deep: Any = 1
    for _ in range(20_000):
        deep = {"x": [deep]}
    with pytest.raises(BudgetSpent):
        budget = Budget()
        budget.fuel = 1_000
        evaluator(read_path("..x", []))(deep, (), budget)


def test_computed_steps() -> None:
    computed = [lambda _vars, _budget: "b", lambda _vars, _budget: 0]
    path = evaluator(read_path(".a.\0" + "0\0[\0" + "1\0]", computed))  # type: ignore[arg-type]
    assert path(DATA, (), Budget()) == 10


def test_secrets_are_equal_to_nothing_and_have_keys() -> None:
    budget = Budget()
    assert not same(secret("k"), secret("k"), budget)
    assert below(1, "a", budget) is None
    assert found(".x", secret("k")).parts[0].path == ("x",)
