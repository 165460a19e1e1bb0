"""429: the limits that the operator sets, and those of the server."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_queued_runs_of_a_namespace_are_limited(play, target, tmp_path):
    async with play.served(tmp_path, target, workflowsvc_max_queued_runs=2) as server:
        space = await server.space()
        definition = await space.define(space.rest(startDelay=1000))
        runs = [await space.start(definition) for _ in range(2)]
        await server.idle()
        answer = await space.call("POST", "/workflows", 429, body={"_workflowDefId": definition["_id"]})
        body = answer.json()
        assert body["_error"] == "quota_exceeded" and body["_retryable"] is True
        assert int(answer.headers["retry-after"]) > 0
        assert (await space.call("GET", "/workflows", 200)).json()["_total"] == 2
        other = await space.define(space.rest(startDelay=1000), ns=space.m)
        await space.start(other, ns=space.m)
        await space.command(runs[0]["_id"], "TERMINATED")
        await space.start(definition)


async def test_values_of_the_operator(play, target, tmp_path):
    async with play.served(tmp_path, target, workflowsvc_env=("site=north",)) as server:
        space = await server.space()
        definition = await space.define(play.inline("a"), outputParams={"site": "${workflow.env.site}"})
        assert (await space.finish(definition))["_output"] == {"site": "north"}
