"""For the tests of adapters: run an activity with a made-up context, and a transport that records requests.

def test_allocate():
    http = RecordingTransport([httpx.Response(200, json={"prefix": "192.0.2.0/24"})])
    result = call(allocate, {"pool": "lab"}, resource={"scheme": "http", "host": "ipam.test"}, transport=http)
    assert result == {"prefix": "192.0.2.0/24"}
    assert http.requests[0].url.path == "/pools/lab/next"
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from weft_adapter.activities import Activity
from weft_adapter.clients import Clients
from weft_adapter.context import ActivityContext
from weft_adapter.egress import EgressPolicy
from weft_adapter.errors import INPUT_INVALID, NonRetryableError
from weft_adapter.jsonvalue import to_json
from weft_adapter.schemas import InputInvalid

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class RecordingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests from a list, in order, and keeps them in `requests`; for blocking and async clients.

    An answer is a response, an exception to raise, or a function of the request. More requests than answers are
    an AssertionError.
    """

    def __init__(self, answers: Sequence[Answer] = ()) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if not self._answers:
            raise AssertionError(f"no answer is left for {request.method} {request.url}")
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self._answer(request)


class FakeWorker:
    """Stands in for the worker: keeps what the activity logged in `lines` and counts its heartbeats in `beats`."""

    def __init__(self, transport: Any = None, egress: EgressPolicy | None = None) -> None:
        self.clients = Clients(egress or EgressPolicy(), transport)
        self.lines: list[tuple[str, str, dict[str, str]]] = []
        self.beats = 0

    def beat(self, attempt_id: str) -> None:
        self.beats += 1

    def say(self, level: str, message: str, attempt_id: str, activity: str, fields: dict[str, str]) -> None:
        self.lines.append((level, message, fields))

    def open_client(self, context: ActivityContext) -> Any:
        make = self.clients.client if context.is_async else self.clients.blocking
        return make(context.resource, context.secret, context.config)

    def names_host(self, host: str, port: int) -> bool:
        return self.clients.policy.names(host, port)


def call(
    function: Callable[..., Any],
    input: Any = None,
    *,
    resource: Mapping[str, Any] | None = None,
    secret: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    attempt: int = 1,
    transport: Any = None,
    egress: EgressPolicy | None = None,
    worker: FakeWorker | None = None,
) -> Any:
    """Run an activity as a worker would: input checked, result turned into JSON.

    `transport` stands in for the network; without it requests really leave, under `egress`. Raises what the
    activity raises; an input that does not fit is ActivityError INPUT_INVALID, a result that is not JSON NotJson.
    """
    made = Activity(function, "test.adapter.v0.0.0", "test")
    surroundings = worker or FakeWorker(transport, egress)
    context = ActivityContext(
        surroundings,
        activity=made.info.id,
        job_id="job-1",
        run_id="run-1",
        attempt=attempt,
        attempt_id=f"attempt-{attempt}",
        resource=resource,
        secret=secret,
        config=config,
        is_async=made.is_async,
    )
    try:
        arguments = made.arguments(input, context)
    except InputInvalid as error:
        raise NonRetryableError(str(error), INPUT_INVALID) from None
    if made.is_async:
        return to_json(asyncio.run(function(**arguments)))
    return to_json(function(**arguments))
