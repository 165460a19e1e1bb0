"""What the engine is answered: sub-flows that are not there, calls that are not part of this release."""

from __future__ import annotations

import msgspec
import pytest

from weft.app.ids import SystemIds
from weft.domain.jobs import Job
from weft.domain.workflows import Workflow
from weft.dsl.compile import compile_document
from weft.dsl.machine.commands import ContinueAs, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import Identity
from weft.ports.engine import ResolvedActivity, StartPlan
from weft.services.engine_host import Host
from weft.services.job_plans import Planner
from weft.services.system_functions import SystemFunctions

JOB = Job(
    id="j",
    run="r",
    name="night",
    workflow_name="P",
    workflow_version="1",
    workflow_id="d",
    revision="x",
    status="running",
    started_at=5,
    tags=("t",),
    first_run="r0",
    root_job="j",
    root_run="r0",
    started_by="ann",
)
END = {"name": "E", "type": "inject", "data": {}, "end": True}


class Clock:
    def now_ms(self):
        return 1_000

    def monotonic(self):
        return 1.0


class Workflows:
    def find_child(self, tx, tenant, name, version="", scope=""):
        if name != "C":
            return None
        return Workflow(id="c", name="C", version="1.0", revision="rc", definition="{}", created_at=1, updated_at=1)


class Programs:
    def get(self, tx, revision):
        source = {"name": "C", "version": "1.0", "specVersion": "0.9", "states": [END]}
        return compile_document(source, dialect="cwm").program


class Resolution:
    def resolve(self, tx, operation, hint=""):
        return ResolvedActivity(hint or "q", operation, "a")


@pytest.fixture
def host():
    planner = Planner(clock=Clock(), ids=SystemIds(Clock()))
    return Host(workflows=Workflows(), programs=Programs(), planner=planner, resolution=Resolution(), hand_outs=None,
                publishing=None, functions=SystemFunctions())  # fmt: skip


def test_a_child_is_a_job_of_its_own_without_tags(host):
    plan = host.plan_child(None, JOB, StartChild("c1", Identity("C", "1.0"), {"a": 1}, job_name="night.C.1.0"), 1_000)
    assert isinstance(plan, StartPlan)
    assert plan.job.id != "j" and plan.job.name == "night.C.1.0" and plan.job.tags == ()
    assert plan.job.started_by == "ann" and plan.started.trigger.kind == "parent" and plan.started.input == {"a": 1}


def test_an_open_version_ends_the_childs_name(host):
    plan = host.plan_child(None, JOB, StartChild("c1", Identity("C"), {}, job_name="night.C"), 1_000)
    assert isinstance(plan, StartPlan) and plan.job.name == "night.C.1.0"
    plan = host.plan_child(None, JOB, StartChild("c1", Identity("C"), {}), 1_000)
    assert isinstance(plan, StartPlan) and plan.job.name == "C"


class Lineage:
    """Jobs each of which is the child of the one before; `by_run` counts how often it is asked."""

    def __init__(self, depth):
        self.rows = [
            msgspec.structs.replace(JOB, id=f"j{n}", run=f"r{n}", parent_run=f"r{n - 1}" if n else "")
            for n in range(depth)
        ]  # fmt: skip
        self.asked = 0
        self.jobs = self

    def by_run(self, run):
        self.asked += 1
        return next((row for row in self.rows if row.run == run), None)


@pytest.mark.parametrize("depth", [1, 2, 16])
def test_children_of_children_up_to_the_limit(host, depth):
    tx = Lineage(depth)
    assert isinstance(host.plan_child(tx, tx.rows[-1], StartChild("c1", Identity("C"), {}), 1), StartPlan)
    assert tx.asked == depth - 1


@pytest.mark.parametrize("depth", [17, 500])
def test_no_deeper_than_that(host, depth):
    tx = Lineage(depth)
    found = host.plan_child(tx, tx.rows[-1], StartChild("c1", Identity("C"), {}), 1)
    assert isinstance(found, Fault) and (found.code, found.retryable) == ("LIMIT", False)
    assert "child_depth" in found.detail
    assert tx.asked <= 17


def test_a_line_whose_beginning_was_removed_counts_from_there(host):
    tx = Lineage(30)
    del tx.rows[:20]
    assert isinstance(host.plan_child(tx, tx.rows[-1], StartChild("c1", Identity("C"), {}), 1), StartPlan)


def test_a_continued_job_keeps_its_id_and_name(host):
    plan = host.plan_continue(None, JOB, ContinueAs(Identity("C"), {"b": 2}, 60_000), 1_000)
    assert isinstance(plan, StartPlan)
    assert plan.job.id == "j" and plan.job.run != "r" and plan.job.first_run == "r0" and plan.job.tags == ("t",)
    assert plan.job.due_at == 61_000 and plan.started.trigger.kind == "continue"


def test_a_definition_that_is_gone_is_a_fault(host):
    for found in (
        host.plan_child(None, JOB, StartChild("c1", Identity("Gone")), 1),
        host.plan_continue(None, JOB, ContinueAs(Identity("Gone")), 1),
    ):
        assert isinstance(found, Fault) and found.code == "WORKFLOW_NOT_FOUND" and not found.retryable


def test_calls_by_address_are_refused_clearly(host):
    found = host.resolve_activity(None, JOB, ScheduleActivity("a1", 1, "http", "http://x/y#z"))
    assert isinstance(found, Fault) and found.code == "UNSUPPORTED" and "not part of this release" in found.detail
    assert host.resolve_activity(None, JOB, ScheduleActivity("a1", 1, "adapter", "x.Y", "w")).queue == "w"


def test_system_functions_are_carried_out(host):
    assert host.system("system.function.v1.0.0.common.NoOp", {"a": 1}) == {}
    assert isinstance(host.system("system.function.v1.0.0.common.FailJob", {}), Fault)
