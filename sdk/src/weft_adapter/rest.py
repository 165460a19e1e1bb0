"""One request to a task's resource, as activities of REST-like adapters make it.

The URL is the resource's `scheme://host:port`, its `basePath`, a slash and the input's `path`: the host is always the
resource's. `data`: an object or array (or number, boolean) is sent as JSON, a text as it is, absent or null is no
body. Redirects are not followed; a status of 400 and above raises `HTTP_STATUS_<nnn>` with the answer as message.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import httpx
import msgspec

from weft_adapter.clients import base_url_of, origin_of, proxy_of, timeout_of
from weft_adapter.context import ActivityContext
from weft_adapter.errors import EGRESS_REFUSED, INPUT_INVALID, TIMEOUT, ActivityError, NonRetryableError

MAX_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer's body, after decompression."""
MAX_ERROR_TEXT = 4 * 1024

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "upgrade", "host", "te", "trailer"})
_SAFE = "/:?[]@!$&'()*+,;=%-._~"


@dataclass
class RequestInput:
    """Input of a request activity. `query` values may be lists; `header` overrides what the adapter sets."""

    path: str = ""
    data: Any = None
    header: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    includeHeader: bool = False


async def request(
    method: str, input: RequestInput, ctx: ActivityContext, content_type: str = "application/json", accept: str = "*/*"
) -> dict[str, Any]:
    """`{"status", "data"}`, and `"header"` if asked for.

    `data` is parsed JSON if the answer is JSON, else text, None without a body. Raises ActivityError with code
    HTTP_STATUS_<nnn>, TIMEOUT, DEFAULT (no connection), INPUT_INVALID, RESULT_TOO_LARGE, EGRESS_REFUSED.
    """
    url = _url(input, ctx)
    content = _content(input.data)
    headers = _headers(input.header or {}, content, content_type, accept)
    _guard_secret(ctx)
    timeout = timeout_of(ctx.resource, ctx.config)
    client: httpx.AsyncClient = ctx.http
    try:
        async with asyncio.timeout(timeout):
            answer = client.stream(method, url, content=content, headers=headers, follow_redirects=False)
            async with answer as reply:
                body = await _body(reply)
    except (TimeoutError, httpx.TimeoutException):
        raise ActivityError(TIMEOUT, f"{method} {_shown(url)}: no answer within {timeout:g} s") from None
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise ActivityError("DEFAULT", f"{method} {_shown(url)}: {reason}") from None
    data = _data(reply, body)
    if reply.status_code >= 400:
        text = body.decode("utf-8", "replace")[:MAX_ERROR_TEXT] or f"{method} {_shown(url)}: {reply.reason_phrase}"
        raise ActivityError(f"HTTP_STATUS_{reply.status_code}", text)
    result: dict[str, Any] = {"status": reply.status_code, "data": data}
    if input.includeHeader:
        result["header"] = dict(reply.headers.items())
    return result


def _url(input: RequestInput, ctx: ActivityContext) -> httpx.URL:
    path = input.path.lstrip("/")
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
        raise NonRetryableError("path: control characters are not allowed", INPUT_INVALID)
    if any(unquote(segment) == ".." for segment in path.partition("?")[0].split("/")):
        # Also written %2e%2e: it would lead out of the resource's base path.
        raise NonRetryableError("path: the segment '..' is not allowed", INPUT_INVALID)
    try:
        url = httpx.URL(f"{base_url_of(ctx.resource)}/{quote(path, safe=_SAFE)}")
        if input.query:
            url = url.copy_merge_params({key: _query_value(value) for key, value in input.query.items()})
    except (httpx.InvalidURL, ValueError) as error:
        raise NonRetryableError(f"path or query: {error}", INPUT_INVALID) from None
    if len(str(url)) > 8_192:
        raise NonRetryableError("path and query are longer than 8192 characters", INPUT_INVALID)
    return url


def _query_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_query_value(item) for item in value]
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _content(data: Any) -> bytes | None:
    if data is None:
        return None
    return data.encode() if isinstance(data, str) else msgspec.json.encode(data)


def _headers(given: dict[str, Any], content: bytes | None, content_type: str, accept: str) -> dict[str, str]:
    headers = {"accept": accept}
    if content is not None or accept == content_type:
        headers["content-type"] = content_type
    for name, value in given.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        lower = name.lower()
        if not _HEADER_NAME.fullmatch(name) or lower in _FRAMING:
            raise NonRetryableError(f"header: {name[:64]!r} cannot be set", INPUT_INVALID)
        if any((ord(sign) < 32 and sign != "\t") or ord(sign) == 127 for sign in text):
            raise NonRetryableError(f"header {name}: control characters are not allowed", INPUT_INVALID)
        headers[lower] = text
    return headers


def _guard_secret(ctx: ActivityContext) -> None:
    """A secret goes only to hosts its resource names: not in the clear through a proxy nobody but the action named."""
    proxy = proxy_of(ctx.config)
    if proxy is None or not ctx.secret or not origin_of(ctx.resource).startswith("http:"):
        return
    target = httpx.URL(origin_of(proxy))
    if not ctx.names_host(target.host, target.port or (443 if target.scheme == "https" else 80)):
        raise NonRetryableError(
            f"the proxy {target.host} would read the secret of an unencrypted resource; an egress policy must name it",
            EGRESS_REFUSED,
        )


async def _body(reply: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in reply.aiter_bytes(65_536):
            size += len(part)
            if size > MAX_ANSWER:
                raise NonRetryableError(f"the answer is larger than {MAX_ANSWER} bytes", "RESULT_TOO_LARGE")
            parts.append(part)
    except httpx.DecodingError as error:
        raise ActivityError("DEFAULT", f"the answer cannot be decompressed: {error}") from None
    return b"".join(parts)


def _data(reply: httpx.Response, body: bytes) -> Any:
    if not body:
        return None
    kind = reply.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if not kind or kind.endswith(("+json", "/json")):
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    encoding = reply.charset_encoding or "utf-8"
    try:
        return body.decode(encoding, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _shown(url: httpx.URL) -> str:
    return str(url.copy_with(query=None, userinfo=b""))
