"""What `weft.ports.store` and `weft.ports.runs` promise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from weft.domain.errors import Conflict, Invalid, NotFound
from weft.domain.idempotency import Kept, KeptAnswer
from weft.domain.jobs import Job
from weft.ports.run_list import RunPage, RunQuery
from weft.ports.runs import OpenItem, SnapshotRow, SubscriptionRow
from weft.store.idempotency import SqlKeptAnswers
from weft.store.run_list import SqlRunList


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


def test_lists_count_what_is_committed(store: Any) -> None:
    """Totals and pages of `weft.ports.run_list` follow inserts, ends, later runs and removals, and nothing undone."""

    async def test(opened: Any) -> None:
        runs = SqlRunList()

        def page(**query: Any) -> RunPage:
            return opened.read_now(lambda tx: runs.page(tx, RunQuery(**query), tenant="default"))

        def insert(tx: Any, name: str, **more: Any) -> Job:
            key = tx.runs.new_key()
            made = Job(
                id=f"job-{key}", run=f"run-{key}", name=name, workflow_name="w", workflow_version="1",
                workflow_id="w-1", revision="r", status="running", started_at=1_000 + key, key=key, **more,
            )  # fmt: skip
            tx.jobs.insert(made)
            return made

        first, second = await asyncio.gather(
            opened.write(lambda tx: insert(tx, "meter")), opened.write(lambda tx: insert(tx, "valve"))
        )
        assert page().total == 2 and page(statuses=("completed",)).total == 0
        assert [job.name for job in page(name="METER").jobs] == ["meter"]

        def end(tx: Any) -> None:
            first.status, first.closed_at = "completed", 9_000
            tx.jobs.update(first)

        def fail(tx: Any) -> None:
            end(tx)
            insert(tx, "other")
            raise Invalid("no")

        with pytest.raises(Invalid):
            await opened.write(fail)
        assert page(statuses=("completed",)).total == 0 and page(name="other").total == 0
        await opened.write(end)
        assert page(statuses=("completed",)).total == 1 and page().total == 2

        def again(tx: Any) -> Job:
            tx.jobs.supersede(first.key)
            return insert(tx, "meter", created_at=first.started_at)

        later = await opened.write(again)
        assert {job.run for job in page().jobs} == {second.run, later.run}
        assert opened.read_now(lambda tx: tx.jobs.latest(later.id)).run == later.run
        await opened.write(lambda tx: tx.runs.forget([first.key, later.key]))
        assert page().total == 1

    store(test)


def test_kept_answers_go_with_their_unit(store: Any) -> None:
    async def test(opened: Any) -> None:
        answers = SqlKeptAnswers()
        made = KeptAnswer("key", "print", 5, Kept(201, b"{}", {"Location": "/x"}))

        def fail(tx: Any) -> None:
            answers.put(tx, made)
            raise Invalid("no")

        with pytest.raises(Invalid):
            await opened.write(fail)
        assert opened.read_now(lambda tx: answers.get(tx, "key")) is None
        await opened.write(lambda tx: answers.put(tx, made))
        assert opened.read_now(lambda tx: answers.get(tx, "key")) == made
        assert await opened.write(lambda tx: answers.sweep(tx, 6, 10, 10)) == 1
        assert opened.read_now(lambda tx: answers.get(tx, "key")) is None

    store(test)
