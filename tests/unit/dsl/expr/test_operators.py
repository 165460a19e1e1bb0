"""Pipes, commas, alternatives, arithmetic, comparison, logic, if, try."""

import pytest

ROWS = [
    ("[(1, 2) | (., 10)], [1, 2 | . + 1]", None, [[1, 10, 2, 10], [2, 3]]),
    ("[(1, 2) + (10, 20)], [(1, 2) < (2, 1)]", None, [[11, 12, 21, 22], [True, False, False, False]]),
    ("[(null, 1, false, 2) // 9], [empty // (3, 4)], .a // .b // 5", None, [[1, 2], [3, 4], 5]),
    ('1 == 1.0, "1" == 1, true == 1, [1] == [true], null == false', None, [True, False, False, False, False]),
    ('{"a": 1, "b": 2} == {"b": 2, "a": 1}, [1, {"a": 1}] == [1.0, {"a": 1.0}]', None, [True, True]),
    ('1 < 2, "a" < "b", null < false, false < true, true < 0, 9 < "", "z" < [], [9] < {}', None, [True] * 8),
    ("nan < 1, nan == nan, nan > 1, 1 < nan", None, [True, False, False, False]),
    ("(true, false) and (true, false)", None, [True, False, False]),
    ("(true, false) or (true, false)", None, [True, True, False]),
    ('1 and null, "" and [], null or 0', None, [False, True, True]),
    ("if . then 1 else 2 end, if empty then 1 end, (if (true, null) then 1 elif true then 3 end)", 5, [1, 1, 3]),
    ('try error("x") catch ., [.a?], (try (1, error("y"), 2) catch .)', 5, ["x", [], 1, "y"]),
    ('[.[] | try if . > 1 then error("big") else . end catch "c"]', [1, 2], [[1, "c"]]),
    (
        "[path(.a, .b), path(.a // .b), path(if .a then .a else .b end), path(try .a catch .b)]",
        {"b": 1},
        [[["a"], ["b"], ["b"], ["b"], ["a"]]],
    ),
    ("try error({a: 1}) catch .a", None, [1]),
    ("1 as $x | 2 as $y | $x + $y * 2 - 1 % 2", None, [4]),
    ("[.[] as $x | 1 / $x?]?", [], [[]]),
]
FAILURES = [
    ('1 + "a"', None, 'number (1) and string ("a") cannot be added'),
    ('(error("x")) // 1', None, "x"),
    ('try error("x") catch error("y")', None, "y"),
    ("1 / 0", None, "number (1) and number (0) cannot be divided because the divisor is zero"),
    ("5 % 0", None, "number (5) and number (0) cannot be divided (remainder) because the divisor is zero"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
