"""Setting a customer up: refusals are told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from weft.demo import customer
from weft.demo.customer import Caller, command, log_in
from weft.demo.processes import DemoError

SERVER = SimpleNamespace(url="http://weft", user="u", password="p", data=Path("/x/data"))


def test_a_refused_call_says_what_was_asked_and_answered():
    api = Caller("http://weft", "t", "/base", {"nsfilter": "n"})
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(204) if request.method == "DELETE" else httpx.Response(409, text="taken")

    api.http = httpx.Client(
        base_url=api.http.base_url, params=api.http.params, headers=api.http.headers,
        transport=httpx.MockTransport(answer),
    )  # fmt: skip
    assert api.call("DELETE", "/x") is None
    assert str(seen[0].url) == "http://weft/base/x?nsfilter=n"
    assert seen[0].headers["authorization"] == "Bearer t"
    with pytest.raises(DemoError, match=r"POST http://weft/base/x\?nsfilter=n answered 409: taken"):
        api.call("POST", "/x")


def test_a_command_is_run_as_the_administrator(monkeypatch):
    seen = {}

    def run(arguments, **given):
        seen.update(arguments=arguments, env=given["env"])
        return SimpleNamespace(returncode=0, stdout='{"id": 1}', stderr="")

    monkeypatch.setenv("WEFT_TOKEN", "of somebody else")
    monkeypatch.setattr(customer.subprocess, "run", run)
    assert command(SERVER, "tenant", "create", "acme") == {"id": 1}
    assert seen["arguments"][-3:] == ["tenant", "create", "acme"]
    assert (seen["env"]["WEFT_SERVER"], seen["env"]["WEFT_USER"]) == ("http://weft", "u")
    assert "WEFT_TOKEN" not in seen["env"]


def test_a_command_that_fails_is_told_in_its_own_words(monkeypatch):
    failed = SimpleNamespace(returncode=3, stdout="", stderr="weft: tenant acme exists (409)\n")
    monkeypatch.setattr(customer.subprocess, "run", lambda *given, **more: failed)
    with pytest.raises(DemoError, match="weft tenant create acme ended with 3: weft: tenant acme exists"):
        command(SERVER, "tenant", "create", "acme")


def test_a_login_that_fails_is_told(monkeypatch):
    monkeypatch.setattr(customer.httpx, "post", lambda *given, **more: httpx.Response(400, text="invalid_client"))
    with pytest.raises(DemoError, match="400: invalid_client"):
        log_in("http://weft", "a", "b")
