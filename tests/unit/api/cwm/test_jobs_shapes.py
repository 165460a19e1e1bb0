from weft.api.cwm.jobs_shapes import describe
from weft.api.cwm.words import LONG, SHORT
from weft.domain.jobs import Job
from weft.dsl.machine.faults import fault
from weft.ports.engine import Pending, PendingActivity, PendingChild
from weft.services.jobs import Description


def job(**more):
    return Job(id="j", run="r", name="n", workflow_name="w", workflow_version="1", workflow_id="d", revision="x",
               **{"status": "running", "started_at": 1_000, **more})  # fmt: skip


def test_an_open_job_shows_what_it_waits_for():
    failed = fault("communication", "busy", code="HTTP_STATUS_503")
    pending = Pending(
        activities=[PendingActivity("a1", "x.Y", "q", "started", 2, 1_000, 1_500, "w", failed, 5, next_at=3_000)],
        children=[PendingChild("c1", "cj", "cr", "n", "abandon")],
    )
    shown = describe(Description(job(due_at=9_000, cancel_requested=True), pending, 9, {"a1": 9, "c1": 12}), LONG)
    [activity] = shown["pendingActivities"]
    assert activity["state"] == "PENDING_ACTIVITY_STATE_STARTED" and activity["maximumAttempts"] == 5
    assert activity["lastFailure"]["applicationFailureInfo"]["type"] == "HTTP_STATUS_503"
    assert activity["activityId"] == "9" and activity["nextAttemptScheduleTime"] == "1970-01-01T00:00:03Z"
    assert shown["pendingChildren"][0]["initiatedId"] == "12"
    assert shown["pendingChildren"][0]["parentClosePolicy"] == "PARENT_CLOSE_POLICY_ABANDON"
    assert shown["workflowExtendedInfo"] == {
        "originalStartTime": "1970-01-01T00:00:01Z", "executionExpirationTime": "1970-01-01T00:00:09Z",
        "cancelRequested": True,
    }  # fmt: skip


def test_a_closed_job_shows_nothing_pending():
    shown = describe(Description(job(status="completed", closed_at=2_000), Pending(), 15), SHORT)
    assert "pendingActivities" not in shown and "pendingChildren" not in shown
    assert shown["executionConfig"]["workflowRunTimeout"] == "0s"
