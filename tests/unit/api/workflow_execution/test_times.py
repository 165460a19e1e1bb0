from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.api.workflow_execution import times

DAY = 86_400_000_000_000


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02T00:00:00Z", DAY),
        ("1970-01-02t00:00:00z", DAY),
        ("1970-01-02T00:00:00", DAY),
        ("1970-01-02T02:00:00+02:00", DAY),
        ("1970-01-02T02:00:00 02:00", DAY),
        ("1970-01-01T22:00:00-02:00", DAY),
        ("1970-01-02T00:00:00.5Z", DAY + 500_000_000),
        ("1970-01-02T00:00:00.123456789Z", DAY + 123_456_789),
        ("1969-12-31", -DAY),
        ("1970-01-01T23:59:60Z", DAY),
        ("2024-02-29", 1_709_164_800_000_000_000),
    ],
)
def test_dates_and_date_times(text, ns):
    assert times.read(text) == ns


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01T", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
     "2026-01-01T00:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+24:00", "0000-01-01", "20260101",
     "2026-01-01T00:00:00.Z", "２０２６-01-01", " 2026-01-01"],
)  # fmt: skip
def test_what_is_none(text):
    with pytest.raises(ValueError, match=r".+"):
        times.read(text)


@given(st.integers(0, 4_000_000_000_000))
def test_what_is_shown_can_be_read(ms):
    text = times.shown(ms)
    assert len(text) == 27 and text.endswith("Z")
    assert times.read(text) == ms * 1_000_000


@given(st.integers(-(10**18), 10**18), st.integers(-(10**12), 10**12))
def test_bounds_in_milliseconds_mean_the_same(ns, ms):
    assert (ms >= times.first_after(ns)) == (ms * 1_000_000 > ns)
    assert (ms < times.first_not_before(ns)) == (ms * 1_000_000 < ns)
