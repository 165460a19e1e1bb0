from __future__ import annotations

import pytest

from weft.api.workflowsvc.errors import Wrong
from weft.api.workflowsvc.parameters import Query
from weft.api.workflowsvc.runs import RANKS, read_command, read_query, read_start
from weft.api.workflowsvc.scoping import Asked
from weft.domain.tenancy import Namespace, Tenant

pytestmark = pytest.mark.anyio
PLANT = Namespace(id="plant", owner="acme")


def asked(call, body) -> Asked:
    return Asked(call(body=body), None, Tenant(id="acme", uuid="u", default_namespace="m"), PLANT, Query({}))  # type: ignore[arg-type]


def test_the_guides_own_list():
    query = read_query(
        Query({
            "nsfilter": ["x"], "_pageSize": ["10"], "_offset": ["0"], "_name": ["ActiveMQ"], "_defId": ["824beec4"],
            "_status": ["FAILED"], "startDate": ["2026-02-01"], "endDate": ["2026-02-29"],
            "sort": ['{"_updatedAt":-1,"_name":1}'],
        }), "",
    )  # fmt: skip
    assert query.order == (("updated_at", True), ("name", False)) and query.statuses == ("faulted",)
    assert query.created_from is not None and query.created_to - query.created_from == 28 * 86_400_000
    assert query.ranks == RANKS and RANKS[0] == ("completed",) and RANKS[-1] == ("timed_out",)


async def test_starts(call):
    request = await read_start(asked(call, {"_workflowDefId": "AB", "_inputParams": {"a": 1}, "more": 1}))
    assert (request.workflow_id, request.namespace, request.data) == ("ab", "plant", {"a": 1})
    assert (await read_start(asked(call, {"_workflowDefId": "x"}))).data == {}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["/_workflowDefId"]),
        ({"_workflowDefId": 5, "_inputParams": []}, ["/_workflowDefId", "/_inputParams"]),
        ([], [""]),
        ("x", [""]),
    ],
)
async def test_what_is_no_start(call, body, paths):
    with pytest.raises(Wrong) as caught:
        await read_start(asked(call, body))
    assert [item.path for item in caught.value.items] == paths and caught.value.code == "invalid_body"


async def test_commands_in_any_case(call):
    assert await read_command(asked(call, {"_status": "paused"})) == ("pause", None)
    assert await read_command(asked(call, {"_status": "TERMINATED", "_reason": "x"})) == ("terminate", "x")


@pytest.mark.parametrize("body", [{}, {"_status": "STOPPED"}, {"_status": 1}, {"_status": "PAUSED", "_reason": 5},
                                  {"_status": "PAUSED", "_reason": "x" * 1001}, None])  # fmt: skip
async def test_what_is_no_command(call, body):
    with pytest.raises(Wrong):
        await read_command(asked(call, body))
