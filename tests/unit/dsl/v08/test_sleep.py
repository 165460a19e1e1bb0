"""Sleep states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def sleep(**parts: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "sleep", "end": True, **parts}]


@pytest.mark.parametrize("parts", [{"duration": "PT5S"}, {"type": "delay", "timeDelay": "PT5S"}])
def test_fixed(spec: Callable[..., Any], parts: dict[str, Any]) -> None:
    assert spec(sleep(**parts)).work.delay.fixed.ms == 5000


def test_worked_out(spec: Callable[..., Any]) -> None:
    assert spec(sleep(duration="${ .pause }")).work.delay.source.text.strip() == ".pause"


@pytest.mark.parametrize(
    ("parts", "problem"),
    [({}, ("property-missing", "/states/0")), ({"duration": "5 s"}, ("duration", "/states/0/duration"))],
)
def test_refused(codes: Callable[..., Any], parts: dict[str, Any], problem: tuple[str, str]) -> None:
    assert codes(sleep(**parts)) == {problem}


def test_days_after_the_t(compiled: Callable[..., Any]) -> None:
    program, problems = compiled(sleep(duration="PT30D"))
    assert program.nodes[0].spec.work.delay.fixed.ms == 30 * 86_400_000
    assert [(p.code, p.severity) for p in problems] == [("duration", "warning")]
