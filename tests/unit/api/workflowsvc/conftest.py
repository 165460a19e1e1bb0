"""What the tests of this dialect share."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class FakeCall:
    """A request as `web` gives it to handlers."""

    def __init__(self, query=None, path=None, headers=None, principal=None, body=None, raw=b"{}") -> None:
        self.query = query or {}
        self.path = path or {}
        self.headers = headers or {}
        self.principal = principal
        self.mount = "v1"
        self.method = "GET"
        self.address = "127.0.0.1"
        self._body = body
        self._raw = raw
        self.read: list[str] = []

    async def raw(self) -> bytes:
        self.read.append("raw")
        return self._raw

    async def body(self):
        self.read.append("body")
        return self._body


@pytest.fixture
def call():
    """Makes requests."""
    return FakeCall
