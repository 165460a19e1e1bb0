from __future__ import annotations

import pytest

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.schedules import job_body, read_schedule, schedule_body
from weft.domain.schedules import Schedule, SchedulingJob
from weft.domain.schemas import check
from weft.domain.tenancy import Tenant

CRON = "0 0/5 * ? * * *"
TENANT = Tenant(id="acme", uuid="u", default_namespace="main")


@pytest.mark.parametrize(
    "body",
    [
        {"_schedule": {"_runInterval": CRON}},
        {"_schedule": {"_cronExpression": CRON, "_type": "TIME_BASED"}},
        {"_cron": CRON},
        {"_runInterval": CRON, "_schedule": {"_cron": CRON}},
        {"_runInterval": CRON, "_schedule": None, "_inputParams": None, "_status": None},
    ],
)
def test_spellings_of_the_cron_text(body):
    problems = []
    request = read_schedule(body, problems)
    assert problems == []
    assert (request.cron, request.zone, request.input, request.paused) == (CRON, "UTC", {}, False)


def test_everything_else():
    problems = []
    body = {"_schedule": {"_runInterval": CRON}, "_timezone": "Europe/Berlin", "_inputParams": {"a": 1},
            "_status": "PAUSED"}  # fmt: skip
    request = read_schedule(body, problems)
    assert problems == [] and request.zone == "Europe/Berlin" and request.input == {"a": 1} and request.paused


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "/_schedule"),
        ({"_schedule": 5}, "/_schedule"),
        ({"_schedule": {"_runInterval": 5}}, "/_schedule/_runInterval"),
        ({"_schedule": {"_runInterval": CRON}, "_cron": "other"}, "/_cron"),
        ({"_schedule": {"_runInterval": CRON, "_type": "EVENT"}}, "/_schedule/_type"),
        ({"_runInterval": CRON, "_timeZone": 5}, "/_timeZone"),
        ({"_runInterval": CRON, "_inputParams": []}, "/_inputParams"),
        ({"_runInterval": CRON, "_status": "COMPLETED"}, "/_status"),
        ({"_runInterval": CRON, "_status": ["ACTIVE"]}, "/_status"),
    ],
)
def test_problems(body, path):
    problems = []
    read_schedule(body, problems)
    assert path in [problem.path for problem in problems]


def test_a_schedule_has_thirteen_keys():
    schedule = Schedule(id="s", workflow_id="w", job_id="j", cron=CRON, next_at=5, created_by="user:a")
    body = schedule_body(schedule, TENANT)
    assert len(body) == 13 and check(schemas.SCHEDULE, body) == []
    assert body["_namespaces"] == ["main"] and body["_previousRunAt"] is None
    assert check(schemas.SCHEDULING_JOB, job_body(SchedulingJob("j", "w", ("s",)))) == []
