"""Job endpoints: start, list, count, tags, describe, events, cancel, terminate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec

from weft.api.cwm import history as cwm_history
from weft.api.cwm.errors import OBJECT as OBJECT_ERRORS
from weft.api.cwm.errors import STRING as STRING_ERRORS
from weft.api.cwm.jobs_page import decode_token, encode_token, page_size
from weft.api.cwm.jobs_shapes import describe
from weft.api.cwm.protobuf import info
from weft.api.cwm.query import parse_query
from weft.api.cwm.reading import flag, members, query_text, text, text_list
from weft.api.cwm.schemas import responses
from weft.api.cwm.words import LONG, SHORT, Words
from weft.domain.errors import Invalid
from weft.services.history import closing
from weft.services.job_plans import JobRequest
from weft.services.jobs import JobService
from weft.web.operations import Answer, Call, Operation, Parameter

PING_S = 15.0
LONG_POLL_LIMIT_S = 3600.0

_json = msgspec.json.Encoder()


class JobEndpoints:
    """The handlers. `long_mounts` are the mounts whose enumeration words are written long."""

    def __init__(
        self,
        jobs: JobService,
        *,
        words: Mapping[str, Words] | None = None,
        long_poll_limit_s: float = LONG_POLL_LIMIT_S,
        ping_s: float = PING_S,
    ) -> None:
        self.jobs = jobs
        self.words = dict(words or {"v1": SHORT, "v2": LONG})
        self.long_poll_limit_s = long_poll_limit_s
        self.ping_s = ping_s

    async def start(self, call: Call) -> Answer:
        body = members(await call.body(), "workflowName", "workflowVersion", "jobName", "tags", "data", "logLevel")
        data = body.get("data")
        if data is not None and not isinstance(data, dict):
            raise Invalid("data must be an object")
        request = JobRequest(
            workflow_name=text(body, "workflowName"),
            workflow_version=text(body, "workflowVersion"),
            name=text(body, "jobName"),
            tags=tuple(text_list(body.get("tags"), "tags")),
            data={} if data is None else data,
            log_level=text(body, "logLevel"),
        )
        job = await self.jobs.start(call.principal, request)
        return Answer(body={"jobId": job.id, "runId": job.run})

    async def list_jobs(self, call: Call) -> Answer:
        asked = query_text(call, "query")
        query = parse_query(asked, limit=page_size(query_text(call, "pageSize")))
        token = query_text(call, "nextPageToken")
        if token:
            query = msgspec.structs.replace(query, after=decode_token(token, asked))
        page = await self.jobs.page(call.principal, query)
        words = self.words[call.mount]
        return Answer(
            body={
                "executions": [info(job, words) for job in page.jobs],
                "nextPageToken": "" if page.after is None else encode_token(page.after, asked),
            }
        )

    async def count(self, call: Call) -> Answer:
        query = parse_query(query_text(call, "query"))
        return Answer(body=str(await self.jobs.count(call.principal, query.where)))

    async def tags(self, call: Call) -> Answer:
        return Answer(body=await self.jobs.tags(call.principal))

    async def describe(self, call: Call) -> Answer:
        # The API guide describes the tag filter at this path: with a query it is the list and ignores the ids.
        if query_text(call, "query"):
            call.principal.require("job.list")
            return await self.list_jobs(call)
        found = await self.jobs.describe(call.principal, call.path["jobId"], call.path["runId"])
        return Answer(body=describe(found, self.words[call.mount]))

    async def events(self, call: Call) -> Answer:
        kind = query_text(call, "filterType") or "all"
        if kind not in ("all", "close_event"):
            raise Invalid(f"filterType {kind} is not one of all, close_event")
        poll = flag(query_text(call, "isLongPoll") or "false", "isLongPoll")
        job_id, run = call.path["jobId"], call.path["runId"]
        if not poll:
            return Answer(body=await self._events(call, kind, strict=True))
        if await self.jobs.wait_closed(call.principal, job_id, run, 0):
            return Answer(body=await self._events(call, kind, strict=False))
        return Answer(stream=self._poll(call, kind))

    async def _events(self, call: Call, kind: str, *, strict: bool) -> list[dict[str, Any]]:
        job, events = await self.jobs.history(call.principal, call.path["jobId"], call.path["runId"])
        shown = cwm_history.render(job, events, self.words[call.mount])
        if kind == "all":
            return shown
        last = closing(events)
        if last is None:
            if strict:
                raise Invalid(f"job {job.id} is running, it has no close event yet")
            return []
        return [shown[last.n - 1]]

    async def _poll(self, call: Call, kind: str) -> AsyncIterator[bytes]:
        """A line feed now and then keeps the connection; JSON follows when the job has closed or the server stops."""
        left = self.long_poll_limit_s
        job_id, run = call.path["jobId"], call.path["runId"]
        while left > 0:
            wait = min(self.ping_s, left)
            if await self.jobs.wait_closed(call.principal, job_id, run, wait):
                break
            if self.jobs.stopping.is_set():
                break
            left -= wait
            yield b"\n"
            await asyncio.sleep(0)
        yield _json.encode(await self._events(call, kind, strict=False))

    async def cancel(self, call: Call) -> Answer:
        body = members(await call.body(), "reason")
        await self.jobs.cancel(call.principal, call.path["jobId"], call.path["runId"], text(body, "reason"))
        return Answer(body=f"job {call.path['jobId']} cancel requested")

    async def terminate(self, call: Call) -> Answer:
        body = members(await call.body(), "reason")
        reason = query_text(call, "reason") or text(body, "reason")
        if not reason:
            if call.mount == "v2":
                raise Invalid("reason is missing")
            reason = f"terminated by {call.principal.name}"
        await self.jobs.terminate(call.principal, call.path["jobId"], call.path["runId"], reason)
        return Answer(body=f"job {call.path['jobId']} terminated")


JOB_ID = Parameter("jobId", "path", "the job", required=True)
RUN_ID = Parameter("runId", "path", "the run of the job", required=True)
QUERY = Parameter("query", "query", "list filter, such as JobTags = \"lab\" AND ExecutionStatus = 'Running'")
PAGE = (
    Parameter("pageSize", "query", "jobs of one page, at most 1,000", schema={"type": "integer"}),
    Parameter("nextPageToken", "query", "from the page before; bound to the query"),
    QUERY,
)
START = {
    "type": "object",
    "required": ["workflowName"],
    "properties": {
        "workflowName": {"type": "string"},
        "workflowVersion": {"type": "string"},
        "jobName": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 50},
        "data": {"type": "object"},
    },
}
STARTED = {"type": "object", "properties": {"jobId": {"type": "string"}, "runId": {"type": "string"}}}
REASON = {"type": "object", "properties": {"reason": {"type": "string"}}}
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
OBJECT = {"type": "object"}
OBJECTS = {"type": "array", "items": OBJECT}
EXECUTIONS = {"type": "object", "properties": {"executions": OBJECTS, "nextPageToken": TEXT}}


def operations(endpoints: JobEndpoints) -> tuple[Operation, ...]:
    """All operations on jobs."""

    def operation(
        method: Any, path: str, name: str, permission: str, summary: str, handler: Any, **more: Any
    ) -> Operation:
        family = more.pop("family", OBJECT_ERRORS)
        statuses = (400,) if family == STRING_ERRORS else (400, 404)
        return Operation(
            method=method, path=path, name=name, permission=permission, summary=summary, handler=handler,
            responses=responses(more.pop("answer"), family, *statuses), family=family, group="job", **more,
        )  # fmt: skip

    one = "/job/{jobId}/runs/{runId}"
    ids = (JOB_ID, RUN_ID)
    make: Callable[..., Operation] = operation
    return (
        make("POST", "/job", "startJob", "job.create", "Start a job", endpoints.start,
             request=START, answer={200: STARTED}),
        make("GET", "/job", "listJobs", "job.list", "List jobs", endpoints.list_jobs,
             parameters=PAGE, answer={200: EXECUTIONS}),
        make("GET", "/job/count", "countJobs", "job.count", "Count jobs", endpoints.count,
             parameters=(QUERY,), answer={200: TEXT}),
        make("GET", "/job/tags", "listJobTags", "job.listTags", "List the tags of jobs", endpoints.tags,
             answer={200: TEXTS}, family=STRING_ERRORS),
        make("GET", one, "getJob", "job.get", "Describe a job", endpoints.describe,
             parameters=(*ids, QUERY), answer={200: OBJECT}),
        make("GET", f"{one}/events", "listJobEvents", "job.events", "The history of a job", endpoints.events,
             parameters=(*ids, Parameter("isLongPoll", "query", "answer when the job has closed"),
                         Parameter("filterType", "query", "all or close_event")), answer={200: OBJECTS}),
        make("POST", f"{one}/cancel", "cancelJob", "job.cancel", "Ask a job to end", endpoints.cancel,
             parameters=ids, request=REASON, answer={200: TEXT}),
        make("POST", f"{one}/terminate", "terminateJob", "job.terminate", "End a job now", endpoints.terminate,
             parameters=(*ids, Parameter("reason", "query", "why")), request=REASON, answer={200: TEXT}),
    )  # fmt: skip
