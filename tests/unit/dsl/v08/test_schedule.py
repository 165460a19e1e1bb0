"""Start schedules: what is accepted, and which code the rest gets."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.v08.schedule import check_schedule, cron_fault, interval_fault


@pytest.mark.parametrize(
    "text",
    [
        "0 0/15 * * * ?",
        "*/5 * * * *",
        "0 15 10 ? * MON-FRI",
        "0 0 12 1W * ?",
        "0 0 12 L-3 * ?",
        "0 15 10 ? * 6#3",
        "0 15 10 ? * 5L 2027",
        "0 0 1,15 * MON,wed",
    ],
)
def test_cron_accepted(text: str) -> None:
    assert cron_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("* * *", "this one has 3"),
        ("60 * * * *", "'60' is not a minute"),
        ("0 0 0 32 * ?", "'32' is not a day of month"),
        ("0 0 ? * *", ""),
        ("0 0 * FOO *", "'FOO' is not a month"),
        ("*/0 * * * *", "'*/0' is not a minute"),
        ("0 0 * * 9#9", "day of week"),
        ("x" * 300, "at most 200"),
    ],
)
def test_cron_refused(text: str, says: str) -> None:
    assert says in cron_fault(text)
    assert bool(cron_fault(text)) is bool(says)


@pytest.mark.parametrize("text", ["R/PT2H", "R/2024-01-01T00:00:00Z/PT1H", "R/P1D/2030-01-01"])
def test_interval_accepted(text: str) -> None:
    assert interval_fault(text) == ("", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("R5/PT2H", "unsupported-interval-repeat"),
        ("PT2H", "interval"),
        ("R/2h", "interval"),
        ("R/P", "interval"),
        ("R/PT", "interval"),
        ("R/PT1H/PT1H", "interval"),
        ("R/2024-01-01/2025-01-01", "interval"),
    ],
)
def test_interval_refused(text: str, code: str) -> None:
    assert interval_fault(text)[0] == code


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("R/PT2H", []),
        ("every day", [("interval", "/s")]),
        ({"interval": "R/x"}, [("interval", "/s/interval")]),
        ({"cron": "0 0 0"}, [("cron", "/s/cron")]),
        ({"cron": {"expression": "61 * * * *"}}, [("cron", "/s/cron/expression")]),
        ({"cron": {"expression": "1 * * * *", "validUntil": "soon"}}, [("cron", "/s/cron/validUntil")]),
        ({"interval": "R/PT2H", "timezone": "Mars/Base"}, [("timezone", "/s/timezone")]),
        ({"interval": "R/PT2H", "timezone": "../etc/passwd"}, [("timezone", "/s/timezone")]),
        ({"interval": "R/PT2H", "timezone": "Europe/Berlin"}, []),
        (5, []),
    ],
)
def test_check(schedule: Any, expected: list[tuple[str, str]]) -> None:
    assert [(p.code, p.pointer) for p in check_schedule(schedule, "/s")] == expected
