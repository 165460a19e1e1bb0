from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from weft.api.workflow_execution.definition_shapes import Graph
from weft.api.workflow_execution.executions import ExecutionEndpoints, execution_path, workflow_path
from weft.api.workflow_execution.once import Once
from weft.api.workflow_execution.problems import BadRequest
from weft.domain.access import Principal
from weft.domain.errors import Conflict, Invalid, NotFound, TooLarge
from weft.domain.jobs import Job

pytestmark = pytest.mark.anyio
CUSTOMER = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"
FLOW = "b3d1f7a0-52c8-4e6f-9b1d-7e0a4c8f2d15"
JOB = "41c6b0de-7f1a-4c52-8e39-5ad0c2b7f601"


def job(status="pending", workflow=FLOW):
    return Job(JOB, "r", "n", "n", "1.0.0", workflow, "d", status, 1000, closed_at=5 if status == "completed" else 0)


class Services:
    """Stands in for the services: knows FLOW and JOB; `refusal` is what a start meets."""

    def __init__(self, found=None, refusal=None):
        self.found = found or job()
        self.refusal = refusal
        self.requests: list[Any] = []
        self.readers: list[Principal] = []

    async def get(self, principal, ident, *, scope):
        assert scope == ""
        if ident == FLOW:
            self.readers.append(principal)
            return object()
        if ident == JOB:
            return self.found
        raise NotFound("no")

    async def start(self, principal, request, *, also):
        self.requests.append(request)
        if self.refusal is not None:
            raise self.refusal
        also(None, self.found)
        return self.found

    def at_start(self, job, program):
        return []

    def records(self, job, *, iterations):
        return []

    def of_job(self, job):
        return Graph([], [], {})

    def within(self, tx, workflow_id, digest):
        return Graph([], [], {})


def endpoints(services):
    services.programs = SimpleNamespace(get=lambda tx, digest: None)
    some: Any = services
    return ExecutionEndpoints(
        definitions=some, jobs=some, pages=some, tasks=some, control=some, graphs=some, once=Once(some)
    )


async def start(asked, services, value, workflow=FLOW):
    call = asked(path={"customerId": CUSTOMER.upper(), "workflowId": workflow.upper()}, value=value)
    return await endpoints(services).start(call)


def test_paths_are_canonical():
    assert workflow_path("c") == "/api/workflow/v1.0/customer/c/workflow"
    assert execution_path("c", "w", "x") == "/api/workflow/v1.0/customer/c/workflow/w/WorkflowExecution/x"


async def test_a_start_is_worded_as_it_was_accepted(asked):
    services = Services(job("running"))
    answer = await start(asked, services, {"data": {"input": {"a": 1}}})
    assert (answer.status, answer.headers) == (202, {"Location": execution_path(CUSTOMER, FLOW, JOB)})
    assert answer.body["meta"]["info"]["status"] == "queued"
    assert (services.requests[0].workflow_id, services.requests[0].data) == (FLOW, {"a": 1})
    assert services.readers[0].may("workflow.get")


@pytest.mark.parametrize(
    ("refusal", "kind", "entries"),
    [
        (NotFound("gone"), NotFound, None),
        (Invalid("input data invalid", ("/a: b",)), BadRequest, ["data.input"]),
        (TooLarge("too much"), TooLarge, None),
        (Conflict("off", code="task_type_disabled"), Conflict, None),
    ],
)
async def test_what_a_start_may_meet(asked, refusal, kind, entries):
    with pytest.raises(kind) as caught:
        await start(asked, Services(refusal=refusal), {"data": {}})
    if entries is not None:
        assert [entry.property for entry in caught.value.entries] == entries
    if kind is NotFound:
        assert caught.value.code == "workflow_not_found"


async def test_an_unknown_workflow_comes_before_the_body(asked):
    with pytest.raises(NotFound) as caught:
        await start(asked, Services(), {}, workflow=JOB[:-1] + "0")
    assert caught.value.code == "workflow_not_found"


async def test_one_execution(asked):
    path = {"customerId": CUSTOMER, "workflowId": FLOW, "id": JOB}
    going = await endpoints(Services(job("running"))).get(asked(path=path))
    assert going.headers == {"Retry-After": "2"}
    assert (await endpoints(Services(job("completed"))).get(asked(path=path))).headers == {}
    for wrong in ({**path, "id": FLOW[:-1] + "0"}, {**path, "workflowId": CUSTOMER}):
        with pytest.raises(NotFound) as caught:
            await endpoints(Services()).get(asked(path=wrong))
        assert caught.value.code == "execution_not_found"
