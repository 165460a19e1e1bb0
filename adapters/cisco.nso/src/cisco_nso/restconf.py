"""One RESTCONF request to NSO; the content type is application/yang-data+json."""

from __future__ import annotations

from typing import Any, TypedDict

from weft_adapter import ActivityContext, activity
from weft_adapter.rest import RequestInput, request

CONTENT_TYPE = "application/yang-data+json"


class _Answer(TypedDict):
    status: int
    data: Any


class Answer(_Answer, total=False):
    """`header` only where the input has `includeHeader: true`."""

    header: dict[str, str]


@activity(description="Read what is at the path", idempotent=True)
async def get(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("GET", input, ctx, CONTENT_TYPE, CONTENT_TYPE))


@activity(description="Create or call what is at the path")
async def post(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("POST", input, ctx, CONTENT_TYPE, CONTENT_TYPE))


@activity(description="Replace what is at the path", idempotent=True)
async def put(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("PUT", input, ctx, CONTENT_TYPE, CONTENT_TYPE))


@activity(description="Change what is at the path")
async def patch(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("PATCH", input, ctx, CONTENT_TYPE, CONTENT_TYPE))


@activity(description="Remove what is at the path", idempotent=True)
async def delete(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("DELETE", input, ctx, CONTENT_TYPE, CONTENT_TYPE))
