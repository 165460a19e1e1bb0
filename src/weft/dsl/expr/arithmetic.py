"""`+ - * / %` and negation on jq values.

Integers are exact up to 1,024 bits, beyond that a float. A float result that is integral and smaller than 10^17
becomes an integer: `4/2` is 2 and `1.5*2` is 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.sealed import Sealed, join_sealed
from weft.dsl.expr.values import MAX_DEPTH, equals, too_deep, type_error, type_error2

BIG = 1 << 1024
INTEGRAL = 1e17
_INT64 = 1 << 63


def whole(value: float) -> float:
    """A float result in its final form: an int when it is integral and smaller than 10^17."""
    if -INTEGRAL < value < INTEGRAL and value == int(value):
        return int(value)
    return value


def exact(value: int) -> float:
    """An integer result: itself up to 1,024 bits, else the nearest float or infinity."""
    if -BIG < value < BIG:
        return value
    return as_float(value)


def as_float(value: float) -> float:
    """A number as binary64; integers beyond its range become infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


def add(a: Any, b: Any, budget: Budget) -> Any:
    """`a + b`: numbers, texts, arrays, objects (right wins, left order kept); null adds nothing."""
    kind, other = a.__class__, b.__class__
    if kind is int and other is int:
        return exact(a + b)
    if kind is str and other is str:
        budget.text(len(a) + len(b))
        return a + b
    if a is None:
        return b
    if b is None:
        return a
    if is_number(a) and is_number(b):
        return whole(as_float(a) + as_float(b))
    return _add_containers(a, b, budget)


def _add_containers(a: Any, b: Any, budget: Budget) -> Any:
    if a.__class__ is list and b.__class__ is list:
        budget.members(len(a) + len(b))
        return a + b
    if a.__class__ is dict and b.__class__ is dict:
        budget.members(len(a) + len(b))
        return {**a, **b}
    if a.__class__ is Sealed or b.__class__ is Sealed:
        return join_sealed(a, b)
    raise type_error2(a, b, "cannot be added")


def subtract(a: Any, b: Any, budget: Budget) -> Any:
    """`a - b`: numbers; arrays without the elements of b."""
    if a.__class__ is int and b.__class__ is int:
        return exact(a - b)
    if is_number(a) and is_number(b):
        return whole(as_float(a) - as_float(b))
    if a.__class__ is list and b.__class__ is list:
        return _without(a, b, budget)
    raise type_error2(a, b, "cannot be subtracted")


def _without(a: list[Any], b: list[Any], budget: Budget) -> list[Any]:
    budget.charge(len(a) + len(b))
    if all(item.__class__ is str for item in b):
        texts = set(b)
        return [item for item in a if item.__class__ is not str or item not in texts]
    budget.charge(len(a) * len(b))
    return [item for item in a if not any(equals(item, other, budget) for other in b)]


def multiply(a: Any, b: Any, budget: Budget) -> Any:
    """`a * b`: numbers; text times number repeats; objects merge deeply."""
    if a.__class__ is int and b.__class__ is int:
        return exact(a * b)
    if is_number(a) and is_number(b):
        return whole(as_float(a) * as_float(b))
    if a.__class__ is str and is_number(b):
        return _repeated(a, b, budget)
    if b.__class__ is str and is_number(a):
        return _repeated(b, a, budget)
    if a.__class__ is dict and b.__class__ is dict:
        return _merged(a, b, budget, 0)
    raise type_error2(a, b, "cannot be multiplied")


def _repeated(text: str, times: float, budget: Budget) -> str | None:
    if times != times or times < 0:
        return None
    if not text:
        return text
    count = min(times, 1 << 40)
    budget.text(int(count * len(text)))
    return text * int(count)


def _merged(a: dict[str, Any], b: dict[str, Any], budget: Budget, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise too_deep(MAX_DEPTH)
    budget.members(len(a) + len(b))
    budget.charge(1)
    result = a.copy()
    for key, value in b.items():
        old = result.get(key)
        if value.__class__ is dict and old.__class__ is dict:
            value = _merged(old, value, budget, depth + 1)  # pyright: ignore[reportArgumentType]
        result[key] = value
    return result


def divide(a: Any, b: Any, budget: Budget) -> Any:
    """`a / b`: numbers, exact where they divide exactly; text by text splits."""
    if is_number(a) and is_number(b):
        if b == 0:
            raise type_error2(a, b, "cannot be divided because the divisor is zero")
        if a.__class__ is int and b.__class__ is int:
            return _divided(a, b)
        return whole(as_float(a) / as_float(b))
    if a.__class__ is str and b.__class__ is str:
        return split_text(a, b, budget)
    raise type_error2(a, b, "cannot be divided")


def _divided(a: int, b: int) -> float:
    quotient, rest = divmod(a, b)
    if not rest:
        return quotient
    try:
        return whole(a / b)
    except OverflowError:
        return whole(as_float(a) / as_float(b))


def split_text(text: str, separator: str, budget: Budget) -> list[str]:
    """The pieces of `text` between `separator`; by code points when it is empty; `[]` for the empty text."""
    if not text:
        return []
    budget.charge(1 + (len(text) >> 4))
    if separator:
        pieces = text.split(separator)
    else:
        pieces = list(text)
    budget.members(len(pieces))
    budget.charge(len(pieces))
    return pieces


def modulo(a: Any, b: Any, budget: Budget) -> Any:
    """`a % b`: both cut to integers, the sign of a; nan stays nan; a zero divisor is an error."""
    del budget
    if not (is_number(a) and is_number(b)):
        raise type_error2(a, b, "cannot be divided (remainder)")
    if a != a or b != b:
        return math.nan
    divisor = _cut(b)
    if divisor == 0:
        raise type_error2(a, b, "cannot be divided (remainder) because the divisor is zero")
    dividend = _cut(a)
    rest = abs(dividend) % abs(divisor)
    return -rest if dividend < 0 else rest


def _cut(value: float) -> int:
    if value in (math.inf, -math.inf):
        return _INT64 - 1 if value > 0 else -_INT64
    return int(value)


def negate(value: Any) -> Any:
    """`-value` of a number."""
    if value.__class__ is int:
        return -value
    if value.__class__ is float:
        return -value
    raise type_error(value, "cannot be negated")


def number_of(text: str) -> float:
    """A JSON number text as a number (ValueError when it is none); `nan` is not read here."""
    if text.lstrip("-").isdigit() and text.isascii():
        if len(text) > 400:
            return as_float_text(text)
        return exact(int(text))
    return as_float_text(text)


def as_float_text(text: str) -> float:
    value = float(text)
    if ("e" in text or "E" in text) and "." not in text:
        return whole(value)
    return value


BINARY: dict[str, Callable[[Any, Any, Budget], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
}


def index_too_large() -> JqError:
    return JqError("Array index too large")
