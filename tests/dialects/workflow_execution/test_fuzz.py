"""Generated requests against a running server, made from its own OpenAPI document.

Every answer must be one that its operation documents, in the form that it documents, and no defect. Requests are made
with ids from nowhere and with those of objects that are there, so that the operations get further than to say that
something does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import content_type_conformance, response_schema_conformance, status_code_conformance

MOUNT = "/api/workflow/v1.0"
EXAMPLES = 12
CUSTOMER = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def server(live_play: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with live_play.served(tmp_path_factory.mktemp("fuzz")) as found:
        found.call("POST", "/api/weft/v1/tenants", 201, json={"id": "acme", "uuid": CUSTOMER})
        yield found


@pytest.fixture(scope="module")
def session(server: Any, live_play: Any) -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.auth = (live_play.ADMIN, live_play.PASSWORD)
        yield found


def present(server: Any, number: int) -> dict[str, str]:
    """A customer, a workflow and an execution, made anew: the run before may have removed them."""
    base = f"{MOUNT}/customer/{CUSTOMER}/workflow"
    body = {"data": {"name": f"fuzzed {number}", "tasks": [{"name": "noop"}]}}
    flow = server.call("POST", base, 201, json=body).json()["data"]["id"]
    started = server.call("POST", f"{base}/{flow}/WorkflowExecution", 202, json={"data": {}})
    return {"customerId": CUSTOMER, "workflowId": flow, "id": started.json()["data"]["id"]}


def deviations(server: Any, session: requests.Session, operation: Any, known: dict[str, str]) -> list[str]:
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
                case.path_parameters[name] = known[name]
        reply = case.call(base_url=server.url + MOUNT, session=session, timeout=30)
        where = f"{case.method} {case.formatted_path} -> {reply.status_code} {reply.text[:300]}"
        if reply.status_code >= 500:
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
    document = server.call("GET", f"{MOUNT}/openapi.json", 200).json()
    found: list[str] = []
    asked = 0
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        asked += 1
        found += deviations(server, session, operation, {})
        found += deviations(server, session, operation, {"customerId": CUSTOMER})
        found += deviations(server, session, operation, present(server, asked))
    assert asked == 8
    assert found == []
    assert server.process.poll() is None
    assert "internal error" not in server.logged()
