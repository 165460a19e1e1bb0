import pytest

from weft.dsl.expr.dates_calendar import DateError, days_of, gmtime, is_leap, timegm, week_day, year_day


def test_days_before_and_after_the_epoch() -> None:
    assert days_of(1970, 0, 1) == 0
    assert days_of(1969, 11, 31) == -1
    assert days_of(2000, 1, 30) == days_of(2000, 2, 1)
    assert week_day(2024, 1, 29) == 4
    assert year_day(2024, 11, 31) == 365
    assert is_leap(2000) and not is_leap(1900)


def test_parts_overflow_and_may_be_missing() -> None:
    assert timegm([2024, 13, 1, 0, 0, 0]) == timegm([2025, 1, 1])
    assert timegm([2024, -1, 1]) == timegm([2023, 11, 1])
    assert timegm([2024, 1, 30.9, 0, 0, 0.5]) == 1709251200


@pytest.mark.parametrize("value", [[0, 0, 1], [10000, 0, 1], [1e14, 1, 1], [2024, 1, 1e14], []])
def test_years_outside_1_to_9999(value: object) -> None:
    with pytest.raises(DateError, match="invalid gmtime representation"):
        timegm(value)


@pytest.mark.parametrize("value", [253402300800, -62135596801, 1e300, float("inf"), float("nan")])
def test_seconds_out_of_range(value: float) -> None:
    with pytest.raises(DateError, match="error converting number of seconds"):
        gmtime(value)


def test_wrong_types() -> None:
    with pytest.raises(DateError, match="mktime requires array inputs"):
        timegm("a")
    for value in (["a", 1, 1], [2024, None, 1], [float("nan"), 1, 1], [True, 1, 1]):
        with pytest.raises(DateError, match="mktime requires parsed datetime inputs"):
            timegm(value)
