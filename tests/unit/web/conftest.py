"""What the web tests share: a clock and ids without chance, an application, and a client that needs no socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Unauthenticated
from weft.web.asgi_app import WebApp
from weft.web.fallback import refuse
from weft.web.limits import WebLimits
from weft.web.operations import Answer, Call, Dialect, Operation


class StillClock:
    def now_ms(self) -> int:
        return 1_770_000_000_000

    def monotonic(self) -> float:
        return 5.0


class CountedIds:
    def __init__(self) -> None:
        self.count = 0

    def uuid4(self) -> str:
        return self.uuid7()

    def uuid7(self) -> str:
        self.count += 1
        return f"id-{self.count}"

    def token(self, size: int) -> bytes:
        return b"t" * size


class Lines:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def info(self, event: str, **values: Any) -> None:
        self.lines.append({"event": event, **values})

    error = info


class FixedUsers:
    """`Basic user:<name>` is let in with the permissions of `rights[name]`."""

    def __init__(self, rights: dict[str, set[str]]) -> None:
        self.rights = rights
        self.seen: list[Any] = []

    def remembered(self, credential: Any) -> None:
        return None

    async def authenticate(self, credential: Any) -> Principal:
        self.seen.append(credential)
        if credential.text not in self.rights:
            raise Unauthenticated("user or password is wrong")
        return Principal(name=credential.text, permissions=frozenset(self.rights[credential.text]))


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    messages: list[dict[str, Any]] = field(default_factory=list)

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Served:
    app: WebApp
    log: Lines
    users: FixedUsers

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
        pieces: list[bytes] | None = None,
        gone: bool = False,
        client: tuple[str, int] | None = ("192.0.2.9", 1),
    ) -> Reply:
        """One request; `pieces` are the body's messages, `gone` hangs up after them."""
        waiting: list[dict[str, Any]] = [
            {"type": "http.request", "body": piece, "more_body": True} for piece in (pieces or [b""])
        ]
        if gone:
            waiting.append({"type": "http.disconnect"})
        else:
            waiting[-1]["more_body"] = False
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        given = {"authorization": "Basic root", **(headers or {})}
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in given.items() if v], "client": client,
            "server": ("weft.test", 80), "scheme": "http",
        }  # fmt: skip
        await self.app(scope, receive, send)
        if not sent:
            return Reply(0, [], b"")
        headers_sent = [(k.decode(), v.decode()) for k, v in sent[0]["headers"]]
        return Reply(sent[0]["status"], headers_sent, b"".join(m.get("body", b"") for m in sent[1:]), sent)


def operation(method: Any, path: str, handler: Callable[[Call], Awaitable[Answer]], **more: Any) -> Operation:
    given = {"permission": "job.get", "summary": "test", "name": f"{method} {path}", **more}
    return Operation(method=method, path=path, handler=handler, **given)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def op() -> Callable[..., Operation]:
    return operation


@pytest.fixture
def serve() -> Callable[..., Served]:
    def make(*operations: Operation, limits: WebLimits | None = None, **more: Any) -> Served:
        log = Lines()
        users = FixedUsers({"root": {"job.get"}, "other": set()})
        dialect = Dialect(name="t", title="T", mounts={"v1": "/api"}, operations=operations, refuse=refuse, **more)
        app = WebApp((dialect,), users, clock=StillClock(), ids=CountedIds(), log=log, limits=limits)
        return Served(app, log, users)

    return make
