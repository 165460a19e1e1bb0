from __future__ import annotations

from typing import Any

from weft.api.workflowsvc.dialect import MAX_BODY, MAX_DEPTH, MOUNTS, WorkflowsvcServices, dialect
from weft.domain.roles import ALL_PERMISSIONS
from weft.web.routing import Found, Missing, Router

NOTHING: Any = None
BASE = MOUNTS["v1"]


def made():
    return dialect(
        WorkflowsvcServices(
            tenants=NOTHING, idempotency=NOTHING, jobs=NOTHING, pages=NOTHING, tasks=NOTHING, control=NOTHING,
            manual=NOTHING, payloads=NOTHING, definitions=NOTHING, schedules=NOTHING, new_id=lambda: "x",
        )
    )  # fmt: skip


def test_every_operation_has_a_permission_and_takes_nsfilter():
    found = made()
    assert (found.max_body, found.max_depth) == (MAX_BODY, MAX_DEPTH) == (1 << 20, 64)
    assert found.request_ids and found.challenge == "Bearer"
    assert len({operation.name for operation in found.operations}) == len(found.operations) == 21
    for operation in found.operations:
        assert operation.permission in ALL_PERMISSIONS
        assert operation.parameters[0].name == "nsfilter"
        assert {400, 401, 403, 413, 429, 500, 503} <= set(operation.responses)
        assert (415 in operation.responses) is (operation.request is not None)


def routed(router: Router, method: str, path: str) -> str:
    found = router.match(method, BASE + path)
    assert isinstance(found, Found), path
    return found.route.operation.name


def test_both_spellings_of_every_path():
    router = Router([made()])
    uuid = "94bcf41e-8d05-4011-a64b-d5a5164b0155"
    for word in ("workflow", "workflows"):
        assert routed(router, "GET", f"/{word}") == "listWorkflows"
        assert routed(router, "POST", f"/{word}/") == "startWorkflow"
        assert routed(router, "PUT", f"/{word}/x/status") == "commandWorkflow"
        assert routed(router, "PUT", f"/{word}{uuid}/status") == "commandWorkflowUnseparated"
        assert routed(router, "POST", f"/{word}/x/userinput/y") == "answerTask"
        for part in ("task", "tasks"):
            assert routed(router, "GET", f"/{word}/x/{part}/y") == "getTask"
            assert routed(router, "GET", f"/{word}/x/{part}/y/payload") == "getTaskPayload"
            assert routed(router, "GET", f"/{word}/x/{part}/y/loopovertasks") == "listLoopOverTasks"
    assert routed(router, "DELETE", "/workflowdefs/x/jobs/y/triggers/z") == "deleteTrigger"
    found = router.match("PUT", f"{BASE}/workflows{uuid}/status")
    assert isinstance(found, Found) and found.path == {"workflowid": uuid}


def test_paths_are_matched_with_regard_to_case():
    router = Router([made()])
    assert isinstance(router.match("GET", BASE + "/Workflows"), Missing)
    missing = router.match("DELETE", BASE + "/workflows/x")
    assert isinstance(missing, Missing) and "GET" in missing.allowed
