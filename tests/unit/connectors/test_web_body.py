from __future__ import annotations

import pytest

from weft.connectors.web_body import kept_body
from weft.connectors.web_call import WebAnswer

pytestmark = pytest.mark.anyio


async def body_of(desk, body: bytes, kind: str = "", charset: str = ""):
    headers = {"content-type": kind} if kind else {}
    return await kept_body(desk.attempt("tasklist:HTTP", {}), WebAnswer(200, "OK", headers, body, charset))


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        (b"", "application/json", None),
        (b'{"a":1}', "application/json; charset=utf-8", {"a": 1}),
        (b"[1]", "application/problem+json", [1]),
        (b"{broken", "application/json", "{broken"),
        (b"1" * 30, "application/json", "1" * 30),
        (b"[" * 200 + b"]" * 200, "application/json", "[" * 200 + "]" * 200),
        (b"<a/>", "image/svg+xml", "<a/>"),
        (b"a: 1", "application/yaml", "a: 1"),
        (b"plain", "", "plain"),
        (b"\xff", "text/plain", "\ufffd"),
    ],
)
async def test_values(desk, body, kind, value):
    assert await body_of(desk, body, kind) == (value, None)


async def test_a_charset(desk):
    assert await body_of(desk, b"\xe9", "text/plain", "latin-1") == ("é", None)
    assert await body_of(desk, b"x", "text/plain", "no-such-charset") == ("x", None)


@pytest.mark.parametrize(("body", "kind"), [(b"x", "application/pdf"), (b"\xff\xfe", ""), (b"a\0b", "")])
async def test_binary_is_stored(desk, body, kind):
    value, stored = await body_of(desk, body, kind)
    assert value is None and stored["_size"] == len(body)
