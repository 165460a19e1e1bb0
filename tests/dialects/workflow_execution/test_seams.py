"""One job, three APIs: started in any of them, of a definition of any language, it is listed, described and controlled
in every other, and stays one job over its runs."""

from __future__ import annotations

from itertools import product

import pytest

pytestmark = pytest.mark.anyio
CWM, SVC, SPACE = "/crosswork/cwm/v1", "/workflowsvc/api/v1", {"nsfilter": "acme"}
LANGUAGES = ("states", "list", "graph")
NAP = {"name": "nap", "type": "sleep", "duration": "PT1H", "transition": "last"}
STATES = [NAP, {"name": "last", "type": "inject", "data": {"b": 2}, "end": True}]


class Seams:
    """The three APIs with the token of one client. `made` are the ids of the definitions by their language."""

    def __init__(self, world, play) -> None:
        self.world = world
        self.play = play
        self.made: dict[str, str] = {}

    async def ask(self, method, path, status=200, **given):
        answer = await self.world.http.request(method, path, **given)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json()

    async def save(self):
        flow = {"name": "seam-states", "version": "1.0.0", "specVersion": "0.9", "states": STATES}
        self.made["states"] = await self.ask("POST", f"{CWM}/workflow", json={"definition": flow})
        calls = [
            {"_name": name, "_type": "REST_CONNECTOR", "_inputParams": {"_url": f"http://198.51.100.7/{name}"}}
            for name in ("one", "two")
        ]
        body = {"_name": "seam-list", "_taskDefs": calls}
        self.made["list"] = (await self.ask("POST", f"{SVC}/workflowdefs", 201, params=SPACE, json=body))["_id"]
        play = self.play
        body = play.graph(play.task(play.A), play.task(play.B), hierarchy=((play.A, play.B),), name="seam-graph")
        self.made["graph"] = await self.world.save(body)

    async def start(self, language, where):
        if where == "states":
            body = {"workflowName": f"seam-{language}", "workflowVersion": "1.0.0"}
            return (await self.ask("POST", f"{CWM}/job", json=body))["jobId"]
        if where == "list":
            body = {"_workflowDefId": self.made[language]}
            return (await self.ask("POST", f"{SVC}/workflows", 201, params=SPACE, json=body))["_id"]
        return await self.world.started(self.made[language])

    async def command(self, job, word):
        return (await self.ask("PUT", f"{SVC}/workflows/{job}/status", params=SPACE, json={"_status": word}))["_status"]

    async def runs(self, job):
        """(run, status) as CWM has them, the newest first."""
        query = {"query": f'WorkflowId = "{job}"'}
        found = (await self.ask("GET", f"{CWM}/job", params=query))["executions"]
        return [(one["execution"]["runId"], one["status"]) for one in found]

    async def seen(self, language, job):
        """The job's status by the three APIs, read alone, and as the lists have it."""
        await self.world.engine.idle()
        (run, listed_run), *_ = await self.runs(job)
        told = await self.ask("GET", f"{CWM}/job/{job}/runs/{run}")
        alone = (await self.ask("GET", f"{SVC}/workflows/{job}", params=SPACE))["_status"]
        page = await self.ask("GET", f"{SVC}/workflows", params={**SPACE, "_pageSize": "500"})
        (listed,) = (one for one in page["_list"] if one["_id"] == job)
        body = await self.world.read(self.made[language], job)
        path = self.world.path(self.made[language], "")
        page = await self.ask("GET", path, params={"take": "500"})
        assert [one["id"] for one in page["data"]].count(job) == 1
        statuses = (told["workflowExecutionInfo"]["status"], alone, body["meta"]["info"]["status"])
        assert (listed_run, listed["_status"], page["meta"]["info"]["statuses"][job]) == statuses
        return statuses

    async def history(self, job):
        (run, _), *_ = await self.runs(job)
        return await self.ask("GET", f"{CWM}/job/{job}/runs/{run}/events")

    async def take(self, language):
        """The attempts of the only job that is going on, begun; a sleeping one has none."""
        tasks = await self.world.take_all()
        assert len(tasks) == (language != "states")
        return tasks


@pytest.fixture(scope="module")
async def seams(world, play, anyio_backend):
    found = Seams(world, play)
    await found.save()
    return found


