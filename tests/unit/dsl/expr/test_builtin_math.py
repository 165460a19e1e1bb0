"""Numbers: rounding keeps integers exact, domains end in nan, overflow in infinity."""

import pytest

ROWS = [
    (
        "map(floor), map(ceil), map(trunc), map(round), map(rint)",
        [-1.5, 2.5, 3],
        [[-2, 2, 3], [-1, 3, 3], [-1, 2, 3], [-2, 3, 3], [-2, 2, 3]],
    ),
    ("floor", 9007199254740993, [9007199254740993]),
    ("sqrt, cbrt, fabs", 64, [8, 4, 64]),
    ("-1 | sqrt, log", None, [None, None]),
    ("0 | log, log2, log10", None, [-1.7976931348623157e308] * 3),
    ("pow(2; 10), pow(2, 3; 1, 2), pow(0; -1)", None, [1024, 2, 3, 4, 9, 1.7976931348623157e308]),
    (
        "10 | significand, logb, frexp, modf, exp10, exp2, lgamma_r, tgamma",
        None,
        [1.25, 3, [0.625, 4], [0, 10], 10000000000, 1024, [12.801827480081467, 1], 362880],
    ),
    ("ldexp(1; 3), scalb(1; 3), scalbln(1; 3), copysign(1; -2), drem(10; 3), fma(2; 3; 4)", None, [8, 8, 8, -1, 1, 10]),
    (
        "fmin(1; 2), fmax(1; 2), fdim(3; 1), fmod(7; 3), hypot(3; 4), nextafter(1; 2)",
        None,
        [1, 2, 2, 1, 5, 1.0000000000000002],
    ),
    ("fmod(1; 0), fmin(nan; 1), atan2(0; 1)", None, [None, 1, 0]),
    (
        "[nan, infinite, 1, 0, 1e-320 | isnan, isinfinite, isnormal, isfinite]",
        None,
        [
            [
                True,
                False,
                False,
                True,
                False,
                True,
                False,
                False,
                False,
                False,
                True,
                True,
                False,
                False,
                False,
                True,
                False,
                False,
                False,
                True,
            ]
        ],
    ),
    ("-0.5 | lgamma_r", None, [[1.265512123484645, -1]]),
    ("1000 | exp, sinh, cosh", None, [1.7976931348623157e308] * 3),
    ("1 | atanh", None, [1.7976931348623157e308]),
    ("3 | pow10", None, [1000]),
]
FAILURES = [
    ("floor", "a", 'string ("a") number required'),
    ("pow(1; null)", None, "null (null) number required"),
    ("fma(1; 2; [])", None, "array ([]) number required"),
    ("frexp", None, "null (null) number required"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
