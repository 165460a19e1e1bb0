"""Functions of the user, closures, value arguments of builtins."""

import pytest

ROWS = [
    ("def f(x): x * 2; f(1, 2)", None, [2, 4]),
    ("def f(g; $x): [g, $x, x]; 5 | [f(., 1; 2, 3)]", None, [[[5, 1, 2, 2, 3], [5, 1, 3, 2, 3]]]),
    ("def f($a; $b): [$a, $b]; [f(1, 2; 3, 4)]", None, [[[1, 3], [1, 4], [2, 3], [2, 4]]]),
    ("def f: def g: 3; g; f", None, [3]),
    ("def f(x): def g: x; 1 | g; 7 | f(. + 1)", None, [2]),
    ("def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 5 | fac", None, [120]),
    (
        "def even: if . == 0 then true else . - 1 | if . == 0 then false else . - 1 | even end end; 6 | even",
        None,
        [True],
    ),
    ("def f($x): def f($y): $x + $y; f(10); f(1)", None, [11]),
    ("def f(g): [path(g)]; f(.a, .b[0])", None, [[["a"], ["b", 0]]]),
    ("def down: recurse(.[]?); [path(down)]", [[1]], [[[], [0], [0, 0]]]),
    ('[pow(2, 3; 1, 2)], [setpath(["a"], ["b"]; 1, 2)] | length', None, [4, 4]),
    ("def r: ., (if . < 3 then . + 1 | r else empty end); [0 | r]", None, [[0, 1, 2, 3]]),
]
FAILURES = [
    ("def f: 1 + f; f", None, "BUDGET expression has more than 256 nested calls"),
    ("def f(g): f(g | g); f(.)", None, "BUDGET expression has more than 256 nested calls"),
    ("def f: f, f; try f catch 1", None, "BUDGET expression has more than 256 nested calls"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
