"""A connector's surroundings without a server: records in memory, and web servers on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from weft.connectors.attempt import Attempt
from weft.connectors.surroundings import ScriptSettings, Surroundings
from weft.connectors.table import CONNECTORS
from weft.domain.conversations import Exchange, with_exchange
from weft.domain.errors import Forbidden, NotFound
from weft.domain.origins import Origin
from weft.ports.connections import OpenedResource, Place
from weft_adapter.egress import EgressPolicy
from weft_adapter.messages import Task

PLACE = Place("default", "", "default", "job-1", "run-1", 1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.ms = 1_775_520_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


class Ids:
    def __init__(self) -> None:
        self._count = itertools.count(1)

    def uuid4(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._count):012d}"

    uuid7 = uuid4

    def token(self, size: int) -> bytes:
        return bytes(next(self._count) % 256 for _ in range(size))


@dataclass
class Records:
    """`weft.ports.connections.Connections` in memory. `granted` maps secret ids to origins."""

    resources: dict[str, OpenedResource] = field(default_factory=dict)
    secrets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    granted: dict[str, set[str]] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    said: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    swept: int = 0

    async def place(self, run: str) -> Place:
        if run != PLACE.run:
            raise NotFound("the run of this attempt is gone", code="RUN_NOT_FOUND")
        return PLACE

    async def resource(self, place: Place, resource_id: str) -> OpenedResource:
        if resource_id not in self.resources:
            raise NotFound(f"resource {resource_id} does not exist", code="RESOURCE_NOT_FOUND")
        return self.resources[resource_id]

    async def secret(self, place: Place, secret_id: str, origins: Sequence[Origin]) -> Mapping[str, Any]:
        if secret_id not in self.secrets:
            raise NotFound(f"secret {secret_id} does not exist", code="SECRET_NOT_FOUND")
        if any(origin.text not in self.granted.get(secret_id, set()) for origin in origins):
            raise Forbidden("the secret is not sent there", code="SECRET_NOT_GRANTED")
        return self.secrets[secret_id]

    async def keep(self, place: Place, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.kept[digest] = data
        return digest

    async def exchanges(self, place: Place, name: str) -> tuple[Exchange, ...]:
        return self.said.get(name, ())

    async def remember(self, place: Place, name: str, said: Exchange) -> None:
        self.said[name] = with_exchange(self.said.get(name, ()), said)

    async def sweep(self) -> int:
        self.swept += 1
        return 0


@dataclass
class Asked:
    """A request that a server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = tuple[int, dict[str, str], bytes]
Answer = Callable[[Asked], Reply | Awaitable[Reply | None] | None]


def reply(status: int = 200, body: Any = None, **headers: str) -> Reply:
    """An answer: JSON for anything but bytes and text; `content_type` and other headers by name."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    if isinstance(body, bytes):
        return status, named, body
    if isinstance(body, str):
        return status, {"content-type": "text/plain", **named}, body.encode()
    return status, {"content-type": "application/json", **named}, json.dumps(body).encode()


class WebServer:
    """A web server on loopback. `answer(asked)` gives the reply; None closes the connection without one."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Answer = lambda asked: reply(200, {"path": asked.path})
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                try:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                except asyncio.IncompleteReadError:
                    return
                method, path, _ = head[0].split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                asked = Asked(method, path, headers, body)
                self.asked.append(asked)
                found = self.answer(asked)
                made = await found if isinstance(found, Awaitable) else found
                if made is None:
                    return
                status, named, data = made
                lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {text}" for name, text in named.items())]
                lines.append(f"content-length: {len(data)}")
                content = b"" if method == "HEAD" else data
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()


class Desk:
    """Makes attempts and carries them out."""

    def __init__(self) -> None:
        self.records = Records()
        self.clock = Clock()
        self.around = Surroundings(self.records, EgressPolicy(allow=("127.0.0.1",)), self.clock, Ids())

    def policy(self, *allow: str) -> None:
        """What may be reached from now on."""
        old = self.around
        self.around = Surroundings(old.connections, EgressPolicy(allow=allow), old.clock, old.ids, scripts=old.scripts)

    def scripts(self, **settings: Any) -> None:
        self.around.scripts = ScriptSettings(**settings)

    def task(self, target: str, input: Any, attempt_id: str = "attempt-1", **more: Any) -> Task:
        return Task("job-1", "run-1", "a1", 1, attempt_id, target, input, **more)

    def attempt(self, target: str, input: Any, **more: Any) -> Attempt:
        return Attempt(self.task(target, input, **more), PLACE, self.around, plain=CONNECTORS[target].plain)

    async def run(self, target: str, input: Any, **more: Any) -> Any:
        """The output of a task."""
        return await CONNECTORS[target].run(self.attempt(target, input, **more))


@pytest.fixture
async def desk(anyio_backend: str):
    found = Desk()
    yield found
    await found.around.transports.close()


@pytest.fixture
async def web(anyio_backend: str):
    found = WebServer()
    await found.open()
    yield found
    await found.close()


@pytest.fixture
async def second(anyio_backend: str):
    """Another server, of another origin."""
    found = WebServer()
    await found.open()
    yield found
    await found.close()


@pytest.fixture(name="reply")
def reply_of() -> Callable[..., Reply]:
    return reply