async def test_definitions_are_listed_in_every_api_and_named_once(seams):
    ids = set(seams.made.values())
    assert ids <= {one["workflowId"] for one in await seams.ask("GET", f"{CWM}/workflow")}
    page = await seams.ask("GET", f"{SVC}/workflowdefs", params={**SPACE, "_pageSize": "500"})
    assert ids <= {one["_id"] for one in page["_list"]}
    page = await seams.ask("GET", seams.world.path(), params={"take": "500"})
    assert ids <= {one["id"] for one in page["data"]}
    for language in LANGUAGES:
        shown = await seams.ask("GET", f"{CWM}/workflow/name/seam-{language}/version/1.0.0")
        assert shown["workflow"]["workflowId"] == seams.made[language]
        body = {"data": {"name": f"seam-{language}", "tasks": [{"name": "noop"}]}}
        assert (await seams.world.http.post(seams.world.path(), json=body)).status_code == 409
        body = {"_name": f"seam-{language}", "_taskDefs": [{"_type": "WAIT"}]}
        assert (await seams.world.http.post(f"{SVC}/workflowdefs", params=SPACE, json=body)).status_code == 409
        flow = {"name": f"seam-{language}", "version": "1.0.0", "specVersion": "0.9", "states": STATES}
        assert (await seams.world.http.post(f"{CWM}/workflow", json={"definition": flow})).status_code == 400


@pytest.mark.parametrize(("language", "where"), list(product(LANGUAGES, LANGUAGES)))
async def test_a_job_is_one_job_everywhere(seams, language, where):
    job = await seams.start(language, where)
    tasks = await seams.take(language)
    if tasks:  # a row says that its first task has begun a moment later
        for _ in range(2):
            seams.world.engine.tick()
        await seams.world.until(lambda: listed_as(seams, job), "RUNNING")
    assert await seams.seen(language, job) == ("Running", "RUNNING", "running")
    assert await seams.command(job, "PAUSED") == "PAUSED"
    assert await seams.seen(language, job) == ("Running", "PAUSED", "paused")
    assert await seams.command(job, "RESUMED") == "RUNNING"
    assert await seams.seen(language, job) == ("Running", "RUNNING", "running")
    (run, _), *_ = await seams.runs(job)
    await seams.ask("POST", f"{CWM}/job/{job}/runs/{run}/terminate", params={"reason": "enough"})
    assert await seams.seen(language, job) == ("Terminated", "TERMINATED", "terminated")
    info = (await seams.world.read(seams.made[language], job))["meta"]["info"]
    assert (info["reason"], info["failedTaskId"]) == ("enough", None)
    assert await seams.command(job, "RETRIED") == "RUNNING"
    assert [status for _, status in await seams.runs(job)] == ["Running", "Terminated"]
    assert (await seams.history(job))[0]["eventType"] == "WorkflowExecutionStarted"
    if language == "states":
        await seams.command(job, "TERMINATED")
        return
    assert await seams.world.run_all() == 2
    assert await seams.seen(language, job) == ("Completed", "COMPLETED", "completed")
    scheduled = {}
    for event in await seams.history(job):
        if event["eventType"] == "ActivityTaskScheduled":
            scheduled[event["eventId"]] = event
        if event["eventType"] == "ActivityTaskStarted":
            assert event["activityTaskStartedEventAttributes"]["scheduledEventId"] in scheduled
    assert len(scheduled) == 2


async def listed_as(seams, job):
    page = await seams.ask("GET", f"{SVC}/workflows", params={**SPACE, "_pageSize": "500"})
    return next(one["_status"] for one in page["_list"] if one["_id"] == job)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_job_cancelled_in_one_api_is_terminated_in_the_others(seams, language):
    job = await seams.start(language, "graph")
    tasks = await seams.take(language)
    (run, _), *_ = await seams.runs(job)
    await seams.ask("POST", f"{CWM}/job/{job}/runs/{run}/cancel", json={})
    await seams.world.done(*tasks)
    assert await seams.seen(language, job) == ("Canceled", "TERMINATED", "terminated")
    body = await seams.world.read(seams.made[language], job)
    assert set(body["meta"]["info"]["tasks"].values()) == {"canceled"}
    assert (body["data"]["executionQueue"], body["data"]["finished"] is None) == ([], False)
