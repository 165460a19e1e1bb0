"""The request as handlers see it; every part is read when it is asked for, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from weft.domain.access import Principal
from weft.domain.errors import Malformed, TooLarge
from weft.dsl.document.text_json import parse_json
from weft.web.bodies import Body
from weft.web.forms import PartReader, RawUpload, media_type, parse_urlencoded, read_fields
from weft.web.limits import WebLimits
from weft.web.operations import DEFAULT_BODY, Dialect, Upload
from weft.web.peers import Peers
from weft.web.routing import Route

LARGE_BODY = 256 * 1024
"""Bytes of JSON above which a body is read beside the event loop, so that other requests do not wait for it."""
ANONYMOUS = Principal(name="anonymous")
"""Who calls an operation that needs no credential: nobody in particular, allowed nothing."""


class Request:
    """Implements `weft.web.operations.Call` on an ASGI request."""

    __slots__ = (
        "_body",
        "_limits",
        "_peers",
        "_query",
        "_raw",
        "_scope",
        "_value",
        "address",
        "dialect",
        "headers",
        "method",
        "mount",
        "path",
        "principal",
        "route",
    )

    def __init__(
        self, scope: Mapping[str, Any], headers: Mapping[str, str], body: Body, limits: WebLimits, peers: Peers
    ) -> None:
        self._scope = scope
        self._body = body
        self._limits = limits
        self._peers = peers
        self._query: dict[str, list[str]] | None = None
        self._raw: bytes | None = None
        self._value: Any = UNSET
        self.headers = headers
        self.method: str = scope["method"]
        self.mount = ""
        self.path: Mapping[str, str] = {}
        self.principal = ANONYMOUS
        self.route: Route | None = None
        self.dialect: Dialect | None = None
        self.address = ""

    @property
    def query(self) -> Mapping[str, Sequence[str]]:
        """Query parameters by name. Raises Malformed for what is no urlencoded UTF-8, TooLarge for too much of it."""
        if self._query is None:
            raw: bytes = self._scope.get("query_string", b"")
            if len(raw) > self._limits.max_query:
                raise TooLarge(f"the query is larger than {self._limits.max_query} bytes")
            self._query = parse_urlencoded(raw.decode("latin-1"), "query") if raw else {}
        return self._query

    @property
    def base_url(self) -> str:
        return self._peers.base_url(self._scope, self.headers)

    async def raw(self) -> bytes:
        if self._raw is None:
            self._raw = await self._body.whole(self._max_body())
        return self._raw

    async def body(self) -> Any:
        if self._value is UNSET:
            data = await self.raw()
            self._value = await self._parsed(data) if data else {}
        return self._value

    async def _parsed(self, data: bytes) -> Any:
        depth = self.route.dialect.max_depth if self.route is not None else 64
        try:
            if len(data) <= LARGE_BODY:
                return parse_json(data, max_depth=depth, max_bytes=self._max_body())
            return await asyncio.to_thread(parse_json, data, max_depth=depth, max_bytes=self._max_body())
        except ValueError as cause:
            raise _malformed(cause) from None

    async def form(self) -> Mapping[str, str]:
        kind = media_type(self.headers.get("content-type", ""))
        limit = min(self._limits.max_form, self._max_body())
        if kind == "multipart/form-data":
            return await read_fields(PartReader(self._body.pieces(limit), self.headers["content-type"]), limit)
        data = await self._body.whole(limit)
        if kind == "application/json" or kind.endswith("+json"):
            return _texts(data)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Malformed("the form is not UTF-8") from None
        return {name: values[-1] for name, values in parse_urlencoded(text).items()}

    async def uploads(self) -> AsyncIterator[Upload]:
        pieces = self._body.pieces(self._max_body())
        if media_type(self.headers.get("content-type", "")) == "multipart/form-data":
            async for part in PartReader(pieces, self.headers["content-type"]).parts():
                yield part
        else:
            yield RawUpload(pieces)

    def _max_body(self) -> int:
        if self.route is None:
            return self._limits.max_form
        own = self.route.operation.max_body
        if own != DEFAULT_BODY:
            return own
        return self.route.dialect.max_body or self._limits.max_json


def _malformed(cause: ValueError) -> Malformed:
    """What is wrong with a JSON body and, where that is known, at which character (from 1)."""
    offset = getattr(cause, "offset", -1)
    place = f" at character {offset + 1}" if offset >= 0 else ""
    return Malformed(f"malformed JSON: {cause}{place}")


def _texts(data: bytes) -> dict[str, str]:
    try:
        value: Any = parse_json(data, max_depth=4, max_bytes=len(data)) if data else {}
    except ValueError as cause:
        raise _malformed(cause) from None
    if not isinstance(value, dict):
        raise Malformed("the form is not a JSON object")
    return {name: text for name, text in value.items() if isinstance(text, str)}
