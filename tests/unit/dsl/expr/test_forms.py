"""Builtins that keep paths: select, first, limit, until, recurse, getpath; short forms of other syntax."""

import pytest

ROWS = [
    ("[.[] | select(. > 1)], map(select(., .))", [1, 2], [[2], [1, 1, 2, 2]]),
    ("first(.[]), last(.[]), first, last, nth(1), nth(1; .[])", [5, 6, 7], [5, 7, 5, 7, 6, 6]),
    ("[first(empty)], [last(empty)], [nth(9; .[])]", [1], [[], [], []]),
    (
        "[limit(2; .[])], [limit(0; error)], [limit(1.5; .[])], [skip(1; .[])], [skip(0; .[])]",
        [1, 2, 3],
        [[1, 2], [], [1, 2], [2, 3], [1, 2, 3]],
    ),
    ("[limit(1, 2; .[])]", [7, 8], [[7, 7, 8]]),
    ("[1 | until(. > 4; . * 2)], [3 | until(. > 4; . + 1, . * 3)]", None, [[8], [5, 12, 9]]),
    ("[1 | while(. < 5; . * 2)], [2 | while(. < 5; . + 1, . * 2)]", None, [[1, 2, 4], [2, 3, 4, 4]]),
    ("[limit(3; repeat(7))]", None, [[7, 7, 7]]),
    ("[recurse(.[]?)] | length", [[1], 2], [4]),
    ("[2 | recurse(. * .; . < 100)]", None, [[2, 4, 16]]),
    ('getpath(["a", "b"]), [getpath(["a"], ["c"])]', {"a": {"b": 1}}, [1, [{"b": 1}, None]]),
    (
        '[path(first(.a, .b)), path(limit(1; .[]?)), path(.a | select(true)), path(getpath(["x", 0]))]',
        {"a": 1},
        [[["a"], ["a"], ["a"], ["x", 0]]],
    ),
    ("[path(recurse(.a?; . != null))]", {"a": {"a": 1}}, [[[], ["a"], ["a", "a"]]]),
    ("map(values), map(nulls), map(numbers), map(strings)", [None, 1, "a"], [[1, "a"], [None], [1], ["a"]]),
    (
        "map(arrays), map(objects), map(iterables), map(scalars), map(booleans)",
        [[], {}, True],
        [[[]], [{}], [[], {}], [True], [True]],
    ),
    ("[.[] | finites, normals]", [1, 0], [[1, 1, 0]]),
    ("map_values(. + 1), map_values(empty)", {"a": 1, "b": 2}, [{"a": 2, "b": 3}, {}]),
    ("IN(2, 3), (.[] | IN(2, 3)), IN(.[]; 2)", [1, 2], [False, False, True, True]),
    ('[JOIN({"1": "x"}; .[0] | tostring)]', [[1], [2]], [[[[[1], "x"], [[2], None]]]]),
    (
        '[JOIN({"1": "x"}; .[]; .[0] | tostring)], [JOIN({"1": "x"}; .[]; .[0] | tostring; .[1])]',
        [[1]],
        [[[[1], "x"]], ["x"]],
    ),
    ("[recurse_down]", [1], [[[1], 1]]),
]
FAILURES = [
    ("limit(-1; 1)", None, "limit doesn't support negative count"),
    ("skip(-1; 1)", None, "skip doesn't support negative count"),
    ("nth(-1; 1)", None, "nth doesn't support negative indices"),
    ('limit("a"; 1)', None, 'string ("a") and number (1) cannot be subtracted'),
    ('getpath("a")', None, "Path must be specified as an array"),
    ("path(last(.[]))", [3], "Invalid path expression with result 3"),
    ("until(false; .)", None, "BUDGET expression used more than 200000 steps"),
    ("[repeat(1)]", None, "BUDGET expression used more than 200000 steps"),
    ("[recurse(.)]", None, "BUDGET expression used more than 200000 steps"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
