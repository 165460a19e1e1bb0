from __future__ import annotations

import httpx
import pytest

from weft.cli.connection import DEFAULT_SERVER, Choices, answer_of, call, client, message_of, resolve
from weft.cli.contexts import Context, Contexts
from weft.cli.failures import CommandError

STORED = Contexts(
    "lab", {"lab": Context("http://lab", token="t1"), "prod": Context("http://prod", user="u", password="p")}
)


@pytest.mark.parametrize(
    ("choices", "environ", "expected"),
    [
        (Choices(), {}, Context("http://lab", token="t1")),
        (Choices(context="prod"), {}, Context("http://prod", user="u", password="p")),
        (Choices(), {"WEFT_CONTEXT": "prod"}, Context("http://prod", user="u", password="p")),
        (Choices(), {"WEFT_TOKEN": "t2"}, Context("http://lab", token="t2")),
        (Choices(), {"WEFT_USER": "x", "WEFT_PASSWORD": "y"}, Context("http://lab", user="x", password="y")),
        (Choices(server="http://lab/"), {}, Context("http://lab", token="t1")),
        (Choices(server="http://other"), {}, Context("http://other")),
        (Choices(server="http://other"), {"WEFT_TOKEN": "t2"}, Context("http://other", token="t2")),
        (Choices(), {"WEFT_SERVER": "http://other", "WEFT_USER": "x"}, Context("http://other", user="x")),
    ],
)
def test_where_and_who(choices, environ, expected):
    assert resolve(choices, environ, STORED) == expected


def test_a_context_is_never_sent_to_another_server():
    assert resolve(Choices(server="http://evil"), {}, STORED).token == ""


def test_without_anything_the_local_server():
    assert resolve(Choices(), {}, Contexts()) == Context(DEFAULT_SERVER)


def test_a_token_file(tmp_path):
    file = tmp_path / "t"
    file.write_text("weft_k\n")
    assert resolve(Choices(token_file=str(file)), {"WEFT_TOKEN": "no"}, Contexts()).token == "weft_k"
    with pytest.raises(CommandError, match="token file"):
        resolve(Choices(token_file=str(tmp_path / "none")), {}, Contexts())


def test_an_unknown_context_is_told():
    with pytest.raises(CommandError, match="no context"):
        resolve(Choices(context="none"), {}, STORED)


@pytest.mark.parametrize(
    ("context", "header", "value"),
    [
        (Context("http://x", token="weft_k"), "x-api-key", "weft_k"),
        (Context("http://x", token="a.b.c"), "authorization", "Bearer a.b.c"),
        (Context("http://x", user="u", password="p"), "authorization", "Basic dTpw"),
    ],
)
def test_credentials_on_the_wire(server, context, header, value):
    server.says({})
    with client(context) as http:
        http.get("/")
    assert server.requests[0].headers[header] == value


@pytest.mark.parametrize(
    ("status", "code"), [(400, 6), (401, 4), (403, 4), (404, 5), (409, 6), (429, 7), (500, 7), (503, 7)]
)
def test_exit_codes(status, code):
    with pytest.raises(CommandError) as failed:
        answer_of(httpx.Response(status, json={"message": "why"}))
    assert (failed.value.code, failed.value.message.partition(";")[0]) == (code, f"why ({status})")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"error": {"code": "x", "message": "m", "details": ["a", "b"]}}, "m: a; b"),
        ({"code": 400, "message": "m", "detail": "d"}, "m: d"),
        ({"code": 400, "message": "m", "detail": ""}, "m"),
        ({"errorCode": 3, "message": "m"}, "m"),
        ("text", "text"), (None, ""), ([], ""),
    ],
)  # fmt: skip
def test_messages_of_all_dialects(value, expected):
    assert message_of(value) == expected


def test_no_server_and_no_address(monkeypatch):
    monkeypatch.setenv("WEFT_SERVER", "http://127.0.0.1:1")
    with pytest.raises(CommandError, match=r"no answer from http://127.0.0.1:1: .*start one with weft serve") as failed:
        call("GET", "/")
    assert failed.value.code == 3
    monkeypatch.setenv("WEFT_SERVER", "nonsense")
    with pytest.raises(CommandError) as failed:
        call("GET", "/")
    assert failed.value.code == 2


def test_a_login_that_fails_says_how_to_log_in():
    with pytest.raises(CommandError, match=r"who\? \(401\); log in with WEFT_USER"):
        answer_of(httpx.Response(401, json={"error": {"message": "who?"}}))


def test_an_answer_that_is_no_json_is_text():
    assert answer_of(httpx.Response(200, text="plain")) == "plain"
    assert answer_of(httpx.Response(204)) is None
