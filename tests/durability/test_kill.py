"""Killed with SIGKILL at random places, started again, killed again: what was acknowledged is there, all ends.

WEFT_KILL_ROUNDS sets the number of rounds (default 50), WEFT_KILL_SEED where the dice begin.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from weft.domain.manual_tasks import ManualTask
from weft.domain.schedules import fired_job_id
from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.commands import ScheduleActivity
from weft.dsl.machine.inputs import ManualTaskCompleted, ResumeRequested, SuspendRequested
from weft.dsl.machine.step import step
from weft.engines.embedded.codec import input_of_row, log_entry
from weft.store.sqlite import SqliteStore

SERVER = Path(__file__).parent / "server.py"
ROUNDS = int(os.environ.get("WEFT_KILL_ROUNDS", "50"))
SEED = int(os.environ.get("WEFT_KILL_SEED", "1"))


class Told:
    """What the server has said over all of its lives."""

    def __init__(self) -> None:
        self.started: dict[str, str] = {}
        self.running: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.answered: dict[str, str] = {}
        self.delivered: list[tuple[str, str]] = []
        self.filled: list[tuple[str, str]] = []
        self.kept: dict[str, set[str]] = defaultdict(set)
        self.paused: list[str] = []
        self.resumed: list[str] = []
        self.deaths: list[int] = []

    def hear(self, line: str) -> None:
        word, *rest = line.split()
        if word == "started":
            self.started[rest[0]] = rest[1]
        elif word == "running":
            run, ref, _ = rest[0].split(":")
            self.running[run, ref].add(rest[0])
        elif word == "answered":
            self.answered[rest[0]] = rest[1]
        elif word == "delivered":
            self.delivered.append((rest[0], rest[1]))
        elif word == "filled":
            self.filled.append((rest[0], rest[1]))
        elif word == "kept":
            self.kept[rest[0]].add(rest[1])
        elif word == "paused":
            self.paused.append(rest[0])
        elif word == "resumed":
            self.resumed.append(rest[0])
        else:
            self.deaths.append(int(rest[0]))


def live(path: Path, rounds: int) -> Told:
    """`rounds` lives that end by SIGKILL (or early, with all work done), and a last one that finishes everything."""
    told = Told()
    with subprocess.Popen(
        [sys.executable, str(SERVER), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        for seed in [*range(SEED, SEED + rounds), 0]:
            server.stdin.write(f"go {seed}\n")
            for line in server.stdout:
                told.hear(line)
                if line.startswith("dead"):
                    break
        server.stdin.close()
    return told


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    told = live(path, ROUNDS)
    assert told.deaths[-1] == 0, "the last life has to end well"
    assert set(told.deaths) <= {0, signal.SIGKILL}
    assert told.deaths.count(signal.SIGKILL) >= ROUNDS // 2
    check(path, told)


def check(path: Path, told: Told) -> None:
    import asyncio

    class Clock:
        def now_ms(self) -> int:
            return time.time_ns() // 1_000_000

        def monotonic(self) -> float:
            return time.monotonic()

    async def whole() -> None:
        store = SqliteStore(path, Clock())
        await store.open()
        try:
            await store.read(lambda tx: check_rows(tx, told))
        finally:
            await store.close()

    asyncio.run(whole())


def check_rows(tx: object, told: Told) -> None:
    jobs = getattr(tx, "jobs")  # noqa: B009
    runs = getattr(tx, "runs")  # noqa: B009
    assert jobs.open_keys() == []
    assert getattr(tx, "of")(ManualTask).find() == []  # noqa: B009
    assert [job.run for job in map(jobs.by_run, told.started) if job is None or job.status != "completed"] == []
    by_name = {job.input["name"]: job for job in map(jobs.by_run, told.started)}
    for attempt_id, value in told.answered.items():
        run, ref, _ = attempt_id.split(":")
        log = [log_entry(row.seq, row.at, row.body) for row in runs.log(jobs.by_run(run).key)]
        results = [e.input.result for e in log if getattr(e.input, "ref", "") == ref and hasattr(e.input, "result")]
        assert results == [{"value": value}], f"the acknowledged result of {attempt_id}"
    for name, event_id in told.delivered:
        if name in by_name:  # a start whose answer was cut off has no name here
            log = [log_entry(row.seq, row.at, row.body) for row in runs.log(by_name[name].key)]
            assert event_id in [e.input.event["id"] for e in log if hasattr(e.input, "event")]
    assert len({run for run, _ in told.filled}) == len(told.filled), "one task answered twice"
    for run, given in told.filled:
        log = [log_entry(row.seq, row.at, row.body) for row in runs.log(jobs.by_run(run).key)]
        results = [e.input.result for e in log if isinstance(e.input, ManualTaskCompleted)]
        assert results == [{"given": given}], "the acknowledged answer of a person"
    for names in told.running.values():
        assert len(names) == 1, f"one attempt under several ids: {names}"
    check_commands(tx, told)
    check_keys(tx, told)
    check_schedule(tx, told)
    check_logs(tx, told)


def check_commands(tx: object, told: Told) -> None:
    """Every acknowledged command is in the log of its run."""
    jobs, runs = getattr(tx, "jobs"), getattr(tx, "runs")  # noqa: B009
    assert told.paused and told.resumed
    for kind, given in ((SuspendRequested, told.paused), (ResumeRequested, told.resumed)):
        for run in set(given):  # a pause of what is paused already changes nothing
            log = [log_entry(row.seq, row.at, row.body) for row in runs.log(jobs.by_run(run).key)]
            assert any(isinstance(entry.input, kind) for entry in log), f"{kind.__name__} of {run}"


def check_keys(tx: object, told: Told) -> None:
    """One key, one job: the one that every answer named, and no other, also where no answer ever left."""
    jobs = getattr(tx, "jobs")  # noqa: B009
    sql = getattr(tx, "sql")  # noqa: B009
    started: dict[str, set[str]] = defaultdict(set)
    for (run,) in sql.execute("SELECT run FROM jobs WHERE workflow_name = 'work'").fetchall():
        job = jobs.by_run(run)
        if "key" in job.input:
            started[job.input["key"]].add(run)
            assert job.status == "completed"
    assert [key for key, made in started.items() if len(made) != 1] == []
    assert len(told.kept) > 1 and {key: started[key] for key in told.kept} == dict(told.kept)


def check_schedule(tx: object, told: Told) -> None:
    """Each time started one job or none; none are those that passed while no server was there, in one stretch each."""
    jobs = getattr(tx, "jobs")  # noqa: B009
    sql = getattr(tx, "sql")  # noqa: B009
    rows = sql.execute("SELECT id, run, scheduled_at FROM jobs WHERE schedule <> '' ORDER BY scheduled_at").fetchall()
    assert len(rows) > ROUNDS
    assert len({at for _, _, at in rows}) == len(rows), "a time started two jobs"
    for ident, run, at in rows:
        assert ident == fired_job_id("every-second", at) and jobs.by_run(run).status == "completed"
    gaps = sum(after[2] - before[2] > 1_000 for before, after in pairwise(rows))
    assert gaps < len(told.deaths), "times were left out while a server was there"


def check_logs(tx: object, told: Told) -> None:
    """No gap in any log, no item left over, no task done twice, and folding the log gives the snapshot."""
    import runpy

    host = runpy.run_path(str(SERVER))["Host"]()
    jobs = getattr(tx, "jobs")  # noqa: B009
    runs = getattr(tx, "runs")  # noqa: B009
    for run in told.started:
        job = jobs.by_run(run)
        rows = runs.log(job.key)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert runs.items(job.key) == runs.subscriptions(job.key) == runs.inbox(job.key) == []
        scheduled = [
            command.name
            for row in rows
            for command in log_entry(row.seq, row.at, row.body).commands
            if isinstance(command, ScheduleActivity)
        ]
        if job.workflow_name == "diamond":
            assert sorted(scheduled) == ["A", "B", "C", "D", "E"], "each task of a graph runs once"
            assert job.tasks == [[name, "completed"] for name in "ABCDE"]
        state = None
        for row in rows:
            state, _ = step(host.programs[job.revision], state, input_of_row(row.body))
        assert state is not None
        assert encode_state(state) == encode_state(decode_state(runs.snapshot(job.key).body))
