import base64
import json

import pytest

from weft.api.cwm.protobuf import duration_text, failure, info, payload, search_attributes, time_text
from weft.api.cwm.words import SHORT
from weft.domain.jobs import Job
from weft.dsl.machine.faults import fault


@pytest.mark.parametrize(("ms", "text"), [(0, "1970-01-01T00:00:00Z"), (1_769_925_600_100, "2026-02-01T06:00:00.100Z")])
def test_time(ms, text):
    assert time_text(ms) == text


@pytest.mark.parametrize(("ms", "text"), [(0, "0s"), (3_600_000, "3600s"), (220, "0.220s")])
def test_duration(ms, text):
    assert duration_text(ms) == text


def test_payload():
    made = payload({"a": 1}, "Keyword")
    assert base64.b64decode(made["metadata"]["encoding"]) == b"json/plain"
    assert base64.b64decode(made["metadata"]["type"]) == b"Keyword"
    assert json.loads(base64.b64decode(made["data"])) == {"a": 1}


def job(**more):
    return Job(id="j", run="r", name="n", workflow_name="w", workflow_version="1", workflow_id="d", revision="x",
               started_at=1000, **{"status": "running", **more})  # fmt: skip


def test_info_of_open_and_closed_jobs():
    assert "closeTime" not in info(job(), SHORT)
    closed = info(job(status="completed", closed_at=1220, parent_job="p", parent_run="q"), SHORT)
    assert closed["executionDuration"] == "0.220s" and closed["status"] == "Completed"
    assert closed["parentExecution"] == {"workflowId": "p", "runId": "q"}


def test_search_attributes_leave_out_what_a_job_has_not():
    names = set(search_attributes(job(tags=("a",)))["indexedFields"])
    assert names == {"JobName", "WorkflowName", "WorkflowVersion", "WorkflowDefinitionId", "JobTags"}


def test_failure_carries_the_code_and_the_cause():
    made = failure(fault("runtime", "d", code="X", retryable=False, cause=fault("timeout", "late")))
    assert made["applicationFailureInfo"] == {"type": "X", "nonRetryable": True}
    assert made["cause"]["message"] == "late" and made["cause"]["applicationFailureInfo"]["type"] == "TIMEOUT"
