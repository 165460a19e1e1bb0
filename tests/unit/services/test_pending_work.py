"""What an open run waits for, tied to its history."""

from weft.dsl.machine import commands as cmd
from weft.dsl.machine import inputs as inp
from weft.dsl.machine.faults import fault
from weft.ports.engine import LogEntry, Pending, PendingActivity, PendingChild, PendingTimer, ResolvedActivity
from weft.services.pending_work import needs_history, place

START = inp.RunStarted(seq=1, at=100, job="j", run="r", seed=b"s" * 32, identity=inp.Identity("w", "1"), input={},
                       trigger=inp.Trigger("request"))  # fmt: skip
RESOLVED = ResolvedActivity("q", "a.b.v1.0.0.c.D", "a.b.v1.0.0")
PLACE = "/s/0/a/0"
BUSY = fault("communication", "busy", code="HTTP_STATUS_503", status=503)


def schedule(ref, attempt=1):
    return cmd.ScheduleActivity(ref, attempt, "adapter", "a.b.@latest.c.D", position=PLACE, address=PLACE,
                                retry={"maxAttempts": 5})  # fmt: skip


def entry(source, commands=(), records=(), resolved=None):
    return LogEntry(source.seq, source.at, source, list(records), list(commands), resolved or {})


def begun(*more):
    return entry(START, [schedule("a1"), *more], resolved={"a1": RESOLVED})


def failed_once():
    source = inp.ActivityFailed(seq=2, at=200, ref="a1", attempt=1, fault=BUSY, worker="w", started_at=150)
    records = [
        cmd.Record("activity.failed", PLACE, PLACE, {"ref": "a1"}),
        cmd.Record("timer.started", PLACE, PLACE, {"ref": "t2", "purpose": "retry"}),
    ]
    return entry(source, [cmd.StartTimer("t2", 5_200, "retry")], records)


def test_numbers_are_those_of_the_history():
    child = cmd.StartChild("c2", inp.Identity("kid", "1"))
    pending = Pending([PendingActivity("a1", "x", "q", "started", 1, 100)], [], [PendingChild("c2", "", "", "kid", "")])
    assert place(pending, [begun(child)]) == {"a1": 9, "c2": 10}


def test_a_further_attempt_has_the_number_of_the_first():
    again = entry(inp.TimerFired(seq=3, at=5_200, ref="t2", due_at=5_200), [schedule("a3", 2)])
    pending = Pending([PendingActivity("a3", "x", "q", "started", 2, 5_200)])
    assert place(pending, [begun(), failed_once(), again]) == {"a3": 9}


def test_between_two_attempts_the_activity_is_pending():
    pending = Pending([], [PendingTimer("t2", 5_200, "retry")])
    assert needs_history(pending)
    assert place(pending, [begun(), failed_once()]) == {"a1": 9}
    [waiting] = pending.activities
    assert waiting == PendingActivity(
        "a1", "a.b.v1.0.0.c.D", "q", "scheduled", 2, 200, 150, "w", BUSY, maximum_attempts=5, next_at=5_200
    )


def test_a_delay_of_something_else_shows_no_activity():
    other = inp.ChildFailed(seq=2, at=200, ref="c1", fault=BUSY)
    pending = Pending([], [PendingTimer("t2", 5_200, "retry")])
    assert place(pending, [begun(), entry(other, [cmd.StartTimer("t2", 5_200, "retry")])]) == {}
    assert pending.activities == []


def test_a_sleep_asks_for_no_history():
    assert not needs_history(Pending([], [PendingTimer("t1", 1, "work")]))
