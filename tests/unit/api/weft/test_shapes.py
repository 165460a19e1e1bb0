from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from weft.api.weft.shapes import time_ms, time_text
from weft.domain.errors import Invalid


def test_times_both_ways():
    at = datetime(2026, 2, 1, 6, 0, 0, 100_000, tzinfo=UTC)
    assert time_text(time_ms(at)) == "2026-02-01T06:00:00.100Z"
    assert time_ms(at.astimezone(timezone(timedelta(hours=2)))) == time_ms(at)


def test_none_and_zero():
    assert (time_ms(None), time_text(0)) == (None, None)


def test_a_time_without_offset_is_refused():
    with pytest.raises(Invalid):
        time_ms(datetime(2026, 2, 1))
