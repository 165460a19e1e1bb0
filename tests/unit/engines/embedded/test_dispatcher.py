"""Queues, leases and time limits."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.dsl.machine.commands import ScheduleActivity
from weft.dsl.machine.faults import fault
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.limits import Limits
from weft.ports.engine import ResolvedActivity, Task
from weft.ports.tasks import HandOut


class Bench:
    def __init__(self, **limits: Any) -> None:
        self.now = 1_000
        self.failed: list[tuple[str, str, bool]] = []
        self.answer: Any = None
        self.tasks = Dispatcher(self, Limits(**limits), self.open, self.fail)

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return 0.0

    def open(self, task: Task) -> Any:
        if self.answer == "closed":
            return None
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return self.answer
        return HandOut("j", task.run, task.ref, task.attempt, task.attempt_id, task.resolved.activity)

    def fail(self, task: Task, problem: Any, lost: bool, taken_at: int) -> None:
        self.failed.append((task.attempt_id, problem.code, lost))

    def add(self, name: str, key: int = 1, adapter: str = "a.v1", idempotent: bool = False, **times: int) -> None:
        command = ScheduleActivity(name, 1, "adapter", "x", **times)
        resolved = ResolvedActivity("q", f"{adapter}.x", adapter, idempotent)
        self.tasks.add(Task("r", key, name, 1, name, resolved, self.now, command))

    def poll(self, limit: int = 9, adapters: tuple[str, ...] = ("a.v1",)) -> list[str]:
        return [task.attempt_id for task in self.tasks.poll("q", limit, adapters)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_tasks_go_out_in_order_once_and_by_adapter(bench: Bench) -> None:
    for name in ("1", "2", "1", "3"):
        bench.add(name)
    bench.add("other", adapter="b.v1")
    assert bench.poll(2) == ["1", "2"] and bench.poll() == ["3"] and bench.poll() == []
    assert bench.poll(adapters=("b.v1", "a.v1")) == ["other"]
    assert (bench.tasks.queued, bench.tasks.leased) == (0, 4)
    assert bench.tasks.poll("nowhere", 5, ["a.v1"]) == []


def test_an_attempt_is_answered_once(bench: Bench) -> None:
    bench.add("1")
    bench.poll()
    lease = bench.tasks.claim("1")
    assert lease is not None and lease.taken_at == 1_000
    assert bench.tasks.claim("1") is None and bench.tasks.claim("unknown") is None
    bench.tasks.lost(["1"], "WORKER_LOST")
    assert bench.failed == []
    bench.tasks.unclaim("1")
    assert bench.tasks.claim("1") is not None
    bench.tasks.drop("1")
    assert bench.tasks.claim("1") is None and not bench.tasks.knows("1")


def test_lost_workers(bench: Bench) -> None:
    bench.add("once")
    bench.add("again", idempotent=True)
    bench.poll()
    bench.tasks.lost(["once", "again", "unknown"], "WORKER_LOST")
    assert bench.failed == [("once", "WORKER_LOST", True)]
    assert bench.poll() == ["again"]


def test_time_limits(bench: Bench) -> None:
    bench.add("start", schedule_to_start_ms=100)
    bench.now += 100
    bench.tasks.expire()
    bench.add("close", start_to_close_ms=50)
    bench.add("beat", heartbeat_ms=30)
    assert bench.poll() == ["close", "beat"]
    bench.now += 29
    assert bench.tasks.heartbeat(["beat", "start"]) == ["start"]
    bench.now += 21
    bench.tasks.expire()
    assert bench.failed == [("start", "TIMEOUT", False), ("close", "TIMEOUT", False)]
    bench.now += 30
    bench.tasks.expire()
    assert bench.failed[-1] == ("beat", "TIMEOUT", False) and bench.tasks.leased == 0


def test_a_result_on_its_way_beats_the_time_limit(bench: Bench) -> None:
    bench.add("1", start_to_close_ms=50)
    bench.poll()
    bench.tasks.claim("1")
    bench.now += 60
    bench.tasks.expire()
    assert bench.failed == []


def test_suspended_runs_keep_their_tasks(bench: Bench) -> None:
    bench.add("before", key=7)
    bench.tasks.suspend(7)
    bench.add("after", key=7)
    assert bench.poll() == []
    bench.tasks.resume(7)
    assert sorted(bench.poll()) == ["after", "before"]
    bench.tasks.suspend(7)
    bench.add("late", key=7)
    bench.tasks.forget(7)
    bench.tasks.resume(7)
    assert bench.poll() == []


def test_cancelled_attempts_hear_of_it(bench: Bench) -> None:
    bench.add("1", idempotent=True)
    bench.poll()
    bench.tasks.cancel("1")
    bench.tasks.cancel("unknown")
    assert bench.tasks.heartbeat(["1"]) == ["1"]
    bench.tasks.lost(["1"], "WORKER_LOST")
    assert bench.failed == [("1", "WORKER_LOST", True)]


def test_what_cannot_be_opened_fails_and_what_is_closed_goes(bench: Bench) -> None:
    bench.answer = fault("configuration", "no such resource", code="RESOURCE_NOT_FOUND")
    bench.add("1")
    assert bench.poll() == [] and bench.failed == [("1", "RESOURCE_NOT_FOUND", False)]
    bench.answer = "closed"
    bench.add("2")
    assert bench.poll() == [] and not bench.tasks.knows("2")


def test_long_queues_keep_no_arguments() -> None:
    bench = Bench(lazy_tasks=2)
    for number in range(4):
        bench.add(str(number))
    kept = [bench.tasks._tasks[str(number)].command is not None for number in range(4)]
    assert kept == [True, True, False, False]


def test_watchers_are_woken_until_they_end(bench: Bench) -> None:
    calls: list[int] = []
    end = bench.tasks.watch("q", lambda: calls.append(1))
    bench.add("1")
    bench.tasks.wake_all()
    end()
    end()
    bench.add("2")
    assert calls == [1, 1]


def test_the_time_limit_of_an_attempt_begins_when_it_is_taken(bench: Bench) -> None:
    bench.add("1", start_to_close_ms=50)
    bench.now += 10_000
    (task,) = bench.tasks.poll("q", 1, ["a.v1"])
    assert task.deadline_ms == bench.now + 50
    bench.now += 49
    bench.tasks.expire()
    assert bench.failed == []
    bench.now += 1
    bench.tasks.expire()
    assert bench.failed == [("1", "TIMEOUT", False)]


def test_tasks_stay_queued_while_they_cannot_be_opened(bench: Bench) -> None:
    for name in ("1", "2", "3"):
        bench.add(name)
    bench.answer = Unavailable("the database cannot be read")
    with pytest.raises(Unavailable):
        bench.poll()
    bench.answer = None
    real, calls = bench.tasks._open, []

    def second_fails(task: Task) -> Any:
        calls.append(task.attempt_id)
        if len(calls) == 2:
            raise Unavailable("the database cannot be read")
        return real(task)

    bench.tasks._open = second_fails
    assert bench.poll() == ["1"]  # leased, so that it has to be given
    assert bench.poll() == ["2", "3"] and bench.failed == []


def test_a_task_that_breaks_the_hand_out_fails_alone(bench: Bench) -> None:
    bench.add("1")
    bench.answer = KeyError("a defect")
    assert bench.poll() == []
    bench.answer = None
    bench.add("2")
    assert bench.poll() == ["2"] and bench.failed == [("1", "PANIC", False)]


def test_what_was_stopped_by_force_has_failed_idempotent_or_not(bench: Bench) -> None:
    bench.add("1", idempotent=True)
    bench.poll()
    bench.tasks.lost(["1"], "WORKER_STOPPED")
    assert bench.failed == [("1", "WORKER_STOPPED", True)] and bench.poll() == []


def test_limits_of_attempts_survive_a_clock_that_is_set_back(bench: Bench) -> None:
    bench.add("close", start_to_close_ms=50)
    bench.add("beat", heartbeat_ms=30)
    bench.poll()
    bench.tasks.expire()
    bench.now -= 900
    bench.tasks.expire()
    assert bench.failed == []
    bench.now += 30
    bench.tasks.expire()
    assert bench.failed == [("beat", "TIMEOUT", False)]
    bench.now += 20
    bench.tasks.expire()
    assert bench.failed[1:] == [("close", "TIMEOUT", False)]
