"""kill -9 of the whole server while jobs of every kind run: each start that was answered ends, and ends right.

Also: no worker process of the killed server lives on, a killed worker's attempt counts as lost and is made again, and
the worker comes back.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest

EACH = 4
RETRIES = [{"name": "quick", "delay": "PT0.1S", "maxAttempts": 8}]


def definitions(play) -> list[dict[str, Any]]:
    """One definition per way of waiting; each ends with data that tell what it went through."""
    ask = play.rest("work/${ .n }", "Lab", retryRef="quick", actionDataFilter={"toStateData": "${ .answer }"})
    activity = {"name": "a", "type": "operation", "actions": [ask], "transition": "b"}
    again = play.rest("more/${ .n }", "Lab", retryRef="quick", actionDataFilter={"toStateData": "${ .more }"})
    sleep = {"name": "s", "type": "sleep", "duration": "PT1S", "transition": "t"}
    child = {
        "name": "c",
        "type": "operation",
        "actions": [{"name": "sub", "subFlowRef": "kill-activity", "actionDataFilter": {"toStateData": "${ .child }"}}],
        "end": True,
    }
    wait = {
        "name": "e",
        "type": "event",
        "onEvents": [{"eventRefs": ["go"], "actions": [], "eventDataFilter": {"toStateData": "${ .event }"}}],
        "end": True,
    }
    correlation = [{"contextAttributeName": "number", "contextAttributeValue": "${ .n | tostring }"}]
    go = {"name": "go", "type": "go", "source": "", "kind": "consumed", "correlation": correlation}
    return [
        play.flow(
            "kill-activity", activity, {"name": "b", "type": "operation", "actions": [again], "end": True},
            retries=RETRIES,
        ),
        play.flow("kill-timer", sleep, {"name": "t", "type": "inject", "data": {"slept": True}, "end": True}),
        play.flow("kill-child", child),
        play.flow("kill-event", wait, events=[go]),
    ]  # fmt: skip


def expected(name: str, n: int) -> dict[str, Any]:
    work = {"status": 200, "data": {"path": f"/work/{n}"}}
    more = {"status": 200, "data": {"path": f"/more/{n}"}}
    return {
        "kill-activity": {"n": n, "answer": work, "more": more},
        "kill-timer": {"n": n, "slept": True},
        "kill-child": {"n": n, "child": {"n": n, "answer": work, "more": more}},
        "kill-event": {"n": n, "event": {"for": n}},
    }[name]


@pytest.fixture(scope="module")
def prepared(play, live, target):
    live.resource("Lab", target.port)
    live.resource_of("Ingress", "system.event.http.v1.0.0", {})
    for definition in definitions(play):
        live.save(definition)
    kind = {
        "name": "go", "type": "go", "kind": "consumed", "source": "", "resourceId": "Ingress", "endpoint": "go",
        "correlation": [{"contextAttributeName": "number", "contextAttributeValue": ""}],
    }  # fmt: skip
    live.call("POST", f"{play.B1}/eventType", 201, json=kind)
    live.call("POST", f"{play.B1}/eventType/go/start", 200)
    return live


def emit(play, live, n: int, name: str) -> None:
    event = {"specversion": "1.0", "id": name, "type": "go", "source": "t", "number": str(n), "data": {"for": n}}
    live.call("POST", f"{play.B1}/event/http", 200, json=event)


def test_every_acknowledged_start_ends_right_after_two_kills(play, prepared, target):
    live = prepared
    target.hold()
    jobs = {
        (name, n): live.begin(name, {"n": n})
        for n in range(EACH)
        for name in ("kill-activity", "kill-timer", "kill-child", "kill-event")
    }
    play.wait_for(lambda: len(target.seen) >= 2, "activities begun")
    emit(play, live, 0, "before the kill")
    workers = live.children()
    assert len(workers) >= 2
    live.kill()
    play.wait_for(lambda: not any(map(play.running, workers)), "the killed server's workers ended", 10)
    target.release()
    live.start()
    play.wait_for(lambda: target.asked("/work/1"), "tasks handed out again")
    emit(play, live, 1, "between the kills")
    late = {("kill-activity", n): live.begin("kill-activity", {"n": n}) for n in range(100, 104)}
    live.kill()
    live.start()
    for n in range(2, EACH):
        emit(play, live, n, f"after the kills {n}")
    for (name, n), job in {**jobs, **late}.items():
        assert live.result(job) == expected(name, n), (name, n)
    listed = live.call("GET", f"{play.B1}/job/count", 200).json()
    assert int(listed) == len(jobs) + len(late) + EACH, "a child per kill-child, and no start twice"
    assert live.call("GET", f"{play.B1}/job/count?query=ExecutionStatus='Running'", 200).json() == "0"
    assert "quarantine" not in live.logged()


def test_starts_that_meet_the_kill_are_there_if_they_were_answered(play, prepared):
    live, answered, stop = prepared, [], threading.Event()

    def starting(first: int) -> None:
        for n in range(first, first + 10_000):
            if stop.is_set():
                return
            try:
                answered.append((n, live.begin("kill-timer", {"n": n})))
            except Exception:
                return

    threads = [threading.Thread(target=starting, args=(first,)) for first in (10_000, 50_000)]
    for thread in threads:
        thread.start()
    play.wait_for(lambda: len(answered) > 30, "starts")
    live.kill()
    stop.set()
    for thread in threads:
        thread.join(30)
    live.start()
    for n, job in answered:
        assert live.result(job) == expected("kill-timer", n)


def kill_worker(play, live) -> dict[str, Any]:
    """kill -9 the REST worker's process; the worker as it was before."""
    before = live.call("GET", f"{play.B1}/worker/{play.REST}", 200).json()
    number = int(before["infraJobId"].rpartition("/")[2])
    assert number in live.children()
    os.kill(number, signal.SIGKILL)
    return before


