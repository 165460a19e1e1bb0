"""The event list of a job with one activity, member by member beside the documented one."""

import base64
import json
from pathlib import Path

import pytest

from weft.api.cwm.history import BUILDERS, render, retry_policy
from weft.api.cwm.words import LONG, SHORT
from weft.domain.jobs import Job
from weft.dsl.machine import commands as cmd
from weft.dsl.machine import inputs as inp
from weft.dsl.machine.faults import fault
from weft.ports.engine import LogEntry, ResolvedActivity
from weft.services.history import DECIDED, FACTS, project

DOCUMENTED = json.loads(
    (Path(__file__).parents[3] / "dialects/cwm/data/events-one-activity.json").read_text(encoding="utf-8")
)
DATA = {"device": "r1"}
JOB = Job(
    id="5d1f0c1e-8b7a-4a55-9a3e-0f4d8c2b6a11", run="0196c0de-7a10-7c3e-9f02-2b6d5e1a4c77", name="probe r1",
    workflow_name="CheckReachability", workflow_version="1.0", workflow_id="2b9e5b7c-61b4-4c0d-8f0e-3f0d2a7be9d4",
    revision="x", status="completed", started_at=1_769_925_600_100, closed_at=1_769_925_600_320, tags=("lab",),
    due_at=1_769_925_600_100 + 3_600_000, started_by="admin", input=DATA,
)  # fmt: skip
RESOLVED = ResolvedActivity("generic.rest.v2.0.0", "generic.rest.v2.0.0.request.Get", "generic.rest.v2.0.0")
RETRY = {"delay": 5000, "multiplier": 2, "maxDelay": 300_000, "maxAttempts": 2, "never": ["HTTP_STATUS_404"]}


def schedule(ref="a1"):
    arguments = {"input": {"path": "api/devices/r1/ping"}, "config": {"resourceId": "LabApi"}}
    return cmd.ScheduleActivity(ref, 1, "adapter", "generic.rest.@latest.request.Get", arguments=arguments,
                                start_to_close_ms=60_000, position="/p", address="/p", retry=RETRY)  # fmt: skip


def start(at=1_769_925_600_100):
    return inp.RunStarted(seq=1, at=at, job="j", run="r", seed=b"s" * 32, identity=inp.Identity("w", "1"), input=DATA,
                          trigger=inp.Trigger("request"))  # fmt: skip


def entries(answer, *closing, records=()):
    return [
        LogEntry(1, 1_769_925_600_100, start(), [], [schedule()], {"a1": RESOLVED}),
        LogEntry(2, answer.at, answer, list(records), list(closing)),
    ]


def completed():
    answer = inp.ActivityCompleted(
        seq=2,
        at=1_769_925_600_310,
        ref="a1",
        attempt=1,
        worker="generic.rest.v2.0.0@node-1",
        result={"status": 200, "data": {"reachable": True}},
        started_at=1_769_925_600_130,
    )
    return entries(answer, cmd.CompleteRun({"device": "r1", "probe": {"reachable": True}}))


def decode(payload):
    return json.loads(base64.b64decode(payload["data"]))


