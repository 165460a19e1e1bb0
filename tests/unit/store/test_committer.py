"""Group commits: what is answered is durable, what fails fails alone, what cannot be written is refused."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from weft.domain.errors import Busy, NotFound, Unavailable
from weft.store import committer as module
from weft.store.blobs import Ciphers
from weft.store.committer import Committer
from weft.store.connection import connect
from weft.store.runs import Keys
from weft.store.schema import bring_up_to_date
from weft.store.unit import SqlTx


class Failing:
    """A connection whose statements fail while `reason` is set and their text begins with `word`."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self.word = ""
        self.code = 0

    def execute(self, text: str, *arguments: Any) -> Any:
        if self.word and text.startswith(self.word):
            error = sqlite3.OperationalError("it was decided")
            error.sqlite_errorcode = self.code
            raise error
        return self._sql.execute(text, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sql, name)


class Source:
    """Work that is always some pieces ahead."""

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.taken = 0
        self.errors: list[BaseException] = []

    def ready(self) -> bool:
        return self.pieces > 0

    def fill(self, tx: Any, until: float) -> int:
        tx.on_rollback(self._back)
        self.pieces -= 1
        self.taken += 1
        return 1

    def _back(self) -> None:
        self.pieces += 1
        self.taken -= 1

    def undone(self, error: BaseException) -> None:
        self.errors.append(error)


@pytest.fixture
def run(tmp_path: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`run(test)` runs `await test(committer, failing connection)` on a file with a writer thread."""
    monkeypatch.setattr(module, "RETRY_S", 0.001)

    def go(test: Any, **options: Any) -> Any:
        async def whole() -> Any:
            sql = connect(str(tmp_path / "c.db"))
            bring_up_to_date(sql)
            failing: Any = Failing(sql)
            with ThreadPoolExecutor(1) as writer:
                committer = Committer(SqlTx(failing, Ciphers(), Keys()), clock, None, writer, **options)
                await test(committer, failing)
                failing.word = ""
                await committer.close()
            sql.close()

        asyncio.run(whole())

    return go


def insert(make_job: Any, key: int) -> Any:
    def work(tx: Any) -> int:
        tx.jobs.insert(make_job(key))
        return key

    return work


def test_many_units_share_commits(run: Any, make_job: Any) -> None:
    async def test(committer: Any, _: Any) -> None:
        results = await asyncio.gather(*(committer.write(insert(make_job, key)) for key in range(1, 201)))
        assert results == list(range(1, 201))
        assert committer.commits < 50

    run(test)


def test_what_is_answered_is_on_the_disk(run: Any, make_job: Any, tmp_path: Any) -> None:
    async def test(committer: Any, _: Any) -> None:
        await committer.write(insert(make_job, 1))
        other = sqlite3.connect(tmp_path / "c.db")
        assert other.execute("SELECT count(*) FROM jobs").fetchone()[0] == 1
        other.close()

    run(test)


def test_a_unit_that_raises_fails_alone(run: Any, make_job: Any) -> None:
    def bad(tx: Any) -> None:
        tx.jobs.insert(make_job(2))
        raise NotFound("no")

    async def test(committer: Any, _: Any) -> None:
        one, two, three = await asyncio.gather(
            committer.write(insert(make_job, 1)), committer.write(bad), committer.write(insert(make_job, 3)),
            return_exceptions=True,
        )  # fmt: skip
        assert (one, three) == (1, 3) and isinstance(two, NotFound)
        assert await committer.write(lambda tx: tx.jobs.open_keys()) == [1, 3]

    run(test)


@pytest.mark.parametrize("word", ["BEGIN", "INSERT", "COMMIT", "RELEASE"])
def test_a_full_disk_refuses_and_the_store_goes_on(run: Any, make_job: Any, word: str) -> None:
    async def test(committer: Any, failing: Any) -> None:
        source = Source(0)
        committer.attach(source)
        failing.word, failing.code = word, sqlite3.SQLITE_FULL
        source.pieces = 1
        answers = await asyncio.gather(
            *(committer.write(insert(make_job, key)) for key in (1, 2)), return_exceptions=True
        )
        assert all(isinstance(answer, Unavailable) and "full" in answer.message for answer in answers)
        assert source.errors and source.taken == 0
        failing.word = ""
        assert await committer.write(insert(make_job, 3)) == 3
        assert await committer.write(lambda tx: tx.jobs.open_keys()) == [3]
        await committer.quiet()
        assert source.taken == 1

    run(test)


def test_sources_are_asked_until_they_have_nothing(run: Any) -> None:
    async def test(committer: Any, _: Any) -> None:
        source = Source(5)
        end = committer.attach(source)
        committer.wake()
        await committer.quiet()
        assert source.taken == 5 and not committer.busy()
        end()
        source.pieces = 1
        committer.wake()
        await committer.quiet()
        assert source.taken == 5

    run(test)


def test_a_source_that_raises_stops_nobody(run: Any, make_job: Any) -> None:
    class Broken(Source):
        def fill(self, tx: Any, until: float) -> int:
            self.pieces = 0
            raise ValueError("a defect")

    async def test(committer: Any, _: Any) -> None:
        source = Broken(1)
        committer.attach(source)
        with pytest.raises(Unavailable):
            await committer.write(insert(make_job, 1))
        assert await committer.write(insert(make_job, 1)) == 1

    run(test)


def test_full_queues_and_closed_stores_refuse(run: Any, make_job: Any) -> None:
    async def test(committer: Any, _: Any) -> None:
        waiting = [asyncio.ensure_future(committer.write(insert(make_job, key))) for key in (1, 2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as busy:
            await committer.write(insert(make_job, 3))
        assert busy.value.retry_after
        assert await asyncio.gather(*waiting) == [1, 2]
        await committer.close()
        with pytest.raises(Unavailable):
            await committer.write(insert(make_job, 4))

    run(test, queue_limit=2)


def test_calls_after_the_commit_are_made_before_the_answer(run: Any) -> None:
    async def test(committer: Any, _: Any) -> None:
        calls: list[str] = []

        def work(tx: Any) -> None:
            tx.after_commit(lambda: calls.append("after"))
            tx.after_commit(lambda: 1 / 0)
            tx.after_commit(lambda: calls.append("still"))

        await committer.write(work)
        assert calls == ["after", "still"]

    run(test)


def test_a_slow_disk_gets_more_work_per_commit_but_never_too_much() -> None:
    assert module.slice_for(0.0) == module.slice_for(0.001) == module.SLICE_S
    assert module.SLICE_S < module.slice_for(0.004) < module.LONGEST_SLICE_S
    assert module.slice_for(3.0) == module.LONGEST_SLICE_S
