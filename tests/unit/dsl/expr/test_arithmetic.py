"""Exact integers, integral floats, and the errors of operators."""

import math

import pytest

from weft.dsl.expr.arithmetic import (
    BINARY,
    add,
    as_float,
    divide,
    exact,
    modulo,
    multiply,
    negate,
    number_of,
    split_text,
    subtract,
    whole,
)
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget, Limits

CASES = [
    ("+", 9007199254740993, 1, 9007199254740994),
    ("+", 0.5, 0.5, 1),
    ("+", None, 5, 5),
    ("+", "a", None, "a"),
    ("+", {"b": 1, "a": 2}, {"b": 3, "c": 4}, {"b": 3, "a": 2, "c": 4}),
    ("-", [1, 2, "a", 1.0], [1], [2, "a"]),
    ("-", ["a", 1], ["a"], [1]),
    ("*", 1.5, 2, 3),
    ("*", "ab", 2, "abab"),
    ("*", 0.5, "ab", ""),
    ("*", "ab", -1, None),
    ("*", {"a": {"b": 1}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
    ("/", 4, 2, 2),
    ("/", 7, 2, 3.5),
    ("/", 10**30, 10**29, 10),
    ("/", "a,b", ",", ["a", "b"]),
    ("%", -5, 3, -2),
    ("%", 5, -3, 2),
    ("%", 5.9, 3.9, 2),
    ("%", math.inf, 10, 7),
]


@pytest.mark.parametrize(("op", "a", "b", "expected"), CASES)
def test_operation(op, a, b, expected):
    result = BINARY[op](a, b, Budget())
    assert result == expected
    assert type(result) is type(expected)


def test_integers_are_exact_up_to_1024_bits_and_floats_beyond():
    assert exact(2**1023) == 2**1023
    assert multiply(2**600, 2**400, Budget()) == 2**1000
    assert multiply(2**1000, 2**1000, Budget()) == math.inf
    assert as_float(-(10**400)) == -math.inf
    assert whole(1e17) == 1e17
    assert isinstance(whole(1e17), float)
    assert isinstance(whole(1e16), int)


@pytest.mark.parametrize(
    ("op", "a", "b", "text"),
    [
        (add, 1, "a", 'number (1) and string ("a") cannot be added'),
        (subtract, "a", "b", 'string ("a") and string ("b") cannot be subtracted'),
        (multiply, [], [], "array ([]) and array ([]) cannot be multiplied"),
        (divide, 1, None, "number (1) and null (null) cannot be divided"),
        (modulo, 1, 0.5, "number (1) and number (0.5) cannot be divided (remainder) because the divisor is zero"),
    ],
)
def test_errors(op, a, b, text):
    with pytest.raises(JqError) as caught:
        op(a, b, Budget())
    assert caught.value.value == text


def test_no_memory_is_taken_for_what_is_too_large():
    budget = Budget(0, Limits(text=1000, members=10))
    with pytest.raises(BudgetSpent):
        multiply("x", 1e15, budget)
    with pytest.raises(BudgetSpent):
        add([1] * 6, [1] * 6, budget)
    with pytest.raises(BudgetSpent):
        split_text("x" * 20, "", budget)


def test_numbers_of_texts():
    assert number_of("1e2") == 100
    assert isinstance(number_of("1.0"), float)
    assert number_of("9" * 500) == math.inf
    with pytest.raises(ValueError, match="could not convert"):
        number_of("1x")


def test_negation_takes_numbers_only():
    assert negate(5) == -5
    for value in (True, "a", None):
        with pytest.raises(JqError):
            negate(value)