def last_attempt(play, live, job) -> int:
    return [
        event["activityTaskStartedEventAttributes"]["attempt"]
        for event in live.events(job)
        if event["eventType"] == "ActivityTaskStarted"
    ][-1]


@pytest.mark.parametrize(("function", "attempts"), [("Rest.Get", 1), ("Rest.Post", 2)])
def test_a_killed_worker_loses_its_attempt_and_comes_back(play, prepared, target, function, attempts):
    """What may be asked twice is handed out again as the same attempt; the rest is a lost attempt and a new one."""
    live = prepared
    path = f"lost/{function}"
    action = play.rest(path, "Lab", function=function, retryRef="quick")
    live.save(
        play.flow(path.replace("/", "-"), {"name": "a", "type": "operation", "actions": [action], "end": True},
                  retries=RETRIES)
    )  # fmt: skip
    target.hold()
    job = live.begin(path.replace("/", "-"))
    play.wait_for(lambda: target.asked(f"/{path}"), "the first attempt")
    described = live.call("GET", f"{play.B1}/job/{job[0]}/runs/{job[1]}", 200).json()
    assert described["pendingActivities"][0]["attempt"] == 1
    before = kill_worker(play, live)
    target.release()
    assert live.result(job)["status"] == 200
    assert (target.asked(f"/{path}"), last_attempt(play, live, job)) == (2, attempts)
    after = live.call("GET", f"{play.B1}/worker/{play.REST}", 200).json()
    assert after["status"] == 2
    assert after["infraJobId"] != before["infraJobId"]


def test_a_lost_attempt_without_retry_fails_the_job_and_says_why(play, prepared, target):
    live = prepared
    action = play.rest("lost/once", "Lab", function="Rest.Post", retryRef="never")
    state = {"name": "a", "type": "operation", "actions": [action], "end": True}
    live.save(play.flow("lost-once", state, retries=[{"name": "never", "maxAttempts": 1}]))
    play.wait_for(lambda: live.call("GET", f"{play.B1}/worker/{play.REST}").json()["status"] == 2, "the worker again")
    target.hold()
    job = live.begin("lost-once")
    play.wait_for(lambda: target.asked("/lost/once"), "the attempt")
    kill_worker(play, live)
    failed = live.result(job)
    target.release()
    assert failed["code"] == "WORKER_LOST"
    assert target.asked("/lost/once") == 1


@pytest.mark.parametrize("moment", ["adapters/*/current", "adapters/files/*rest*"])
def test_a_first_start_that_was_cut_off_is_made_good_by_the_next(play, tmp_path, moment):
    live = play.Live(tmp_path)
    try:
        live.begin_start()
        play.wait_for(lambda: list(live.data.glob(moment)), moment)
        children = live.children()
        live.kill()
        play.wait_for(lambda: not any(map(play.running, children)), "what it had started ended", 20)
        live.start()
        adapters = live.call("GET", f"{play.B1}/adapter", 200).json()
        assert len(adapters) >= 2
        assert [one["id"] for one in adapters if not (one["deployedStatus"] and one["inUseStatus"])] == []
        workers = live.call("GET", f"{play.B1}/worker", 200).json()
        assert {one["name"]: one["status"] for one in workers if one["status"] != "Running"} == {}
        assert live.stop() == 0
    finally:
        live.close()
    assert "Traceback" not in live.logged()
