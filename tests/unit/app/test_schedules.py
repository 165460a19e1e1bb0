"""How schedules hang together with definitions."""

from __future__ import annotations

from types import SimpleNamespace

from weft.app.schedules import build_schedules


def test_whoever_removes_a_definition_removes_its_schedules():
    made = SimpleNamespace(
        inline=None, listed=SimpleNamespace(removing=[]), workflows=SimpleNamespace(removing=[])
    )  # fmt: skip
    parts = build_schedules(None, None, None, made, None)
    assert made.listed.removing == made.workflows.removing == [parts.schedules.forget_all]
    assert parts.scheduler._due._schedules is parts.schedules
