"""From a definition and a request to the start of a run."""

from __future__ import annotations

import pytest

from weft.app.ids import SystemIds
from weft.domain.workflows import Workflow
from weft.dsl.compile import compile_document
from weft.dsl.machine.inputs import Trigger
from weft.services.job_plans import SYSTEM_DEFAULTS, JobRequest, Planner, due_at

NOW = 1_770_000_000_000
END = {"name": "E", "type": "inject", "data": {}, "end": True}


class Clock:
    def now_ms(self):
        return NOW

    def monotonic(self):
        return 1.0


def compiled(dialect="cwm", **more):
    source = {"id": "w", "name": "W", "version": "1.0", "specVersion": "0.8", "states": [END], **more}
    found = compile_document(source, dialect=dialect)
    assert found.program is not None, found.problems
    return found.program


def workflow():
    return Workflow(
        id="d", name="W", version="1.0", revision="x", definition="{}", created_at=1, updated_at=1, tags=("lab",)
    )


def planner(**more):
    return Planner(clock=Clock(), ids=SystemIds(Clock()), **more)


def test_job_and_first_input_name_the_same_run():
    request = JobRequest(
        workflow_name="W", data={"a": 1}, tags=("t",), trigger=Trigger("request", "ann"), started_by="ann"
    )
    plan = planner().plan(workflow(), compiled(), request)
    assert (plan.job.id, plan.job.run) == (plan.started.job, plan.started.run)
    assert plan.job.name == "W" and plan.job.workflow_tags == ("lab",) and plan.job.first_run == plan.job.run
    assert plan.started.input == {"a": 1} and len(plan.started.seed) == 32
    assert plan.started.defaults == SYSTEM_DEFAULTS


def test_two_plans_share_nothing_that_must_differ():
    one, two = (planner().plan(workflow(), compiled(), JobRequest(workflow_name="W")) for _ in range(2))
    assert len({one.job.id, two.job.id, one.job.run, two.job.run}) == 4
    assert one.started.seed != two.started.seed


@pytest.mark.parametrize(
    ("dialect", "more", "expected"),
    [
        ("cwm", {}, NOW + 3_600_000),
        ("v08", {}, 0),
        ("cwm", {"timeouts": {"workflowExecTimeout": "PT10M"}}, NOW + 600_000),
        ("cwm", {"timeouts": {"workflowExecTimeout": "PT0S"}}, 0),
    ],
)
def test_when_the_time_limit_ends_a_run(dialect, more, expected):
    program = compiled(dialect, **more)
    assert due_at(program, SYSTEM_DEFAULTS if dialect == "cwm" else {}, NOW) == expected


def test_a_limit_of_none_is_none():
    assert due_at(compiled(), {**SYSTEM_DEFAULTS, "workflowTimeout": 0}, NOW) == 0
