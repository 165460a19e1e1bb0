"""A command line without the user's own configuration, and a server that is a list of answers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from weft.cli.root import run


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    for name in ("WEFT_SERVER", "WEFT_TOKEN", "WEFT_USER", "WEFT_PASSWORD", "WEFT_CONTEXT", "WEFT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


class Server:
    """Answers requests in order and remembers them."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response] = []
        self.requests: list[httpx.Request] = []

    def says(self, value: Any, status: int = 200) -> None:
        self.answers.append(httpx.Response(status, json=value) if value is not None else httpx.Response(status))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0)

    @property
    def last(self) -> tuple[str, str, Any]:
        request = self.requests[-1]
        return request.method, request.url.raw_path.decode(), json.loads(request.content) if request.content else None


@pytest.fixture
def server(monkeypatch):
    server = Server()
    real = httpx.Client

    def client(**given: Any) -> httpx.Client:
        return real(**given, transport=httpx.MockTransport(server))

    monkeypatch.setattr(httpx, "Client", client)
    return server


@pytest.fixture
def weft(capsys):
    """Runs a command line: exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
