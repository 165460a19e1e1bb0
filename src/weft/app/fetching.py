"""The server's own outgoing HTTP, on the transport that checks every address."""

from __future__ import annotations

import httpx

from weft.domain.errors import Forbidden, Unavailable
from weft.ports.fetch import FetchReply, FetchRequest
from weft_adapter.egress import EgressPolicy, EgressRefused
from weft_adapter.transport import AsyncCheckedTransport


class HttpFetch:
    """Implements `weft.ports.fetch.Fetch`: the operator's policy, with the hosts of each request named on top."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy

    async def __call__(self, request: FetchRequest) -> FetchReply:
        policy = self._policy.naming(request.hosts)
        transport = AsyncCheckedTransport(policy, insecure=request.allow_insecure)
        try:
            async with (
                httpx.AsyncClient(transport=transport, timeout=request.timeout_s, follow_redirects=False) as client,
                client.stream(request.method, request.url, headers=request.headers, content=request.body) as reply,
            ):
                kept = await _bounded(reply, request.max_reply)
                return FetchReply(reply.status_code, dict(reply.headers), kept)
        except EgressRefused as refused:
            raise Forbidden(str(refused), code="EGRESS_REFUSED") from None
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            raise Unavailable(f"{request.url.partition('?')[0]} does not answer: {type(cause).__name__}") from None


async def _bounded(reply: httpx.Response, limit: int) -> bytes:
    kept = bytearray()
    async for chunk in reply.aiter_bytes():
        kept += chunk[: limit - len(kept)]
        if len(kept) >= limit:
            break
    return bytes(kept)
