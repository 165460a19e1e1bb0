"""Assignments of every kind, at fixed and at computed paths."""

import pytest

ROWS = [
    ('.a = 1, .a.b = 2, .["x y"] = 3', {}, [{"a": 1}, {"a": {"b": 2}}, {"x y": 3}]),
    (".a |= . + 1, .a |= empty, .a |= (5, 6)", {"a": 1}, [{"a": 2}, {}, {"a": 5}]),
    (".a += (1, 2)", {"a": 10}, [{"a": 11}, {"a": 12}]),
    (
        ".a -= 1, .a *= 2, .a /= 2, .a %= 3, .b //= 7, .a //= 7",
        {"a": 4},
        [{"a": 3}, {"a": 8}, {"a": 2}, {"a": 1}, {"a": 4, "b": 7}, {"a": 4}],
    ),
    (".a = (.a, .b)", {"a": 1}, [{"a": 1}, {"a": None}]),
    (".[] += 1, .[0] |= 5, .[-1] = 9, .[3] = 4", [1, 2], [[2, 3], [5, 2], [1, 9], [1, 2, None, 4]]),
    (".[1:3] = [9], .[1:] |= map(. * 2), .[:1] = []", [1, 2, 3, 4], [[1, 9, 4], [1, 4, 6, 8], [2, 3, 4]]),
    ("(.a, .b) = 1, (.. | numbers) |= . + 1", {"a": 5}, [{"a": 1, "b": 1}, {"a": 6}]),
    (".[] |= select(. > 1), (.[] | select(. == 2)) |= empty", [1, 2, 3], [[2, 3], [1, 3]]),
    ("(first(.[]), .[1]) |= . + 1", [1, 2], [[2, 3]]),
    (".a[1].b = 1", None, [{"a": [None, {"b": 1}]}]),
    (".a |= (.b = 1 | .c = 2)", {"a": {"b": 0}}, [{"a": {"b": 1, "c": 2}}]),
    (". as $d | .a[0] = $d | .a[0].a[0]", {"a": [1]}, [1]),
    ("(.a, .a.b) |= {b: .}", {"a": {"b": 1}}, [{"a": {"b": {"b": {"b": 1}}}}]),
    (".a = nan | .a", {}, [None]),
    ("[.a = 1 | .b = infinite | .b]", {}, [[1.7976931348623157e308]]),
    ('getpath(["a", 0]) = 1', None, [{"a": [1]}]),
]
FAILURES = [
    (".a = 1", [1], 'Cannot index array with string ("a")'),
    (".[-2] = 1", [1], "Out of bounds negative array index"),
    (".[1e9] = 1", [], "Array index too large"),
    (".[5000000] = 1", [], "BUDGET expression builds an array or object of more than 1000000 members"),
    (".[nan] = 1", [], "Cannot set array element at NaN index"),
    (".[1:] = 5", [1], "A slice of an array can only be assigned another array"),
    ('.[1:] = "x"', "a", "Cannot update string slices"),
    ("1 = 2", None, "Invalid path expression with result 1"),
    ("(.a | tojson) |= 1", None, 'Invalid path expression with result "null"'),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
