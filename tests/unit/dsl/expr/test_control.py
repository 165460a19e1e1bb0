"""as, reduce, foreach, label, break, def."""

import pytest

ROWS = [
    ("[1, 2 as $x | $x * 2], (3 as $x | [$x, .])", None, [[1, 4], [3, None]]),
    (". as [$a, {b: $c}] | [$a, $c]", [1, {"b": 2}], [[1, 2]]),
    (".[] as {a: $a} ?// [$a] | $a", [{"a": 1}, [2]], [1, 2]),
    ('[[1]] | .[] as [$a] ?// $a | if ($a | type) == "number" then error("x") else $a end', None, [[1]]),
    (
        "reduce .[] as $x (0; . + $x), reduce empty as $x (3; .), [reduce (1, 2) as $x (0, 10; . + $x)]",
        [1, 2, 3],
        [6, 3, [3, 13]],
    ),
    ("reduce (1, 2, 3) as $x (0; if $x == 2 then empty else . + $x end)", None, [3]),
    ("reduce .[] as [$k, $v] ({}; .[$k] = $v)", [["a", 1], ["b", 2]], [{"a": 1, "b": 2}]),
    ("[foreach .[] as $x (0; . + $x)], [foreach .[] as $x (0; . + $x; [$x, .])]", [1, 2], [[1, 3], [[1, 1], [2, 3]]]),
    ("[foreach (1, 2, 3) as $x (0; empty; .)], [foreach (1, 2) as $x (0, 5; . + $x)]", None, [[], [1, 3, 6, 8]]),
    (
        "[label $a | 1, break $a, 2], [label $a | label $b | 1, break $a, 2], [label $a | (label $b | break $b), 3]",
        None,
        [[1], [1], [3]],
    ),
    ("def f: . + 1; def g: f | f; 1 | g", None, [3]),
    ("[path(.a as $x | .b), path(label $l | .a, break $l), path(def f: .c; f)]", None, [[["b"], ["a"], ["c"]]]),
    ("[path(reduce 1 as $x (.; .))], [path(foreach 0 as $x (.; .[$x]))]", [5], [[[]], [[0]]]),
]
FAILURES = [
    (". as [$a] | $a", {"a": 1}, "Cannot index object with number (0)"),
    ("path(reduce 0 as $x (.; .[$x]))", [1], "Invalid path expression with result 1"),
    ("reduce range(1e9) as $x (0; 1)", None, "BUDGET expression used more than 200000 steps"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
