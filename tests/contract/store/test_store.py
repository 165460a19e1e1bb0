"""What `weft.ports.store` and `weft.ports.runs` promise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from weft.domain.errors import Conflict, NotFound
from weft.domain.jobs import Job
from weft.ports.runs import OpenItem, SnapshotRow, SubscriptionRow


def job(key: int, **more: Any) -> Job:
    members: dict[str, Any] = {
        "id": f"j{key}", "run": f"r{key}", "name": "n", "workflow_name": "w", "workflow_version": "1",
        "workflow_id": "i", "revision": "d", "status": "running", "started_at": key, "key": key,
    }  # fmt: skip
    return Job(**(members | more))


def test_a_unit_is_all_or_nothing(store: Any) -> None:
    async def test(s: Any) -> None:
        def half(tx: Any) -> None:
            tx.jobs.insert(job(1))
            tx.runs.append(1, 1, 0, b"\xc0")
            raise NotFound("stop")

        with pytest.raises(NotFound):
            await s.write(half)
        assert await s.read(lambda tx: (tx.jobs.by_key(1), tx.runs.log(1))) == (None, [])

    store(test)


def test_one_failing_unit_takes_no_other_with_it(store: Any) -> None:
    async def test(s: Any) -> None:
        def unit(key: int) -> Any:
            def work(tx: Any) -> int:
                tx.jobs.insert(job(key))
                if key % 3 == 0:
                    raise ValueError("every third")
                return key

            return work

        answers = await asyncio.gather(*(s.write(unit(key)) for key in range(1, 31)), return_exceptions=True)
        good = [answer for answer in answers if isinstance(answer, int)]
        assert good == [key for key in range(1, 31) if key % 3]
        assert await s.read(lambda tx: tx.jobs.open_keys()) == good

    store(test)


def test_units_see_their_own_writes_and_those_before(store: Any) -> None:
    async def test(s: Any) -> None:
        def work(tx: Any) -> int:
            tx.runs.append(1, tx.runs.last_seq(1) + 1, 0, b"\xc0")
            return tx.runs.last_seq(1)

        assert sorted(await asyncio.gather(*(s.write(work) for _ in range(20)))) == list(range(1, 21))

    store(test)


def test_pieces_fail_alone(store: Any) -> None:
    async def test(s: Any) -> None:
        undone: list[str] = []

        def bad(tx: Any) -> None:
            tx.jobs.insert(job(2))
            tx.on_rollback(lambda: undone.append("bad"))
            raise ValueError("piece")

        def work(tx: Any) -> None:
            tx.jobs.insert(job(1))
            with pytest.raises(ValueError, match="piece"):
                s.piece(tx, bad)
            s.piece(tx, lambda inner: inner.jobs.insert(job(3)))

        await s.write(work)
        assert await s.read(lambda tx: tx.jobs.open_keys()) == [1, 3]
        assert undone == ["bad"]

    store(test)


def test_calls_after_the_commit_come_only_after_a_commit(store: Any) -> None:
    async def test(s: Any) -> None:
        heard: list[str] = []

        def work(tx: Any, name: str, fail: bool) -> None:
            tx.after_commit(lambda: heard.append(name))
            if fail:
                raise ValueError(name)

        await s.write(lambda tx: work(tx, "good", False))
        with pytest.raises(ValueError, match="bad"):
            await s.write(lambda tx: work(tx, "bad", True))
        assert heard == ["good"]

    store(test)


def test_sources_are_filled_into_commits(store: Any) -> None:
    class Source:
        def __init__(self) -> None:
            self.keys = [1, 2, 3]

        def ready(self) -> bool:
            return bool(self.keys)

        def fill(self, tx: Any, until: float) -> int:
            tx.jobs.insert(job(self.keys.pop()))
            return 1

        def undone(self, error: BaseException) -> None:
            raise AssertionError(error)

    async def test(s: Any) -> None:
        end = s.attach(Source())
        s.wake()
        await s.quiet()
        end()
        assert s.read_now(lambda tx: tx.jobs.open_keys()) == [1, 2, 3] and not s.busy()

    store(test)


def test_runs_are_kept_whole(store: Any) -> None:
    async def test(s: Any) -> None:
        large = b"\xc6\x00\x01\x86\xa0" + b"z" * 100_000

        def work(tx: Any) -> int:
            key = tx.runs.new_key()
            tx.jobs.insert(job(key, input="y" * 100_000, tags=("a",)))
            tx.runs.append(key, 1, 5, large)
            tx.runs.put_snapshot(SnapshotRow(key, 1, 5, large))
            tx.runs.put_open(key, [OpenItem(key, "t1", "timer", 9, b"b")])
            tx.runs.put_subscription([SubscriptionRow(key, "e1", 0, "default", "up", b"f")])
            return key

        key = await s.write(work)
        with pytest.raises(Conflict):
            await s.write(lambda tx: tx.jobs.insert(job(key + 1, run=f"r{key}")))

        def look(tx: Any) -> Any:
            found: list[Any] = []
            tx.runs.open_items(found.append)
            return (tx.jobs.by_key(key).input, tx.runs.log(key)[0].body, tx.runs.snapshot(key).body, found,
                    tx.runs.subscribers("default", "up"))  # fmt: skip

        given, body, snapshot, items, subscribers = await s.read(look)
        assert given == "y" * 100_000 and body == snapshot == large
        assert items == [OpenItem(key, "t1", "timer", 9, b"b")] and len(subscribers) == 1
        await s.write(lambda tx: tx.runs.forget([key]))
        assert await s.read(lambda tx: (tx.jobs.by_key(key), tx.runs.log(key), tx.runs.items(key))) == (None, [], [])
        assert await s.write(lambda tx: tx.runs.new_key()) > key

    store(test)
