"""The projection of a run's log: which events an entry shows, and how they are tied together."""

from weft.dsl.machine import commands as cmd
from weft.dsl.machine import inputs as inp
from weft.dsl.machine.faults import fault
from weft.ports.engine import LogEntry, ResolvedActivity
from weft.services.history import closing, last_fault, length, project

START = inp.RunStarted(seq=1, at=100, job="j", run="r", seed=b"s" * 32, identity=inp.Identity("w", "1"), input={},
                       trigger=inp.Trigger("request"))  # fmt: skip
RESTORED = inp.RunRestored(seq=1, at=100, job="j", run="r2", seed=b"s" * 32, attempt=2, from_run="r", from_seq=9,
                           reason="retry", state=b"")  # fmt: skip
RESOLVED = ResolvedActivity("generic.rest.v2.0.0", "generic.rest.v2.0.0.request.Get", "generic.rest.v2.0.0")


def schedule(ref, attempt=1):
    arguments = {"input": {"path": "x"}, "config": {"resourceId": "Lab"}}
    return cmd.ScheduleActivity(ref, attempt, "adapter", "generic.rest.@latest.request.Get", arguments=arguments,
                                position="/s/0/a/0", address="/s/0/a/0")  # fmt: skip


def timer_record(kind, ref, purpose, position="/s/0/a/0"):
    return cmd.Record(kind, position, position, {"ref": ref, "purpose": purpose})


def entry(source, commands=(), records=(), resolved=None):
    return LogEntry(source.seq, source.at, source, list(records), list(commands), resolved or {})


def one_activity():
    done = inp.ActivityCompleted(
        seq=2, at=310, ref="a1", attempt=1, result={"status": 200}, worker="w@n", started_at=130
    )
    return [
        entry(START, [schedule("a1")], resolved={"a1": RESOLVED}),
        entry(done, [cmd.CompleteRun({"x": 1})]),
    ]


def kinds(entries):
    return [event.kind for event in project(entries)]


def test_one_activity_is_fifteen_events():
    events = project(one_activity())
    assert [event.kind for event in events] == [
        "run.started", "decision.scheduled", "decision.started", "decision.completed", "marker", "labels", "memo",
        "marker", "activity.scheduled", "activity.started", "activity.completed", "decision.scheduled",
        "decision.started", "decision.completed", "run.completed",
    ]  # fmt: skip
    assert [event.n for event in events] == list(range(1, 16))
    completed = events[10]
    assert (completed.start, completed.taken) == (9, 10)
    assert (events[13].start, events[13].taken) == (12, 13)
    assert events[8].decision == 4 and events[14].decision == 14
    assert events[9].at == 130
    assert closing(events) is events[14]


def test_a_further_run_schedules_its_own_first_attempt():
    done = inp.ActivityCompleted(seq=2, at=310, ref="a1", attempt=3, result={})
    events = project([entry(RESTORED, [schedule("a1", 3)]), entry(done, [cmd.CompleteRun({})])])
    assert [event.kind for event in events if event.kind.startswith("activity.")] == [
        "activity.scheduled", "activity.started", "activity.completed",
    ]  # fmt: skip
    assert [event.start for event in events[9:11]] == [9, 9]


def test_length_is_the_sum_over_the_entries():
    entries = one_activity()
    assert sum(length(one) for one in entries) == len(project(entries)) == 15


def test_attempts_that_are_tried_again_show_nothing():
    busy = fault("communication", "busy", code="HTTP_STATUS_503", status=503)
    failed = inp.ActivityFailed(seq=2, at=200, ref="a1", attempt=1, fault=busy)
    records = [
        cmd.Record("activity.failed", "/s/0/a/0", "/s/0/a/0", {"ref": "a1"}),
        timer_record("timer.started", "t2", "retry"),
    ]
    entries = [
        entry(START, [schedule("a1")], resolved={"a1": RESOLVED}),
        entry(failed, [cmd.StartTimer("t2", 5200, "retry")], records),
        entry(inp.TimerFired(seq=3, at=5200, ref="t2", due_at=5200), [schedule("a3", 2)],
              [timer_record("timer.fired", "t2", "retry")]),
        entry(inp.ActivityCompleted(seq=4, at=5300, ref="a3", attempt=2, started_at=5250), [cmd.CompleteRun(1)]),
    ]  # fmt: skip
    assert length(entries[1]) == length(entries[2]) == 0
    events = project(entries)
    assert len(events) == 15
    started = events[9]
    assert started.data["last"] == busy
    assert started.kind == "activity.started" and started.data["attempt"] == 2 and started.start == 9


def test_the_last_failure_shows_the_attempt_and_the_fault():
    broken = fault("communication", "no", code="HTTP_STATUS_400", status=400)
    failed = inp.ActivityFailed(seq=2, at=200, ref="a1", attempt=1, fault=broken)
    record = cmd.Record("activity.failed", "/s/0/a/0", "/s/0/a/0", {"ref": "a1"})
    events = project([entry(START, [schedule("a1")]), entry(failed, [cmd.FaultRun(broken)], [record])])
    assert [event.kind for event in events[9:]] == [
        "activity.started", "activity.failed", "decision.scheduled", "decision.started", "decision.completed",
        "run.faulted",
    ]  # fmt: skip
    assert last_fault(events[10]) == broken and last_fault(events[-1]) == broken


def test_a_retry_of_a_whole_list_shows_the_failure():
    busy = fault("communication", "busy", code="X")
    records = [
        cmd.Record("activity.failed", "/do/0/try/0", "/do/0/try/0", {"ref": "a1"}),
        timer_record("timer.started", "t2", "retry", "/do/0"),
    ]
    failed = entry(
        inp.ActivityFailed(seq=2, at=200, ref="a1", attempt=1, fault=busy), [cmd.StartTimer("t2", 9, "retry")], records
    )
    assert length(failed) == 5


