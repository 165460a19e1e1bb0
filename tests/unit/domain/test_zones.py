"""Stretches of constant offset."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from weft.domain import zones
from weft.domain.zones import CHUNK_S, UTC_ZONE, Zone


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_utc_never_changes():
    assert UTC_ZONE.stretch(at("2026-03-29T00:00:00"))[0] == 0


def test_a_stretch_ends_where_the_clock_changes():
    zone = Zone("Europe/Berlin", ZoneInfo("Europe/Berlin"))
    offset, end = zone.stretch(at("2026-03-28T00:00:00"))
    assert (offset, end) == (3600, at("2026-03-29T01:00:00"))
    assert zone.stretch(end)[0] == 7200
    assert zone.stretch(end - 1)[0] == 3600


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Gaza", "Asia/Tehran"]
)
def test_every_instant_has_the_offset_of_the_zone(name):
    zone, tz = Zone(name, ZoneInfo(name)), ZoneInfo(name)
    for instant in range(at("2005-01-01T00:00:00"), at("2031-01-01T00:00:00"), 7919 * 5):
        offset = datetime.fromtimestamp(instant, tz).utcoffset()
        assert offset is not None
        found, end = zone.stretch(instant)
        assert found == offset.total_seconds()
        assert end > instant


def test_a_stretch_never_reaches_over_a_change():
    zone, tz = Zone("Africa/Casablanca", ZoneInfo("Africa/Casablanca")), ZoneInfo("Africa/Casablanca")
    instant, stop, steps = at("2024-01-01T00:00:00"), at("2029-01-01T00:00:00"), 0
    while instant < stop:
        offset, end = zone.stretch(instant)
        for probe in (instant, (instant + end) // 2, end - 1):
            assert datetime.fromtimestamp(probe, tz).utcoffset().total_seconds() == offset
        instant, steps = end, steps + 1
    assert steps > 15


def test_no_more_is_kept_than_the_limit(monkeypatch):
    monkeypatch.setattr(zones, "MAX_CHUNKS", 3)
    zone = Zone("Europe/Berlin", ZoneInfo("Europe/Berlin"))
    for number in range(20):
        assert zone.stretch(number * CHUNK_S)[0] in (3600, 7200)
    assert len(zone._chunks) <= 3
