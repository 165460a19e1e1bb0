"""Arrays collected from one container, with and without the fast comparisons."""

import pytest

ROWS = [
    ("[.[]]", {"a": 1, "b": 2}, [[1, 2]]),
    ("[.[] | .n]", [{"n": 1}, {}, {"n": None}], [[1, None, None]]),
    ("[.[] | select(.n > 1) | .k]", [{"n": 2, "k": "a"}, {"n": 1}, {"n": 3}], [["a", None]]),
    ("[.[] | select(.n > 1) | .k]", [{"n": True, "k": 1}, {"n": "x", "k": 2}, {"n": 1.5, "k": 3}], [[2, 3]]),
    ('[.[] | select(.n == "a") | .k]', [{"n": "a", "k": 1}, {"n": 1, "k": 2}], [[1]]),
    ('[.[] | select(.n != "a") | .k]', [{"n": "a", "k": 1}, {"n": "b", "k": 2}], [[2]]),
    ("[.[] | select(.n < 2)]", [{"n": 1}, {"n": 2}, {}], [[{"n": 1}, {}]]),
    ("[.[] | select(.n <= 2) | .n]", [{"n": 1}, {"n": 2}, {"n": 3}], [[1, 2]]),
    ("[.[] | .a | select(.) | . + 1]", [{"a": 1}, {"a": None}], [[2]]),
    ("[.x | .[] | .y]", {"x": [{"y": 1}]}, [[1]]),
    ("[.[] | select(.n > 1, .n < 9) | .n]", [{"n": 2}], [[2, 2]]),
]
FAILURES = [
    ("[.[] | .n]", [1], 'Cannot index number with string ("n")'),
    ("[.[] | select(.n > 1) | .k]", [{"n": 2}, "x"], 'Cannot index string with string ("n")'),
    ("[.x[] | .y]", {}, "Cannot iterate over null (null)"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