def test_limits_show_nothing_and_sleeps_do():
    limit = entry(START, [cmd.StartTimer("t1", 900, "run"), cmd.StartTimer("t2", 400, "work")])
    assert kinds([limit])[-1] == "timer.started" and kinds([limit]).count("timer.started") == 1
    fired = entry(inp.TimerFired(seq=2, at=400, ref="t2", due_at=400), [cmd.CompleteRun(1)],
                  [timer_record("timer.fired", "t2", "work")])  # fmt: skip
    events = project([limit, fired])
    assert events[8].kind == "timer.fired" and events[8].start == 8


def test_an_attempt_over_its_limit_is_timed_out():
    fired = entry(
        inp.TimerFired(seq=2, at=900, ref="t2", due_at=900),
        [cmd.CancelActivity("a1"), cmd.FaultRun(fault("timeout", "late", code="TIMEOUT"))],
        [timer_record("timer.fired", "t2", "action"), cmd.Record("activity.cancelled", "/s/0/a/0", "", {"ref": "a1"})],
    )
    assert kinds([entry(START, [schedule("a1")]), fired])[9:] == [
        "activity.timed_out", "decision.scheduled", "decision.started", "decision.completed", "run.faulted",
    ]  # fmt: skip


def test_children_events_and_ends():
    child = cmd.StartChild("c1", inp.Identity("Child", "1"), {}, job_name="p.Child.1")
    entries = [
        entry(START, [child]),
        entry(inp.ChildStarted(seq=2, at=110, ref="c1", job="cj", run="cr")),
        entry(inp.ChildFailed(seq=3, at=120, ref="c1", fault=fault("timeout", "t", code="TIMEOUT"))),
        entry(inp.EventReceived(seq=4, at=130, ref="e1", event={"type": "a.b", "data": 1})),
        entry(inp.CancelRequested(seq=5, at=140, by="ann"), [cmd.CancelRun("")]),
    ]
    events = project(entries)
    shown = [event.kind for event in events if not event.kind.startswith("decision.")]
    assert shown[4:] == ["child.initiated", "child.started", "child.timed_out", "event.received", "cancel.requested",
                         "run.cancelled"]  # fmt: skip
    timed_out = next(event for event in events if event.kind == "child.timed_out")
    assert events[timed_out.start - 1].kind == "child.initiated" and events[timed_out.taken - 1].kind == "child.started"


def test_terminate_has_no_decision():
    ended = entry(inp.TerminateRequested(seq=2, at=200, reason="stuck", by="ann"), [cmd.TerminateRun("stuck", "ann")])
    assert kinds([ended]) == ["run.terminated"]


def test_inputs_that_change_nothing_show_nothing():
    assert length(entry(inp.Continue(seq=3, at=1))) == 0
    assert length(entry(inp.ActivityStarted(seq=3, at=1, ref="a1", attempt=1))) == 0


def test_counting_is_the_same_as_making_the_events():
    """For every kind of input and command, alone and together."""
    told = [
        START,
        RESTORED,
        inp.ActivityCompleted(seq=2, at=1, ref="a1", attempt=1),
        inp.ActivityFailed(seq=2, at=1, ref="a1", attempt=1, fault=fault("runtime", "no", code="X")),
        inp.TimerFired(seq=2, at=1, ref="t1", due_at=1),
        inp.EventReceived(seq=2, at=1, ref="e1", event={"type": "x"}),
        inp.ChildStarted(seq=2, at=1, ref="c1", job="j", run="r"),
        inp.ChildCompleted(seq=2, at=1, ref="c1"),
        inp.ChildCancelled(seq=2, at=1, ref="c1"),
        inp.ManualTaskCompleted(seq=2, at=1, ref="m1"),
        inp.CancelRequested(seq=2, at=1),
        inp.TerminateRequested(seq=2, at=1),
        inp.SuspendRequested(seq=2, at=1),
        inp.ResumeRequested(seq=2, at=1),
        inp.Continue(seq=2, at=1),
    ]
    problem = fault("runtime", "no", code="X")
    commands = [
        schedule("a5"),
        schedule("a6", 2),
        cmd.CancelActivity("a7"),
        cmd.StartTimer("t8", 5, "sleep"),
        cmd.StartTimer("t9", 5, "state"),
        cmd.CancelTimer("t1"),
        cmd.CancelTimer("t2"),
        cmd.CloseSubscription("e1"),
        cmd.EmitEvent("o1", {"type": "y"}),
        cmd.StartChild("c9", inp.Identity("w")),
        cmd.CompleteRun(1),
        cmd.FaultRun(problem),
        cmd.Yield(),
    ]
    records = [
        timer_record("timer.cancelled", "t1", "event"),
        timer_record("timer.cancelled", "t2", "run"),
        timer_record("timer.fired", "t1", "action"),
        cmd.Record("compensation.started", "", "", {"states": []}),
    ]
    for source in told:
        for some in ([], *[[command] for command in commands], commands):
            for noted in ([], records):
                one = entry(source, some, noted)
                assert length(one) == len(project([one])), (source, some, noted)


def test_the_closing_event_is_last_where_compensation_ends_the_run():
    started = cmd.Record("compensation.started", "", "", {"states": ["A"]})
    told = entry(START, [schedule("a1"), cmd.CompleteRun(1)], [started])
    found = kinds([told])
    assert found[-1] == "run.completed"
    assert found.index("activity.scheduled") > len(found) - 1 - found[::-1].index("memo")
