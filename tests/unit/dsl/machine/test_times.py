from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.machine.times import iso_text, moment, stamp


@given(st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(9999, 1, 1)))
def test_text_agrees_with_the_library(when: dt.datetime) -> None:
    when = when.replace(microsecond=when.microsecond // 1000 * 1000, tzinfo=dt.UTC)
    at = (when - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    assert iso_text(at) == when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_moment() -> None:
    found = moment(1_700_000_000_123)
    assert found == {
        "iso8601": "2023-11-14T22:13:20.123Z",
        "epoch": {"seconds": 1_700_000_000, "milliseconds": 1_700_000_000_123},
    }


def test_six_digits_of_a_second() -> None:
    assert stamp(1_700_000_000_123) == "2023-11-14T22:13:20.123000Z"
