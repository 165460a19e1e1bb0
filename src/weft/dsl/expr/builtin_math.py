"""Builtins about numbers: the C library's functions on binary64, with integral results as integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from weft.dsl.expr.arithmetic import as_float, is_number, whole
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import value
from weft.dsl.expr.values import type_error


def _number(v: Any) -> float:
    if not is_number(v):
        raise type_error(v, "number required")
    return as_float(v)


def computed(run: Callable[..., float], *args: float) -> float:
    """`run(*args)` as C has it: nan outside the domain, an infinity where it overflows."""
    try:
        return whole(run(*args))
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _unary(run: Callable[[float], float]) -> Callable[[Budget, Any], Any]:
    return lambda budget, v: computed(run, _number(v))


def _rounding(run: Callable[[float], float]) -> Callable[[Budget, Any], Any]:
    """Rounding: integers stay exact."""

    def compute(budget: Budget, v: Any) -> Any:
        if v.__class__ is int:
            return v
        x = _number(v)
        return x if not math.isfinite(x) else whole(float(run(x)))

    return compute


def _binary(run: Callable[[float, float], float]) -> Callable[[Budget, Any, Any, Any], Any]:
    return lambda budget, v, a, b: computed(run, _number(a), _number(b))


def _half_away(x: float) -> float:
    return math.copysign(math.floor(abs(x) + 0.5), x) if abs(x) < 2**52 else x


def _half_even(x: float) -> float:
    return float(round(x)) if abs(x) < 2**52 else x


def _log(base: Callable[[float], float]) -> Callable[[float], float]:
    def run(x: float) -> float:
        return -math.inf if x == 0 else base(x)

    return run


def _gamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except ValueError:
        return math.inf


def _true_gamma(x: float) -> float:
    if x == 0:
        return math.copysign(math.inf, x)
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf


def _logb(x: float) -> float:
    if x == 0:
        return -math.inf
    return math.frexp(x)[1] - 1 if math.isfinite(x) else abs(x)


def _significand(x: float) -> float:
    return math.frexp(x)[0] * 2 if math.isfinite(x) else x


def _atanh(x: float) -> float:
    return math.copysign(math.inf, x) if abs(x) == 1 else math.atanh(x)


def _cbrt(x: float) -> float:
    return math.cbrt(x)


def _pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        odd = y == int(y) and int(y) % 2 == 1
        return -math.inf if x < 0 and odd else math.inf
    except ValueError:
        return math.inf if x == 0 else math.nan


def _exp10(x: float) -> float:
    return _pow(10.0, x)


def _exp2(x: float) -> float:
    return _pow(2.0, x)


def _fmod(x: float, y: float) -> float:
    return math.nan if y == 0 or math.isinf(x) else math.fmod(x, y)


def _fmin(x: float, y: float) -> float:
    return y if x != x else (x if y != y else min(x, y))


def _fmax(x: float, y: float) -> float:
    return y if x != x else (x if y != y else max(x, y))


def _fdim(x: float, y: float) -> float:
    return math.nan if x != x or y != y else max(x - y, 0.0)


def _ldexp(x: float, e: float) -> float:
    return x if e != e else math.ldexp(x, int(max(min(e, 5000), -5000)))


def _fma(x: float, y: float, z: float) -> float:
    """`x * y + z` with one rounding, through exact integer ratios."""
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        return x * y + z
    (a, b), (c, d), (e, f) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
    return (a * c * f + e * b * d) / (b * d * f)


def fma(budget: Budget, v: Any, x: Any, y: Any, z: Any) -> Any:
    return computed(_fma, _number(x), _number(y), _number(z))


def frexp(budget: Budget, v: Any) -> list[Any]:
    x = _number(v)
    if not math.isfinite(x):
        return [x, 0]
    mantissa, exponent = math.frexp(x)
    return [whole(mantissa), exponent]


def modf(budget: Budget, v: Any) -> list[Any]:
    x = _number(v)
    if math.isinf(x):
        return [math.copysign(0.0, x), x]
    fraction, integral = math.modf(x)
    return [whole(fraction), whole(integral) if x == x else x]


def lgamma_r(budget: Budget, v: Any) -> list[Any]:
    x = _number(v)
    negative = x < 0 and math.floor(x) % 2 != 0 and math.isfinite(x)
    return [computed(_gamma, x), -1 if negative else 1]


def is_infinite(budget: Budget, v: Any) -> bool:
    return v.__class__ is float and math.isinf(v)


def is_nan(budget: Budget, v: Any) -> bool:
    return v.__class__ is float and v != v


def is_normal(budget: Budget, v: Any) -> bool:
    return is_number(v) and v != 0 and math.isfinite(as_float(v)) and abs(v) >= 2.2250738585072014e-308


_UNARY: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "cbrt": _cbrt,
    "fabs": math.fabs,
    "exp": math.exp,
    "exp2": _exp2,
    "exp10": _exp10,
    "pow10": _exp10,
    "expm1": math.expm1,
    "log": _log(math.log),
    "log2": _log(math.log2),
    "log10": _log(math.log10),
    "log1p": lambda x: -math.inf if x == -1 else math.log1p(x),
    "logb": _logb,
    "gamma": _gamma,
    "lgamma": _gamma,
    "tgamma": _true_gamma,
    "significand": _significand,
    "erf": math.erf,
    "erfc": math.erfc,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": lambda x: math.sinh(x) if abs(x) < 710.4 else math.copysign(math.inf, x),
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": _atanh,
}
_ROUNDING: dict[str, Callable[[float], float]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": _half_away,
    "rint": _half_even,
    "nearbyint": _half_even,
}
_BINARY: dict[str, Callable[[float, float], float]] = {
    "pow": _pow,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "copysign": math.copysign,
    "nextafter": math.nextafter,
    "nexttoward": math.nextafter,
    "fmod": _fmod,
    "fmin": _fmin,
    "fmax": _fmax,
    "fdim": _fdim,
    "drem": math.remainder,
    "remainder": math.remainder,
    "ldexp": _ldexp,
    "scalb": _ldexp,
    "scalbln": _ldexp,
}

for _name, _run in _UNARY.items():
    value(_name, 0, _unary(_run))
for _name, _run in _ROUNDING.items():
    value(_name, 0, _rounding(_run))
for _name, _run2 in _BINARY.items():
    value(_name, 2, _binary(_run2))
value("fma", 3, fma)
value("frexp", 0, frexp)
value("modf", 0, modf)
value("lgamma_r", 0, lgamma_r)
value("infinite", 0, lambda budget, v: math.inf)
value("nan", 0, lambda budget, v: math.nan)
value("isinfinite", 0, is_infinite, plain=True)
value("isnan", 0, is_nan, plain=True)
value("isnormal", 0, is_normal, plain=True)
value("isfinite", 0, lambda budget, v: is_number(v) and not is_infinite(budget, v), plain=True)
