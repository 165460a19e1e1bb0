"""The store as a whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.store.sqlite import SqliteStore


def test_reads_see_the_last_commit_only(with_store: Any, make_job: Any, tmp_path: Path) -> None:
    async def work(store: Any) -> None:
        def insert(tx: Any) -> int:
            tx.jobs.insert(make_job(1))
            tx.runs.append(1, 1, 0, b"x")
            return store.read_now(lambda near: near.jobs.count_open())

        assert await store.write(insert) == 0
        assert await store.read(lambda tx: tx.jobs.count_open()) == 1
        assert store.read_now(lambda tx: len(tx.runs.log(1))) == 1
        with pytest.raises(Unavailable):
            await store.read(lambda tx: tx.jobs.insert(make_job(2)))

    with_store(work, str(tmp_path / "s.db"))


def test_memory_stores_behave_alike(with_store: Any, make_job: Any) -> None:
    async def work(store: Any) -> None:
        await store.write(lambda tx: tx.jobs.insert(make_job(1)))
        assert await store.read(lambda tx: tx.jobs.count_open()) == 1
        assert store.commits == 1 and not store.busy()
        await store.quiet()

    with_store(work)


def test_two_stores_on_one_file_refuse(clock: Any, tmp_path: Path, make_job: Any) -> None:
    async def whole() -> None:
        first, second = SqliteStore(tmp_path / "s.db", clock), SqliteStore(tmp_path / "s.db", clock)
        await first.open()
        with pytest.raises(Unavailable, match="another server uses this database"):
            await second.open()
        await first.write(lambda tx: tx.jobs.insert(make_job(1)))
        await first.close()
        await first.close()
        await second.open()
        assert second.read_now(lambda tx: tx.jobs.open_keys()) == [1]
        await second.close()

    asyncio.run(whole())


def test_a_fenced_store_writes_nothing(clock: Any, tmp_path: Path, make_job: Any) -> None:
    async def whole() -> None:
        store = SqliteStore(tmp_path / "s.db", clock)
        await store.open()
        thief = __import__("sqlite3").connect(tmp_path / "s.db")
        thief.execute("UPDATE leases SET token = token + 1")
        thief.commit()
        with pytest.raises(Unavailable, match="taken over"):
            await store.write(lambda tx: tx.jobs.insert(make_job(1)))
        assert thief.execute("SELECT count(*) FROM jobs").fetchone()[0] == 0
        thief.close()
        await store.close()

    asyncio.run(whole())


def test_a_file_that_cannot_be_opened_is_told_in_words_and_not_kept_locked(clock: Any, tmp_path: Path) -> None:
    async def whole() -> None:
        (tmp_path / "s.db").mkdir()
        with pytest.raises(Unavailable, match="cannot be opened as the database"):
            await SqliteStore(tmp_path / "s.db", clock).open()
        (tmp_path / "s.db").rmdir()
        store = SqliteStore(tmp_path / "s.db", clock)
        await store.open()
        await store.close()

    asyncio.run(whole())


def test_closed_stores_say_so(clock: Any, tmp_path: Path) -> None:
    async def whole() -> None:
        store = SqliteStore(tmp_path / "s.db", clock)
        for ask in (store.write(lambda tx: 1), store.quiet()):
            with pytest.raises(Unavailable):
                await ask
        with pytest.raises(Unavailable):
            store.read_now(lambda tx: 1)
        store.wake()
        assert not store.busy()

    asyncio.run(whole())


def test_pieces_need_a_transaction_of_the_store(with_store: Any) -> None:
    async def work(store: Any) -> None:
        with pytest.raises(TypeError):
            store.piece(object(), lambda tx: None)

    with_store(work)
