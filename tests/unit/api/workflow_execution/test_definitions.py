from __future__ import annotations

from typing import Any

import pytest

from weft.api.workflow_execution.definition_shapes import Graph
from weft.api.workflow_execution.definitions import DefinitionEndpoints
from weft.api.workflow_execution.once import Once
from weft.api.workflow_execution.problems import BadRequest
from weft.domain.errors import Conflict, Invalid, NotFound
from weft.domain.workflows import Workflow
from weft.dsl.problems import error

pytestmark = pytest.mark.anyio
CUSTOMER = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"
FLOW = "b3d1f7a0-52c8-4e6f-9b1d-7e0a4c8f2d15"
PATH = {"customerId": CUSTOMER, "workflowId": FLOW}
GOOD = {"data": {"name": "n", "tasks": [{"name": "noop"}]}}
STORED = Workflow(
    id=FLOW, name="n", version="3.0.0", revision="d", definition="{}", created_at=0, updated_at=0, number=3
)


class Services:
    """Keeps one definition at number 3; `refusal` is what a save meets."""

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.given: list[Any] = []
        self.numbers: list[int | None] = []

    async def create(self, principal, given, *, also):
        return self._save(given, also)

    async def replace(self, principal, ident, given, *, scope, if_number, also):
        self.numbers.append(if_number)
        return self._save(given, also)

    def _save(self, given, also):
        self.given.append(given)
        if self.refusal is not None:
            raise self.refusal
        also(None, STORED)
        return STORED

    async def delete(self, principal, ident, *, scope, if_number):
        self.numbers.append(if_number)
        if self.refusal is not None:
            raise self.refusal

    async def get(self, principal, ident, *, scope):
        if ident != FLOW:
            raise NotFound("no")
        return STORED

    async def page(self, principal, query):
        self.given.append(query)
        return [STORED], 7

    def of_workflow(self, workflow):
        return Graph([], [], {})

    def within(self, tx, workflow_id, digest):
        return Graph([], [], {})

    def uuid4(self):
        return "00000000-0000-4000-8000-000000000001"


def endpoints(services):
    some: Any = services
    return DefinitionEndpoints(some, some, Once(some), some)


async def test_a_new_definition(asked):
    services = Services()
    answer = await endpoints(services).create(asked(path={"customerId": CUSTOMER}, value=GOOD))
    assert (answer.status, answer.headers["ETag"]) == (201, '"3"')
    assert answer.headers["Location"] == f"/api/workflow/v1.0/customer/{CUSTOMER}/workflow/{FLOW}"
    assert (services.given[0].hint, services.given[0].scopes) == ("graph", ("",))
    assert services.given[0].document["tasks"][0]["isTrigger"] is True


@pytest.mark.parametrize(
    ("refusal", "properties"),
    [
        (None, ["data.tasks[0].id"]),
        (Conflict("taken", code="name_taken"), ["data.tasks[0].id"]),
        (Invalid("no", problems=(error("schema", "x", "/tasks/0/id", "m"), error("schema", "y", "/tasks/0/name", "m"))),
         ["data.tasks[0].id", "data.tasks[0].name"]),
    ],
)  # fmt: skip
async def test_all_problems_come_at_once(asked, refusal, properties):
    body = {"data": {"name": "n", "tasks": [{"id": "x", "name": "noop"}]}}
    with pytest.raises(BadRequest) as caught:
        await endpoints(Services(refusal)).create(asked(path={"customerId": CUSTOMER}, value=body))
    assert [entry.property for entry in caught.value.entries] == properties


async def test_a_conflict_stays_one(asked):
    with pytest.raises(Conflict):
        await endpoints(Services(Conflict("taken"))).create(asked(path={"customerId": CUSTOMER}, value=GOOD))


@pytest.mark.parametrize(("tag", "number"), [(None, None), ("*", None), ('"2"', 2), ('"2", "3"', 3), ('"1", "2"', -1)])
async def test_preconditions(asked, tag, number):
    headers = {} if tag is None else {"if-match": tag}
    services = Services()
    await endpoints(services).replace(asked(path=PATH, value=GOOD, headers=headers))
    answer = await endpoints(services).delete(asked(path=PATH, headers=headers))
    assert services.numbers == [number, number]
    assert (answer.status, answer.empty) == (204, True)


async def test_an_unknown_definition(asked):
    path = {**PATH, "workflowId": CUSTOMER}
    with pytest.raises(NotFound) as caught:
        await endpoints(Services()).get(asked(path=path))
    assert caught.value.code == "workflow_not_found"
    for what in ("replace", "delete"):
        call = asked(path=path, value=GOOD)
        with pytest.raises(NotFound) as caught:
            await getattr(endpoints(Services(NotFound("no"))), what)(call)
        assert caught.value.code == "workflow_not_found"


async def test_a_page(asked):
    services = Services()
    answer = await endpoints(services).page(asked(path=PATH, query={"take": ["5"], "createdLess": ["1970-01-02"]}))
    assert (answer.body["totalItemsCount"], len(answer.body["data"])) == (7, 1)
    query = services.given[0]
    assert (query.limit, query.offset, query.created_from, query.created_to) == (5, 0, None, 86_400_000)
