from __future__ import annotations

import pytest

from weft.api.workflowsvc.run_view import RunView, graph_names, template_at
from weft.domain.errors import NotFound
from weft.domain.jobs import Job
from weft.domain.tenancy import Tenant
from weft.dsl.compile import compile_document
from weft.services.job_tasks import TaskRecord

TENANT = Tenant(id="acme", uuid="u", default_namespace="main")
LIST = {"_name": "n", "_timeoutSeconds": 5, "_timeoutPolicy": "ALERT_ONLY", "_taskDefs": [
    {"_name": "a", "_type": "SWITCH", "_inputParams": {"_switchCaseValue": "x"},
     "_decisionCases": {"x/y": [{"_name": "b", "_type": "HUMAN", "_inputParams": {"q": 1}}]}},
]}  # fmt: skip
GRAPH = {"name": "g", "tasks": [
    {"id": "one", "name": "noop"}, {"id": "two", "name": "noop", "parameters": {"p": 1}},
]}  # fmt: skip


def program(document, dialect):
    compiled = compile_document(document, dialect=dialect)
    assert compiled.program is not None, compiled.problems
    return compiled.program


def record(key: str, position: str, kind: str = "HUMAN", **more) -> TaskRecord:
    return TaskRecord(id=key, key=key, name=key, type=kind, number=1, status="queued", position=position, **more)


class Tasks:
    """What the services tell of one job."""

    def __init__(self, found, records) -> None:
        self.found = found
        self.known = records
        self.asked = 0

    def program(self, job):
        self.asked += 1
        if self.found is None:
            raise NotFound("gone")
        return self.found

    def brief(self, jobs):
        return [self.known for _ in jobs]

    def records(self, job, *, iterations=True, tx=None):
        return self.known

    def record(self, job, task):
        return next(one for one in self.known if one.id == task)

    def at_start(self, job, program):
        return self.known


def job(dialect: str) -> Job:
    return Job(
        id="j", run="r", name="n", workflow_name="n", workflow_version="1.0.0", workflow_id="w", revision="x",
        status="running", started_at=1, dialect=dialect,
    )  # fmt: skip


def test_the_names_of_a_graph_are_asked_once_per_revision():
    tasks = Tasks(program(GRAPH, "graph"), [record("one", "/tasks/0", "noop")])
    view = RunView(tasks)
    for _ in range(3):
        assert view.page([job("graph")], TENANT)[0]["_tasks"][0]["_name"] == "noop"
    assert tasks.asked == 1


def test_a_run_as_it_was_accepted():
    found = program(LIST, "tasklist")
    body = RunView(Tasks(found, [record("a", "/_taskDefs/0")])).created(job("tasklist"), found, TENANT)
    assert body["_status"] == "QUEUED" and body["_output"] is None and body["_tasks"][0]["_name"] == "a"


def test_tasks_of_graphs_have_their_names_and_words():
    records = [record("one", "/tasks/0", "noop"), record("two", "/tasks/1", "noop")]
    view = RunView(Tasks(program(GRAPH, "graph"), records))
    shown = view.alone(job("graph"), TENANT)["_tasks"]
    assert [(one["_name"], one["_type"]) for one in shown] == [("noop", "SIMPLE"), ("noop_2", "SIMPLE")]
    assert view.record(job("graph"), "two").input == {"p": 1}
    backwards = {**GRAPH, "edges": [{"parent": "two", "child": "one"}]}
    assert graph_names(program(backwards, "graph")) == {"/tasks/1": "noop", "/tasks/0": "noop_2"}


def test_before_a_task_starts_its_template_is_shown():
    records = [
        record("a", "/_taskDefs/0", "SWITCH", input={"seen": 1}, started=True),
        record("b", "/_taskDefs/0/_decisionCases/x~1y/0"),
    ]
    found = RunView(Tasks(program(LIST, "tasklist"), records)).records(job("tasklist"))
    assert [one.input for one in found] == [{"seen": 1}, {"q": 1}]
    assert template_at(LIST, "") is None and template_at(LIST, "/nowhere/0") is None


def test_a_definition_that_is_gone_takes_nothing_with_it():
    view = RunView(Tasks(None, [record("a", "")]))
    assert view.page([job("tasklist")], TENANT)[0]["_timeoutPolicy"] is None
    with pytest.raises(NotFound):
        view.record(job("tasklist"), "a")
