from __future__ import annotations

import json

import pytest

from weft.api.workflow_execution import graphs as module
from weft.api.workflow_execution.graphs import Graphs
from weft.domain.errors import NotFound
from weft.domain.jobs import Job
from weft.domain.workflows import Revision, Workflow
from weft.services.programs import Programs
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio
GRAPH = {"name": "g", "tasks": [{"id": "a", "name": "noop", "isTrigger": True}], "tasksHierarchy": []}
STATES = {
    "name": "s", "version": "1", "specVersion": "0.9",
    "states": [{"name": "one", "type": "inject", "data": {}, "end": True}],
}  # fmt: skip


class Clock:
    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def graphs(anyio_backend):
    store = SqliteStore(":memory:", Clock())
    await store.open()

    def fill(tx):
        for digest, document, language in (("g", GRAPH, "graph"), ("s", STATES, "cwm")):
            tx.of(Revision).put(Revision(digest=digest, text=json.dumps(document), created_at=0, dialect=language))

    await store.write(fill)
    yield Graphs(store, Programs())
    await store.close()


def job(workflow_id, digest):
    return Job("j", "r", "n", "n", "1", workflow_id, digest, "running", 0)


async def test_of_a_graph_and_of_another_language(graphs):
    found = graphs.of_job(job("w", "g"))
    assert [task["id"] for task in found.tasks] == ["a"]
    other = graphs.of_job(job("w", "s"))
    assert [task["name"] for task in other.tasks] == ["one"]
    assert other.ids["/states/0"] == other.tasks[0]["id"]
    assert graphs.of_job(job("v", "s")).tasks[0]["id"] != other.tasks[0]["id"]


async def test_a_definition_shows_its_present_revision(graphs):
    workflow = Workflow(id="w", name="g", version="1.0.0", revision="g", definition="{}", created_at=0, updated_at=0)
    assert graphs.of_workflow(workflow) is graphs.of_job(job("w", "g"))


async def test_an_unknown_revision(graphs):
    with pytest.raises(NotFound):
        graphs.of_job(job("w", "x"))


async def test_only_so_many_are_kept(graphs, monkeypatch):
    monkeypatch.setattr(module, "MOST_TEXT", len(json.dumps(STATES)))
    first = graphs.of_job(job("w", "g"))
    assert graphs.of_job(job("w", "g")) is first
    graphs.of_job(job("w", "s"))
    assert graphs.of_job(job("w", "g")) is not first