def shape(value):
    """The members at every level, values left out; search attributes beyond JobTags are not documented in full."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in sorted(value.items()) if k != "indexedFields"}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


def test_every_member_is_as_documented():
    shown = render(JOB, project(completed()), SHORT)
    assert len(shown) == len(DOCUMENTED) == 15
    for mine, documented in zip(shown, DOCUMENTED, strict=True):
        assert shape(mine) == shape(documented), mine["eventType"]
        for name in ("eventId", "eventType", "taskId"):
            assert mine[name] == documented[name]


@pytest.mark.parametrize("number", [1, 3, 4, 9, 10, 11, 12, 14, 15])
def test_values_are_as_documented(number):
    mine = render(JOB, project(completed()), SHORT)[number - 1]
    documented = json.loads(json.dumps(DOCUMENTED[number - 1]))
    attributes = next(key for key in documented if key.endswith("Attributes"))
    ours, theirs = mine[attributes], documented[attributes]
    for free in ("requestId", "identity"):
        ours.pop(free, None), theirs.pop(free, None)
    for holder in ("input", "result"):
        if holder in ours:
            assert [decode(p) for p in ours.pop(holder)["payloads"]] == [
                decode(p) for p in theirs.pop(holder)["payloads"]
            ]
    assert ours == theirs


def test_long_words():
    shown = render(JOB, project(completed()), LONG)
    assert shown[0]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    assert shown[0]["workflowExecutionStartedEventAttributes"]["taskQueue"]["kind"] == "TASK_QUEUE_KIND_NORMAL"


def test_the_result_is_wrapped_in_data():
    last = render(JOB, project(completed()), SHORT)[-1]["workflowExecutionCompletedEventAttributes"]
    assert decode(last["result"]["payloads"][0]) == {"Data": {"device": "r1", "probe": {"reachable": True}}}


def test_a_failed_run_names_the_activity():
    refused = fault("communication", "device r1 rejected the request", code="HTTP_STATUS_400", status=400)
    answer = inp.ActivityFailed(
        seq=2, at=1_769_925_600_310, ref="a1", attempt=2, fault=refused, worker="w@n", started_at=1
    )
    record = cmd.Record("activity.failed", "/p", "/p", {"ref": "a1"})
    last = render(JOB, project(entries(answer, cmd.FaultRun(refused), records=[record])), SHORT)[-1]
    failure = last["workflowExecutionFailedEventAttributes"]["failure"]
    assert failure["message"] == "activity error"
    assert failure["cause"] == {
        "message": "device r1 rejected the request", "source": "CWM",
        "applicationFailureInfo": {"type": "HTTP_STATUS_400"},
    }  # fmt: skip
    assert failure["activityFailureInfo"] == {
        "scheduledEventId": "9", "startedEventId": "10", "identity": "w@n", "activityId": "9",
        "activityType": {"name": "generic.rest.v2.0.0.request.Get"}, "retryState": "MaximumAttemptsReached",
    }  # fmt: skip


def test_an_attempt_that_ran_out_of_time_is_the_cause():
    late = fault("timeout", "no result within 1.000 s", code="TIMEOUT")
    answer = inp.ActivityFailed(seq=2, at=1_769_925_600_310, ref="a1", attempt=2, fault=late, started_at=1)
    record = cmd.Record("activity.failed", "/p", "/p", {"ref": "a1"})
    shown = render(JOB, project(entries(answer, cmd.FaultRun(late), records=[record])), SHORT)
    assert shown[-5]["eventType"] == "ActivityTaskTimedOut"
    failure = shown[-1]["workflowExecutionFailedEventAttributes"]["failure"]
    assert failure["cause"]["applicationFailureInfo"]["type"] == "TIMEOUT"
    assert failure["activityFailureInfo"]["activityId"] == "9"


def test_a_further_attempt_tells_how_the_last_one_failed():
    busy = fault("communication", "busy", code="HTTP_STATUS_503", status=503)
    told = cmd.Record("activity.failed", "/p", "/p", {"ref": "a1"})
    delay = cmd.Record("timer.started", "/p", "/p", {"ref": "t2", "purpose": "retry"})
    again = cmd.ScheduleActivity("a3", 2, "adapter", "generic.rest.@latest.request.Get", position="/p", address="/p")
    log = [
        *entries(inp.ActivityFailed(seq=2, at=200, ref="a1", attempt=1, fault=busy), records=[told, delay]),
        LogEntry(3, 300, inp.TimerFired(seq=3, at=300, ref="t2", due_at=300), [], [again]),
        LogEntry(4, 400, inp.ActivityCompleted(seq=4, at=400, ref="a3", attempt=2), [], [cmd.CompleteRun(1)]),
    ]
    started = render(JOB, project(log), SHORT)[9]["activityTaskStartedEventAttributes"]
    assert started["attempt"] == 2
    assert started["lastFailure"]["applicationFailureInfo"]["type"] == "HTTP_STATUS_503"


def test_every_kind_of_event_has_a_builder_and_reads_the_same_twice():
    child = cmd.StartChild("c1", inp.Identity("Child", "1"), {}, job_name="p.Child.1")
    log = [
        LogEntry(1, 100, start(100), [], [child, cmd.StartTimer("t1", 400, "work"), cmd.EmitEvent("o1", {"id": "1"})]),
        LogEntry(2, 110, inp.ChildStarted(seq=2, at=110, ref="c1", job="cj", run="cr"), [], []),
        LogEntry(3, 120, inp.ChildCompleted(seq=3, at=120, ref="c1", output=1), [], []),
        LogEntry(4, 130, inp.EventReceived(seq=4, at=130, ref="e1", event={"type": "a.b"}), [], []),
        LogEntry(5, 140, inp.SuspendRequested(seq=5, at=140), [], []),
        LogEntry(6, 150, inp.TerminateRequested(seq=6, at=150, reason="x"), [], [cmd.TerminateRun("x", "ann")]),
    ]
    once, twice = (render(JOB, project(log), SHORT) for _ in range(2))
    assert once == twice
    assert once[-1]["workflowExecutionTerminatedEventAttributes"] == {"reason": "x", "identity": "ann"}
    started = next(e for e in once if e["eventType"] == "StartChildWorkflowExecutionInitiated")
    assert started["startChildWorkflowExecutionInitiatedEventAttributes"]["workflowId"] == "cj"


def test_the_builders_cover_the_projection():
    assert FACTS and DECIDED
    for word, _ in BUILDERS.values():
        assert word[0].isupper()


def test_retry_policy_leaves_out_what_is_not_limited():
    assert retry_policy({"delay": 10_000, "multiplier": 1.5, "maxAttempts": 0}) == {
        "initialInterval": "10s", "backoffCoefficient": 1.5,
    }  # fmt: skip
