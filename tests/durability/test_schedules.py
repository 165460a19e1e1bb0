"""Schedules over kill -9 of the whole server: every time starts at most one job, and what was missed one in all."""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from weft.domain.schedules import fired_job_id

BASE = "/workflowsvc/api/v1"
NAMESPACE = {"nsfilter": "default"}
KILLS = 3
DICE = random.Random(11)


@pytest.fixture(scope="module")
def play() -> ModuleType:
    """`Live` and what goes with it."""
    name = "weft_e2e_live"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "e2e/live.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def ask(server: Any, method: str, path: str, status: int, **given: Any) -> Any:
    reply = server.call(method, BASE + path, status, params={**NAMESPACE, **given.pop("params", {})}, **given)
    return reply.json() if reply.content else None


def every_second(server: Any) -> dict[str, Any]:
    """A schedule that fires each second, of a definition that is done at once."""
    task = {"_name": "one", "_type": "INLINE", "_inputParams": {"_evaluatorType": "jq", "expression": "1"}}
    definition = ask(server, "POST", "/workflowdefs", 201, json={"_name": "often", "_taskDefs": [task]})
    path = f"/workflowdefs/{definition['_id']}/schedules"
    return ask(server, "POST", path, 201, json={"_cron": "* * * * * ?"})


def runs_of(server: Any, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    query = {"_defId": schedule["_workflowDefId"], "_pageSize": "1000"}
    return ask(server, "GET", "/workflows", 200, params=query)["_list"]


@pytest.mark.timeout(240)
def test_kill_9_while_schedules_fire(play, tmp_path):
    begin = int(time.time()) - 5
    server = play.Live(tmp_path)
    try:
        server.start()
        schedule = every_second(server)
        count = 0
        for _ in range(KILLS):
            more = count + DICE.randint(1, 3)
            play.wait_for(lambda more=more: len(runs_of(server, schedule)) >= more, f"{more} runs")
            count = len(runs_of(server, schedule))
            server.kill()
            missed = time.time() + 2.5  # at least two times are missed, whatever a start takes
            play.wait_for(lambda missed=missed: time.time() >= missed, "time passes")
            server.start()
        play.wait_for(lambda: len(runs_of(server, schedule)) >= count + 3, "it goes on")
        path = f"/workflowdefs/{schedule['_workflowDefId']}/schedules/{schedule['_id']}"
        ask(server, "PUT", path, 200, json={"_cron": "* * * * * ?", "_status": "PAUSED"})
        ended = {"COMPLETED"}
        play.wait_for(lambda: {run["_status"] for run in runs_of(server, schedule)} == ended, "all runs end")
        runs = [run["_id"] for run in runs_of(server, schedule)]
    finally:
        server.close()
    times = {fired_job_id(schedule["_id"], at * 1000): at for at in range(begin, int(time.time()) + 5)}
    assert set(runs) <= set(times), "every run belongs to a time of its schedule"
    assert len(runs) == len(set(runs))
    fired = sorted(times[run] for run in runs)
    gaps = [(before, after) for before, after in pairwise(fired) if after - before > 1]
    # Of the times that pass without a server the first is made up for: one gap for each time the server was down.
    assert len(gaps) == KILLS, (fired, gaps)


@pytest.mark.timeout(120)
def test_a_second_server_on_the_same_store_does_not_start(play, tmp_path):
    first = play.Live(tmp_path)
    second = play.Live(tmp_path)
    try:
        first.start()
        schedule = every_second(first)
        second.begin_start()
        assert second.process.wait(60) != 0
        play.wait_for(lambda: len(runs_of(first, schedule)) >= 3, "three runs")
        runs = [run["_id"] for run in runs_of(first, schedule)]
        assert len(runs) == len(set(runs))
    finally:
        first.close()
        second.close()
