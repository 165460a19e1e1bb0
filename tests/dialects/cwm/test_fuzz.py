"""Generated requests against both mounts of a running server, made from its own OpenAPI documents.

Every answer must be one that its operation documents, in the form that it documents, and no defect. Requests are made
twice per operation: with names from nowhere, and with the names of objects that are there, so that the operations get
further than to say that something does not exist.
"""

from __future__ import annotations

import importlib.util
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import content_type_conformance, response_schema_conformance, status_code_conformance

EXAMPLES = 6
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
REFUSED_BY_THE_WORKERS_KEEPER = 503
LASTING = {"deleteAdapter", "deleteWorker", "stopWorker", "startWorker", "updateWorker"}
"""Operations that would take the workers away on which the others depend; they are asked with foreign names only."""


def _live() -> Any:
    name = "weft_e2e_live"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "e2e" / "live.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with _live().served(tmp_path_factory.mktemp("fuzz")) as found:
        yield found


@pytest.fixture(scope="module")
def session(server: Any) -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.auth = (_live().ADMIN, _live().PASSWORD)
        yield found


def names(server: Any) -> dict[str, str]:
    """One object of each noun, made anew: the run before may have removed or changed it."""
    play = _live()
    flow = play.flow("Fuzzed", {"name": "a", "type": "inject", "data": {"ok": True}, "end": True})
    saved = server.call("POST", f"{play.B1}/workflow", json={"definition": flow})
    if saved.status_code == 200:
        server.workflow = saved.json()
    job, run = server.begin("Fuzzed")
    server.call("POST", f"{play.B1}/secret", json={"secretId": "S", "secretType": "token", "secret": {"token": "x"}})
    kind = "system.event.http.v1.0.0"
    server.call("POST", f"{play.B1}/resource", json={"resourceId": "R", "resourceType": kind, "resource": {}})
    server.call(
        "POST", f"{play.B1}/eventType",
        json={"name": "E", "type": "E", "kind": "consumed", "source": "", "resourceId": "R", "endpoint": "e"},
    )  # fmt: skip
    server.call("POST", f"{play.B1}/workerProfile", json={"profileName": "P", "memMax": "512Mi"})
    return {
        "adapterId": play.REST, "workerName": play.REST, "profileName": "P", "workflowId": server.workflow,
        "workflowName": "Fuzzed", "workflowVersion": "1.0", "resourceId": "R", "resourceTypeId": kind, "secretId": "S",
        "secretTypeId": "token", "jobId": job, "runId": run, "name": "E", "type": "E", "kind": "consumed",
        "action": "start", "endpoint": "e",
    }  # fmt: skip


def deviations(server: Any, session: requests.Session, mount: str, operation: Any, known: dict[str, str]) -> list[str]:
    """What an operation answered outside its contract."""
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        for name in case.path_parameters or {}:
            if name in known:
                case.path_parameters[name] = urllib.parse.quote(known[name], safe="")
        if isinstance(case.query, dict):
            case.query.pop("isLongPoll", None)
        reply = case.call(base_url=server.url + mount, session=session, timeout=30)
        where = f"{case.method} {case.formatted_path} -> {reply.status_code} {reply.text[:300]}"
        if reply.status_code >= 500 and reply.status_code != REFUSED_BY_THE_WORKERS_KEEPER:
            found.append(where)
        for check in CHECKS:
            try:
                case.validate_response(reply, checks=[check])
            except BaseExceptionGroup as wrong:
                found.append(f"{where}: {wrong.exceptions[0]}")

    ask()
    return found


@pytest.mark.timeout(170)
@pytest.mark.parametrize("mount", ["/crosswork/cwm/v1", "/crosswork/cwm/v2"])
def test_every_answer_is_in_the_contract(server: Any, session: requests.Session, mount: str) -> None:
    document = server.call("GET", f"{mount}/openapi.json", 200).json()
    found: list[str] = []
    asked = 0
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        asked += 1
        found += deviations(server, session, mount, operation, {})
        if operation.definition.raw["operationId"] not in LASTING and "{" in operation.path:
            found += deviations(server, session, mount, operation, names(server))
    assert asked > 45
    assert found == []
    assert server.process.poll() is None
    assert "internal error" not in server.logged()
