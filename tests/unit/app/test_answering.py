"""Kept answers begin with the server and end with it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from weft.app.answering import build_idempotency
from weft.app.settings import Settings
from weft.domain.idempotency import Kept
from weft.services.idempotency import HOUR_MS, Idempotency
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio
ANSWER = Kept(201, b"{}", {})


class Clock:
    ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(clock: Clock):
    made = SqliteStore(":memory:", clock)
    await made.open()
    yield made
    await made.close()


async def answered(_: Any) -> Kept:
    return ANSWER


async def test_answers_are_kept_for_as_long_as_the_setting_says(tmp_path: Path, store: SqliteStore, clock: Clock):
    settings = replace(Settings(data_dir=tmp_path), idempotency_ttl_hours=3)
    async with AsyncExitStack() as stack:
        once = build_idempotency(settings, store, clock, stack)
        assert await once.guarded("scope", "print", answered) == (ANSWER, False)
        clock.ms += 3 * HOUR_MS - 1
        assert await once.guarded("scope", "print", answered) == (ANSWER, True)
        clock.ms += 1
        assert await once.guarded("scope", "print", answered) == (ANSWER, False)


async def test_it_sweeps_from_the_start_and_stops_with_the_stack(
    tmp_path: Path, store: SqliteStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    told: list[str] = []
    begun = asyncio.Event()

    async def sweep(_: Idempotency) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            told.append("ended")

    monkeypatch.setattr(Idempotency, "sweep_now_and_then", sweep)
    async with AsyncExitStack() as stack:
        build_idempotency(Settings(data_dir=tmp_path), store, clock, stack)
        await asyncio.wait_for(begun.wait(), 5)
        assert told == []
    assert told == ["ended"]
