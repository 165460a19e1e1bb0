"""What tests of this dialect's parts share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from weft.domain.access import Principal


@dataclass
class Asked:
    """A request without a server; as much of a Call as these tests need."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    value: Any = None
    principal: Principal = Principal(name="somebody")  # noqa: RUF009 - frozen
    address: str = "192.0.2.1"
    mount: str = "v1.0"
    method: str = "POST"
    base_url: str = "http://weft.test"

    async def raw(self) -> bytes:
        return self.data

    async def body(self) -> Any:
        return {} if self.value is None else self.value


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def asked() -> Callable[..., Asked]:
    return Asked
