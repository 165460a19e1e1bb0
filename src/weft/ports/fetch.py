"""Requests that the server itself sends out. The implementation checks every address that it connects to.

Contract: one request, redirects not followed (a 3xx is an answer), at most `max_reply` bytes of the answer are kept.
Loopback, link-local and metadata addresses are refused unless the operator allows them; other private addresses only
where `hosts` names the host. Raises `Forbidden` for a refused address, `Unavailable` when there is no answer in time.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class FetchRequest(msgspec.Struct, kw_only=True):
    """`hosts` are the hosts that a resource names. `timeout_s` bounds the whole exchange."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: bytes = b""
    hosts: tuple[str, ...] = ()
    timeout_s: float = 30.0
    allow_insecure: bool = False
    max_reply: int = 64 * 1024

    def __repr__(self) -> str:
        """Without headers and body: they may hold a secret."""
        return f"FetchRequest({self.method} {self.url})"


class FetchReply(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes


class Fetch(Protocol):
    async def __call__(self, request: FetchRequest) -> FetchReply: ...
