from __future__ import annotations

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.declaring import declare


async def handler(call):
    raise AssertionError


def test_every_operation_stands_in_a_namespace():
    made = declare(
        "Group", "invalid_body", "PUT", "x/{id}", "changeX", "job.get", "Change", handler, parameters=(schemas.KEY,)
    )
    assert (made.method, made.path, made.group, made.family) == ("PUT", "x/{id}", "Group", "invalid_body")
    assert made.parameters == (schemas.NSFILTER, schemas.KEY) and made.permission == "job.get"
    assert declare("G", "f", "GET", "x", "getX", "job.get", "X", handler).parameters == (schemas.NSFILTER,)
