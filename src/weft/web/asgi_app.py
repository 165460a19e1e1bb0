"""The ASGI application of every HTTP surface: one callable, no middleware.

A request goes: route -> authenticate -> the dialect's scope -> authorize (the operation's permission; deny by default)
-> the dialect's check -> handler -> answer.
What is refused on the way is worded by the dialect whose mount covers the path. An exception that nobody expected is
answered with a reference id; the traceback stands in the log under that id and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NoReturn

from weft.domain.access import Principal
from weft.domain.errors import Busy, Refusal
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.web.access_log import Log, logged_path, logged_query
from weft.web.answers import Message, Receive, Send, send_stream, send_whole
from weft.web.authentication import Authenticator, credential_of
from weft.web.bodies import Body, ClientGone
from weft.web.calls import Request
from weft.web.fallback import FALLBACK
from weft.web.limits import WebLimits
from weft.web.operations import Answer, Dialect
from weft.web.peers import Peers
from weft.web.refusals import Internal, MethodNotAllowed, NoRoute
from weft.web.response_headers import extra_headers, request_id
from weft.web.routing import BadName, Missing, Route, Router

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


class WebApp:
    """Serves dialects. `authenticator` says who calls; `access_log` gets one line per request.

    `lifespan` is entered when the server starts and left when it has stopped.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        authenticator: Authenticator,
        *,
        clock: Clock,
        ids: Ids,
        log: Log,
        limits: WebLimits | None = None,
        lifespan: Lifespan | None = None,
        log_requests: bool = True,
    ) -> None:
        self._limits = limits if limits is not None else WebLimits()
        self.router = Router(dialects)
        self._authenticator = authenticator
        self._peers = Peers(self._limits.trusted_proxies)
        self._clock = clock
        self._ids = ids
        self._log = log
        self._log_requests = log_requests
        self._lifespan = lifespan
        self._in_flight = 0

    @property
    def in_flight(self) -> int:
        """Requests being answered now."""
        return self._in_flight

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            self._in_flight += 1
            try:
                await self._http(scope, receive, send)
            finally:
                self._in_flight -= 1
        elif kind == "lifespan":
            await self._run_lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        started = self._clock.monotonic()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = Body(receive, headers.get("content-length"), self._limits.body_idle_s)
        request = Request(scope, headers, body, self._limits, self._peers)
        refusal: Refusal | None = None
        try:
            answer = await self._answer(scope, request)
        except ClientGone:
            return
        except Refusal as cause:
            refusal = cause
            answer = self._refuse(scope, request, cause)
        except Exception as cause:  # noqa: BLE001 - every defect gets an answer and a line in the log
            refusal = self._internal(scope, request, cause)
            answer = self._refuse(scope, request, refusal)
        extra = () if refusal is None else extra_headers(answer, refusal, request.dialect)
        if request.dialect is not None and request.dialect.request_ids:
            extra = (*extra, request_id(headers, self._ids))
        head = request.method == "HEAD"
        if answer.stream is not None:
            size = await self._stream(scope, request, receive, send, answer, extra)
        else:
            size = await send_whole(send, answer, extra, head)
        if self._log_requests:
            self._line(scope, request, answer.status, size, started)

    async def _stream(
        self,
        scope: Message,
        request: Request,
        receive: Receive,
        send: Send,
        answer: Answer,
        extra: tuple[tuple[bytes, bytes], ...],
    ) -> int:
        try:
            return await send_stream(receive, send, answer, extra, request.method == "HEAD")
        except asyncio.CancelledError:
            # The server stops and waits no longer. Without its end the stream breaks the connection off.
            return 0
        except Exception as cause:  # noqa: BLE001 - the head is sent: all that is left is to break off
            self._internal(scope, request, cause)
            raise ConnectionAbortedError("the stream broke off") from None

    async def _answer(self, scope: Message, request: Request) -> Answer:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.partition(b"?")[0].decode("latin-1")
        try:
            found = self.router.match(request.method, path)
        except BadName as cause:
            await self._bad_name(scope, request, cause)
        if isinstance(found, Missing):
            request.dialect, request.mount = found.dialect, found.mount
            return _missing(request, found)
        route = found.route
        request.dialect = route.dialect
        request.route = route
        request.mount = route.mount
        request.path = found.path
        if self._in_flight > self._limits.max_in_flight:
            raise Busy("too many requests at once", retry_after=self._limits.busy_retry_after_s)
        request.address = self._peers.address(scope, request.headers)
        if route.operation.permission is not None:
            await self._admit(scope, request, route)
        return await route.operation.handler(request)

    async def _admit(self, scope: Message, request: Request, route: Route) -> None:
        """Who calls, and whether it may. Leaves the caller in `request.principal`."""
        operation, dialect = route.operation, route.dialect
        principal = request.principal = await self._caller(scope, request)
        if dialect.scope is not None:
            principal = request.principal = dialect.scope(request, operation, principal)
        principal.require(operation.permission or "")
        if dialect.check is not None:
            waiting = dialect.check(request, operation)
            if waiting is not None:
                await waiting

    async def _caller(self, scope: Message, request: Request) -> Principal:
        credential = credential_of(scope["headers"], request.address)
        principal = self._authenticator.remembered(credential)
        return principal if principal is not None else await self._authenticator.authenticate(credential)

    async def _bad_name(self, scope: Message, request: Request, cause: BadName) -> NoReturn:
        """Refuse a path with what can be no name: after the credential, where the dialect checks that first."""
        route = cause.route
        request.route, request.mount, request.dialect = route, route.mount, route.dialect
        if route.dialect.scope is not None and route.operation.permission is not None:
            request.address = self._peers.address(scope, request.headers)
            request.principal = await self._caller(scope, request)
        raise cause

    def _refuse(self, scope: Message, request: Request, refusal: Refusal) -> Answer:
        route = request.route
        try:
            if route is not None:
                return route.dialect.refuse(refusal, route.operation, route.mount)
            return (request.dialect or FALLBACK).refuse(refusal, None, request.mount)
        except Exception as cause:  # noqa: BLE001 - a dialect that cannot word an error
            return FALLBACK.refuse(self._internal(scope, request, cause), None, "")

    def _internal(self, scope: Message, request: Request, cause: Exception) -> Internal:
        reference = self._ids.uuid7()
        path = logged_path(scope, request.route)
        self._log.error("internal error", reference=reference, method=request.method, path=path, exc_info=cause)
        return Internal(reference)

    def _line(self, scope: Message, request: Request, status: int, size: int, started: float) -> None:
        route = request.route
        self._log.info(
            "request",
            method=request.method,
            path=logged_path(scope, route),
            query=logged_query(scope.get("query_string", b"")),
            operation=route.operation.name if route is not None else "",
            status=status,
            bytes=size,
            ms=round((self._clock.monotonic() - started) * 1000, 3),
            user=request.principal.name,
            address=request.address or self._peers.address(scope, request.headers),
        )

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        if self._lifespan is None:
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        started = False
        try:
            async with self._lifespan():
                await send({"type": "lifespan.startup.complete"})
                started = True
                await receive()
        except Exception as cause:  # noqa: BLE001 - told to the server, which ends
            self._log.error("the server's parts failed", stage="stop" if started else "start", exc_info=cause)
            await send({"type": f"lifespan.{'shutdown' if started else 'startup'}.failed", "message": str(cause)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def _missing(request: Request, missing: Missing) -> Answer:
    if request.method == "OPTIONS" and missing.allowed:
        return Answer(status=204, headers={"Allow": ", ".join((*missing.allowed, "OPTIONS"))})
    if missing.allowed:
        raise MethodNotAllowed(f"method {request.method} is not allowed here", missing.allowed)
    raise NoRoute("path not served")
