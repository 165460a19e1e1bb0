"""Zones by name, from the tables that come with the release."""

from __future__ import annotations

from datetime import datetime

import pytest

from weft.dsl.machine.nodes.zones import offset_ms, zone_named

HOUR = 3_600_000


@pytest.mark.parametrize(
    "name", ["Mars/Base", "", "../etc/passwd", "Europe", "zone.tab", "Europe/", "a" * 200, "tzdata.zi"]
)
def test_names_that_are_none(name: str) -> None:
    assert zone_named(name) is None


@pytest.mark.parametrize(
    ("local", "hours"),
    [
        (datetime(2026, 1, 1), 1),
        (datetime(2026, 7, 1), 2),
        (datetime(2026, 3, 29, 2, 30), 1),
        (datetime(2026, 10, 25, 2, 30), 2),
    ],
)
def test_offsets_at_clock_changes(local: datetime, hours: int) -> None:
    zone = zone_named("Europe/Berlin")
    assert zone is not None and offset_ms(zone, local) == hours * HOUR


def test_short_names_in_use() -> None:
    found = zone_named("PST")
    assert found is not None and found.key == "America/Los_Angeles"
    assert zone_named("XST") is None
