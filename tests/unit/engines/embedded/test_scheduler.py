"""The loop that looks after schedules: when it looks, and what it takes for missed."""

from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Busy
from weft.engines.embedded.scheduler import TICK_S, Scheduler

pytestmark = pytest.mark.anyio
T0 = 1_770_000_000_000


class Clock:
    """`pass_s` lets time pass; `set_by` sets the clock, and no time passes."""

    def __init__(self):
        self.ms, self.s = T0, 100.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.s

    def pass_s(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)
        self.s += seconds

    def set_by(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


class Due:
    """Times that are due; notes what it is asked."""

    def __init__(self, clock):
        self.clock = clock
        self.times: list[int] = []
        self.fired: list[tuple[int, int]] = []
        self.asked = 0
        self.again = 0
        self.behind = 0
        self.fail: list[BaseException] = []
        self.call = None
        self.done = asyncio.Event()

    def next_due(self):
        return min(self.times, default=None)

    async def fire_due(self, floor):
        self.asked += 1
        if self.fail:
            raise self.fail.pop(0)
        due = [at for at in self.times if at <= self.clock.now_ms()]
        self.times = [at for at in self.times if at > self.clock.now_ms()]
        self.fired += [(at, floor) for at in due]
        if due:
            self.done.set()
        return len(due)

    async def reckon_again(self):
        self.again += 1
        found, self.behind = self.behind, 0
        return found

    def on_change(self, call):
        self.call = call
        return lambda: setattr(self, "call", None)


@pytest.fixture
def w(anyio_backend):
    clock = Clock()

    class World:
        pass

    world = World()
    world.clock = clock
    return world


async def begun(w):
    w.due = Due(w.clock)
    w.scheduler = Scheduler(w.due, w.clock)
    w.scheduler.begin()
    return w.due, w.scheduler


async def test_it_looks_at_the_store_only_when_something_is_due_or_changed(w):
    due, scheduler = await begun(w)
    due.times = [T0 + 10_000]
    await scheduler.turn()
    asked = due.asked
    for _ in range(9):
        w.clock.pass_s(1)
        assert await scheduler.turn() == 0
    assert due.asked == asked
    w.clock.pass_s(1)
    assert await scheduler.turn() == 1
    assert due.fired == [(T0 + 10_000, T0)]
    due.times = [T0 + 11_000]
    due.call()
    await scheduler.turn()
    w.clock.pass_s(1)
    assert await scheduler.turn() == 1


async def test_how_long_it_sleeps(w):
    due, scheduler = await begun(w)
    await scheduler.turn()
    assert scheduler.wait_s() == TICK_S
    due.times = [T0 + 400]
    due.call()
    await scheduler.turn()
    assert scheduler.wait_s() == pytest.approx(0.4)
    w.clock.pass_s(5)
    assert scheduler.wait_s() == 0


async def test_times_before_the_opening_were_missed(w):
    due, scheduler = await begun(w)
    due.times = [T0 - 5_000, T0 + 1_000]
    await scheduler.turn()
    w.clock.pass_s(1)
    await scheduler.turn()
    assert due.fired == [(T0 - 5_000, T0), (T0 + 1_000, T0)]


async def test_a_late_turn_misses_nothing(w):
    due, scheduler = await begun(w)
    await scheduler.turn()
    due.times = [T0 + 1_000]
    w.clock.pass_s(600)  # a busy machine: both clocks went on
    due.call()
    await scheduler.turn()
    assert due.fired == [(T0 + 1_000, T0)]


async def test_a_clock_that_is_set_forward_leaves_missed_times_behind(w):
    due, scheduler = await begun(w)
    due.times = [T0 + 3_600_000]
    await scheduler.turn()
    w.clock.set_by(86_400)
    assert await scheduler.turn() == 1
    assert due.fired == [(T0 + 3_600_000, T0 + 86_400_000)]


async def test_a_clock_that_is_set_back_works_the_times_out_again(w):
    due, scheduler = await begun(w)
    await scheduler.turn()
    before = due.again
    due.behind = 3
    w.clock.set_by(-86_400)
    await scheduler.turn()
    assert due.again == before + 2  # until nothing is left
    due.times = [T0 - 80_000_000]
    w.clock.pass_s(90_000)
    due.call()
    await scheduler.turn()
    assert due.fired == [(T0 - 80_000_000, T0 - 86_400_000)]  # late, but not missed


async def test_small_corrections_of_the_clock_are_nothing(w):
    due, scheduler = await begun(w)
    await scheduler.turn()
    before = due.again
    w.clock.set_by(2)
    await scheduler.turn()
    w.clock.set_by(-3)
    await scheduler.turn()
    assert (due.again, scheduler._floor) == (before, T0)


async def test_what_could_not_be_started_is_tried_again(w):
    due, scheduler = await begun(w)
    due.times = [T0]
    due.fail = [Busy("full"), ValueError("a defect")]
    with pytest.raises(Busy):
        await scheduler.turn()
    with pytest.raises(ValueError, match="a defect"):
        await scheduler.turn()
    assert await scheduler.turn() == 1


async def test_the_loop_outlives_failures_and_ends_when_closed(w, monkeypatch):
    monkeypatch.setattr("weft.engines.embedded.scheduler.RETRY_S", 0.001)
    due = Due(w.clock)
    due.times = [T0]
    due.fail = [Busy("full", retry_after=1), ValueError("a defect")]
    scheduler = Scheduler(due, w.clock)
    await scheduler.open()
    await asyncio.wait_for(due.done.wait(), 10)
    assert due.fired == [(T0, T0)]
    due.done.clear()
    due.times = [T0]
    due.call()
    await asyncio.wait_for(due.done.wait(), 10)
    await scheduler.close()
    assert due.call is None
    assert scheduler._task is None
    await scheduler.close()
