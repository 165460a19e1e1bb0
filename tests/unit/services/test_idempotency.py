"""Requests that carry a key: done once, answered again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from weft.domain.errors import Busy, InUse, Invalid, Mismatch, Unavailable
from weft.services import idempotency
from weft.services.idempotency import HOUR_MS, Idempotency, Keep, Kept
from weft.store.idempotency import SqlKeptAnswers
from weft.store.sqlite import SqliteStore

CREATED = Kept(201, b'{"id":1}', {"Location": "/x/1", "ETag": '"1"'})


class Clock:
    ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return 0.0


class World:
    """Kept answers in a store in memory, and work that counts how often it was done."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.store = SqliteStore(":memory:", self.clock)
        self.once = Idempotency(self.store, SqlKeptAnswers(), self.clock, **options)
        self.done = 0

    def restart(self) -> None:
        self.once = Idempotency(self.store, SqlKeptAnswers(), self.clock)

    async def work(self, keep: Keep) -> Kept:
        def change(tx: Any) -> None:
            self.done += 1
            keep(tx, CREATED)

        await self.store.write(change)
        return CREATED

    def stored(self) -> int:
        return self.store.read_now(lambda tx: tx.sql.execute("SELECT count(*) FROM kept_answers").fetchone()[0])  # pyright: ignore[reportAttributeAccessIssue]


def play(test: Callable[[World], Awaitable[None]], **options: Any) -> None:
    async def whole() -> None:
        world = World(**options)
        await world.store.open()
        try:
            await test(world)
        finally:
            await world.store.close()

    asyncio.run(whole())


def test_the_same_request_is_answered_again() -> None:
    async def test(world: World) -> None:
        assert await world.once.guarded("s", "f", world.work) == (CREATED, False)
        assert await world.once.guarded("s", "f", world.work) == (CREATED, True)
        world.restart()
        assert await world.once.guarded("s", "f", world.work) == (CREATED, True)
        assert world.done == 1
        assert await world.once.guarded("other", "f", world.work) == (CREATED, False)
        assert world.done == 2

    play(test)


def test_another_request_with_the_same_key_is_refused() -> None:
    async def test(world: World) -> None:
        await world.once.guarded("s", "f", world.work)
        with pytest.raises(Mismatch) as refused:
            await world.once.guarded("s", "g", world.work)
        assert refused.value.code == "idempotency_mismatch" and world.done == 1
        assert await world.once.guarded("s", "f", world.work) == (CREATED, True)

    play(test)


def test_a_request_under_way_refuses_the_same_key() -> None:
    async def test(world: World) -> None:
        go_on = asyncio.Event()

        async def slow(keep: Keep) -> Kept:
            await go_on.wait()
            return await world.work(keep)

        first = asyncio.create_task(world.once.guarded("s", "f", slow))
        await asyncio.sleep(0)
        with pytest.raises(InUse) as refused:
            await world.once.guarded("s", "f", world.work)
        assert (refused.value.code, refused.value.retry_after) == ("idempotency_in_progress", 1)
        with pytest.raises(Mismatch):
            await world.once.guarded("s", "g", world.work)
        assert await world.once.guarded("t", "f", world.work) == (CREATED, False)
        go_on.set()
        assert await first == (CREATED, False)
        assert await world.once.guarded("s", "f", world.work) == (CREATED, True)

    play(test)


def test_after_an_error_the_key_is_free() -> None:
    async def test(world: World) -> None:
        async def refused(keep: Keep) -> Kept:
            def change(tx: Any) -> None:
                keep(tx, CREATED)
                raise Invalid("no")

            return await world.store.write(change)

        async def told(keep: Keep) -> Kept:
            kept = Kept(404, b"{}", {})
            await world.store.write(lambda tx: keep(tx, kept))
            return kept

        with pytest.raises(Invalid):
            await world.once.guarded("s", "f", refused)
        assert await world.once.guarded("s", "f", told) == (Kept(404, b"{}", {}), False)
        assert world.stored() == 0
        assert await world.once.guarded("s", "other", world.work) == (CREATED, False)

    play(test)


def test_a_cancelled_request_lets_go_of_its_key() -> None:
    async def test(world: World) -> None:
        async def never(keep: Keep) -> Kept:
            await asyncio.Event().wait()
            return CREATED

        first = asyncio.create_task(world.once.guarded("s", "f", never))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert await world.once.guarded("s", "f", world.work) == (CREATED, False)

    play(test)


def test_an_answer_without_a_change_is_kept_too() -> None:
    async def test(world: World) -> None:
        async def nothing(keep: Keep) -> Kept:
            return CREATED

        async def undone(keep: Keep) -> Kept:
            def change(tx: Any) -> None:
                keep(tx, CREATED)
                raise Unavailable("no")

            with pytest.raises(Unavailable):
                await world.store.write(change)
            return CREATED

        for scope, work in (("s", nothing), ("t", undone)):
            assert await world.once.guarded(scope, "f", work) == (CREATED, False)
            assert await world.once.guarded(scope, "f", world.work) == (CREATED, True)
        assert world.done == 0

    play(test)


def test_answers_are_kept_for_a_while() -> None:
    async def test(world: World) -> None:
        await world.once.guarded("s", "f", world.work)
        world.clock.ms += 2 * HOUR_MS - 1
        assert await world.once.guarded("s", "f", world.work) == (CREATED, True)
        assert await world.once.sweep() == 0
        world.clock.ms += 1
        assert await world.once.guarded("s", "g", world.work) == (CREATED, False)
        assert world.stored() == 1
        world.clock.ms += 2 * HOUR_MS
        assert await world.once.sweep() == 1 and world.stored() == 0

    play(test, ttl_hours=2)


def test_sweeping_goes_on_until_all_old_ones_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "SWEPT", 3)

    async def test(world: World) -> None:
        for number in range(10):
            await world.once.guarded(f"s{number}", "f", world.work)
        assert await world.once.sweep() == 6 and world.stored() == 4

    play(test, most=4)


def test_another_server_of_the_store_was_faster() -> None:
    async def test(world: World) -> None:
        other = Idempotency(world.store, SqlKeptAnswers(), world.clock)

        async def late(keep: Keep) -> Kept:
            await other.guarded("s", "f", world.work)
            return await world.work(keep)

        with pytest.raises(InUse):
            await world.once.guarded("s", "f", late)
        assert await world.once.guarded("s", "f", world.work) == (CREATED, True)

    play(test)


def test_requests_under_way_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "UNDER_WAY", 1)

    async def test(world: World) -> None:
        async def nested(keep: Keep) -> Kept:
            with pytest.raises(Busy):
                await world.once.guarded("t", "f", world.work)
            return await world.work(keep)

        assert await world.once.guarded("s", "f", nested) == (CREATED, False)
        assert await world.once.guarded("t", "f", world.work) == (CREATED, False)

    play(test)


def test_sweeping_outlives_a_store_that_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "SWEEP_S", 0)

    async def test(world: World) -> None:
        calls: list[int] = []
        enough = asyncio.Event()

        async def sweep() -> int:
            calls.append(1)
            if len(calls) >= 3:
                enough.set()
            raise Unavailable("full")

        monkeypatch.setattr(world.once, "sweep", sweep)
        task = asyncio.create_task(world.once.sweep_now_and_then())
        await asyncio.wait_for(enough.wait(), 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    play(test)
