"""Generated requests against a running server, made from its own OpenAPI document.

Every answer must be one that its operation documents, in the form that it documents, and no defect. Requests are made
with names from nowhere, and with the names of objects that are there.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import content_type_conformance, response_schema_conformance, status_code_conformance

BASE = "/workflowsvc/api/v1"
EXAMPLES = 12
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
ERROR_KEYS = {"_code", "_error", "_message", "message", "_retryable", "_details"}


@pytest.fixture(scope="module")
def server(live: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with live.served(tmp_path_factory.mktemp("fuzz")) as found:
        yield found


@pytest.fixture(scope="module")
def session(live: Any) -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.auth = (live.ADMIN, live.PASSWORD)
        yield found


def names(server: Any) -> dict[str, str]:
    """One object of each noun, made anew: the run before may have removed or changed it."""
    query = {"nsfilter": "default"}
    ask = {"_name": "ask", "_type": "USER_INPUT"}
    loop = {"_name": "loop", "_type": "DO_WHILE", "_loopCondition": "$.loop.iteration < 2",
            "_loopOver": [{"_name": "in", "_type": "INLINE", "_inputParams": {"expression": "1"}}]}  # fmt: skip
    body = {"_name": f"fuzzed{names_made()}", "_taskDefs": [loop, ask]}
    made = server.call("POST", f"{BASE}/workflowdefs", 201, params=query, json=body).json()["_id"]
    cron = {"_schedule": {"_runInterval": "0 0 12 1 1 ?"}}
    path = f"{BASE}/workflowdefs/{made}/schedules"
    schedule = server.call("POST", path, 201, params=query, json=cron).json()
    run = server.call("POST", f"{BASE}/workflows", 201, params=query, json={"_workflowDefId": made}).json()
    tasks = {task["_name"]: task["_id"] for task in run["_tasks"]}
    return {
        "workflowid": run["_id"], "taskid": tasks["loop"], "userinputid": tasks["ask"], "defid": made,
        "scheduleid": schedule["_id"], "jobid": schedule["_jobId"],
    }  # fmt: skip


_made: list[None] = []


def names_made() -> int:
    _made.append(None)
    return len(_made)


def deviations(server: Any, session: requests.Session, operation: Any, known: dict[str, str]) -> list[str]:
    """What an operation answered outside its contract."""
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case: Any) -> None:
        for name in case.path_parameters or {}:
            if name in known:
                case.path_parameters[name] = urllib.parse.quote(known[name], safe="")
        if known:
            case.query = {**(case.query or {}), "nsfilter": "default"}
            case.query.pop("sort", None)
        reply = case.call(base_url=server.url + BASE, session=session, timeout=30)
        where = f"{case.method} {case.formatted_path} -> {reply.status_code} {reply.text[:300]}"
        if reply.status_code >= 500:
            found.append(where)
        if reply.status_code >= 400 and set(reply.json()) != ERROR_KEYS:
            found.append(where)
        for check in CHECKS:
            try:
                case.validate_response(reply, checks=[check])
            except BaseExceptionGroup as wrong:
                found.append(f"{where}: {wrong.exceptions[0]}")

    ask()
    return found


@pytest.mark.timeout(170)
def test_every_answer_is_in_the_contract(server: Any, session: requests.Session) -> None:
    document = server.call("GET", f"{BASE}/openapi.json", 200).json()
    found: list[str] = []
    asked = 0
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        asked += 1
        found += deviations(server, session, operation, {})
        found += deviations(server, session, operation, names(server))
    assert asked == 21
    assert found == []
    assert server.process.poll() is None
    assert "internal error" not in server.logged()


HOSTILE = [
    b"", b"null", b"[]", b"{", b"{}", b'{"_taskDefs":[[]]}', b'{"_name":"a","_taskDefs":[{"_type":[]}]}',
    b'{"_name":"a","_taskDefs":[{"_type":"SWITCH","_decisionCases":[]}]}',
    b'{"_name":"a","_taskDefs":[{"_type":"FORK_JOIN","_forkTasks":{"a":1}}]}',
    b'{"_name":{"a":1},"_taskDefs":5,"_namespaces":{"a":1},"_timeoutSeconds":"x"}',
    b'{"_name":"a","_taskDefs":[{"_name":{},"_sequenceno":1e300,"_inputParams":[1]}]}',
    b'{"_workflowDefId":["x"],"_inputParams":"x"}', b'{"_workflowDefId":"\\u0000","_inputParams":{"":null}}',
    b'{"_status":{"a":1},"_reason":[]}', b'{"_userInput":{"a":{"b":[1e308]}},"_status":5}',
    b'{"_schedule":{"_runInterval":"* * * * * * * *","_timeZone":"../../etc/passwd"}}',
    b'{"_schedule":{"_runInterval":"0 0 0 ? * 1#9","_timeZone":"\\u0000"}}', b'{"_schedule":[],"_cron":{"a":1}}',
    b'{"_name":"a","_taskDefs":[{"_type":"INLINE","_inputParams":{"expression":"' + b"(" * 5000 + b'"}}]}',
    b'{"_name":"a","_taskDefs":[{"_type":"DO_WHILE","_loopCondition":"' + b"!" * 5000 + b'1","_loopOver":[{}]}]}',
    b'{"_name":"a","_taskDefs":[{"_type":"HUMAN","_inputParams":{"x":"' + b"${" * 2000 + b'"}}]}',
]  # fmt: skip


@pytest.mark.timeout(120)
def test_hostile_bodies_are_refused_or_taken(server: Any, session: requests.Session) -> None:
    known = names(server)
    paths = [
        ("POST", "/workflows"), ("PUT", "/workflows/{workflowid}/status"),
        ("POST", "/workflow/{workflowid}/userinput/{userinputid}"), ("POST", "/workflowdefs"),
        ("PUT", "/workflowdefs/{defid}"), ("POST", "/workflowdefs/{defid}/schedules"),
        ("PUT", "/workflowdefs/{defid}/schedules/{scheduleid}"),
    ]  # fmt: skip
    for method, path in paths:
        for body in HOSTILE:
            url = f"{server.url}{BASE}{path.format(**known)}?nsfilter=default"
            reply = session.request(method, url, data=body, headers={"content-type": "application/json"}, timeout=30)
            where = f"{method} {path} {body[:100]!r} -> {reply.status_code} {reply.text[:300]}"
            assert reply.status_code < 500, where
            if reply.status_code >= 400:
                assert set(reply.json()) == ERROR_KEYS, where
    assert "internal error" not in server.logged()
