from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from weft.api.workflow_execution.dialect import WorkflowExecutionServices, dialects
from weft.domain.roles import ALL_PERMISSIONS
from weft.web.openapi import openapi_document
from weft.web.routing import Found, Missing, Router

ID = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"


@pytest.fixture
def made():
    some: Any = SimpleNamespace(programs=None)
    names = ("tenants", "clients", "definitions", "jobs", "pages", "tasks", "control", "idempotency", "store", "ids")
    return dialects(WorkflowExecutionServices(**dict.fromkeys(names, some)))


def test_every_operation_has_a_permission_that_there_is(made):
    api, token, versions = made
    assert len(api.operations) == 8
    assert {each.permission for each in api.operations} <= ALL_PERMISSIONS
    assert [each.permission for each in token.operations] == [None]
    assert versions.operations == ()


def test_a_start_is_accepted(made):
    start = next(each for each in made[0].operations if each.name == "startWorkflowExecution")
    assert [status for status in start.responses if status < 300] == [202]


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        (f"/api/workflow/v1.0/customer/{ID}/workflow", "workflow-execution"),
        (f"/API/WORKFLOW/V1/Customer/{ID}/Workflow/{ID}/workflowExecution/{ID}", "workflow-execution"),
    ],
)
def test_paths_in_any_case(made, path, dialect):
    found = Router(made).match("GET", path)
    assert isinstance(found, Found)
    assert found.route.dialect.name == dialect


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/api/workflow/v2.0/x", "workflow-execution-versions"),
        ("/api/workflow/v1.0/x", "workflow-execution"),
        ("/api/authentication/x", "workflow-execution-token"),
    ],
)
def test_who_words_an_unknown_path(made, path, dialect):
    missing = Router(made).match("GET", path)
    assert isinstance(missing, Missing)
    assert missing.dialect is not None and missing.dialect.name == dialect


def test_openapi_can_be_made(made):
    for dialect in made[:2]:
        for mount in dialect.mounts:
            assert openapi_document(dialect, mount, "1")["paths"]
