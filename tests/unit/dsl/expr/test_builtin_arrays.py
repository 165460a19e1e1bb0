"""Sort, group, flatten, transpose, join, indices, ranges, combinations."""

import pytest

ROWS = [
    ("sort", [3, "a", None, [1], {"a": 1}, True, False, 1], [[None, False, True, 1, 3, "a", [1], {"a": 1}]]),
    ("sort", [{"b": 1}, {"a": 2}, {"a": 1}, {"a": 1, "b": 0}], [[{"a": 1}, {"a": 2}, {"a": 1, "b": 0}, {"b": 1}]]),
    ("unique", [2, 1, 1.0, 2], [[1, 2]]),
    ("min, max", [3, 1, 2], [1, 3]),
    ("min, max", [], [None, None]),
    ("reverse", [1, 2, 3], [[3, 2, 1]]),
    ("map(reverse)", [None, "", {}, 0], [[[], [], [], []]]),
    ("flatten, flatten(1), flatten(0)", [1, [2, [3]]], [[1, 2, 3], [1, 2, [3]], [1, [2, [3]]]]),
    ("flatten", {"a": [1], "b": [[2]]}, [[1, 2]]),
    ("transpose", [[1], [2, 3]], [[[1, 2], [None, 3]]]),
    ("transpose", [0, ""], [[]]),
    ("indices(1), index(1), rindex(1)", [1, 2, 1], [[0, 2], 0, 2]),
    ("indices([1, 2]), indices([])", [1, 2, 1, 2], [[0, 2], []]),
    ('indices("aa"), index("a"), rindex("z"), indices("")', "aaa", [[0, 1], 0, None, []]),
    ("indices(1)", None, [None]),
    ("bsearch(2), bsearch(0), bsearch(2.5), bsearch(9)", [1, 2, 3], [1, -1, -3, -4]),
    ('join(",")', ["a", 1, None, True], ["a,1,,true"]),
    ('join(",")', [], [""]),
    ("join(null)", ["a"], ["a"]),
    ("[combinations]", [[1, 2], [3, 4]], [[[1, 3], [1, 4], [2, 3], [2, 4]]]),
    ("[combinations(2)]", [0, 1], [[[0, 0], [0, 1], [1, 0], [1, 1]]]),
    (
        "[range(3)], [range(1; 3)], [range(0; 1; 0.25)], [range(5; 0; -2)]",
        None,
        [[0, 1, 2], [1, 2], [0, 0.25, 0.5, 0.75], [5, 3, 1]],
    ),
    ("[range(0; 3; 0)], [range(2.5)]", None, [[], [0, 1, 2]]),
    ("[range(0, 1; 2, 3)]", None, [[0, 1, 0, 1, 2, 1, 1, 2]]),
]
FAILURES = [
    ("sort", 1, "number (1) cannot be sorted, as it is not an array"),
    ("unique", {}, "object ({}) cannot be sorted, as it is not an array"),
    ("min", 1, "number (1) and number (1) cannot be iterated over"),
    ("reverse", True, "boolean (true) has no length"),
    ("flatten(-1)", [], "flatten depth must not be negative"),
    ("flatten", 1, "Cannot iterate over number (1)"),
    ("transpose", [1], "Cannot index number with number (0)"),
    ("transpose", [False], "boolean (false) has no length"),
    ('join(",")', ["a", [1]], 'string ("a,") and array ([1]) cannot be added'),
    ("bsearch(1)", 1, "number (1) cannot be searched from"),
    ('range("a")', None, "Range bounds must be numeric"),
    ("[range(1e6)]", None, "BUDGET expression used more than 200000 steps"),
    ("[combinations]", [1], "Cannot iterate over number (1)"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
