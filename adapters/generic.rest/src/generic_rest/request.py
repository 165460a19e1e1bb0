"""One HTTP request to the resource; JSON unless `header` says otherwise."""

from __future__ import annotations

from typing import Any, TypedDict

from weft_adapter import ActivityContext, activity
from weft_adapter.rest import RequestInput, request


class _Answer(TypedDict):
    status: int
    data: Any


class Answer(_Answer, total=False):
    """`header` only where the input has `includeHeader: true`."""

    header: dict[str, str]


@activity(description="Read what is at the path", idempotent=True)
async def get(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("GET", input, ctx))


@activity(description="Create or call what is at the path")
async def post(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("POST", input, ctx))


@activity(description="Replace what is at the path", idempotent=True)
async def put(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("PUT", input, ctx))


@activity(description="Change what is at the path")
async def patch(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("PATCH", input, ctx))


@activity(description="Remove what is at the path", idempotent=True)
async def delete(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("DELETE", input, ctx))


@activity(description="Ask for the header of what is at the path", idempotent=True)
async def head(input: RequestInput, ctx: ActivityContext) -> Answer:
    return Answer(**await request("HEAD", input, ctx))
