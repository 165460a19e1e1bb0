"""Requests: redirects, addresses, headers, Retry-After."""

from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.web_call import (
    WebAnswer,
    WebCall,
    checked_headers,
    checked_url,
    codec_of,
    retry_after_ms,
    send,
    with_query,
)

pytestmark = pytest.mark.anyio


async def sent(desk, call: WebCall):
    return await send(desk.attempt("tasklist:HTTP", {}), call)


async def test_redirects_stay_within_the_origin(desk, web, second, reply):
    def answer(asked):
        if asked.path == "/a":
            return reply(302, None, location="/b")
        if asked.path == "/out":
            return reply(307, None, location=f"{second.url}/x")
        return reply(200, {"at": asked.path, "method": asked.method})

    web.answer = answer
    found = await sent(desk, WebCall("POST", f"{web.url}/a", {"authorization": "Bearer x"}, b"1"))
    assert found.body == b'{"at": "/b", "method": "GET"}'
    assert web.asked[1].headers["authorization"] == "Bearer x" and web.asked[1].body == b""
    other = await sent(desk, WebCall("GET", f"{web.url}/out"))
    assert other.status == 307 and second.asked == []


async def test_a_kept_method_keeps_its_body(desk, web, reply):
    web.answer = lambda asked: reply(308, None, location="/b") if asked.path == "/a" else reply(200, {})
    await sent(desk, WebCall("PUT", f"{web.url}/a", {}, b"data"))
    assert web.asked[1].method == "PUT" and web.asked[1].body == b"data"


async def test_five_redirects_and_no_more(desk, web, reply):
    web.answer = lambda asked: reply(302, None, location="/again")
    found = await sent(desk, WebCall("GET", f"{web.url}/a"))
    assert found.status == 302 and len(web.asked) == 6


@pytest.mark.parametrize("place", ["http://[", "http://u:p@127.0.0.1/", "ftp://x"])
async def test_a_redirect_that_leads_nowhere_is_the_answer(desk, web, reply, place):
    web.answer = lambda asked: reply(302, None, location=place)
    assert (await sent(desk, WebCall("GET", web.url))).status == 302


async def test_nobody_listens(desk, web):
    await web.close()
    with pytest.raises(AttemptFailed) as caught:
        await sent(desk, WebCall("GET", "http://127.0.0.1:9/"))
    assert caught.value.code == "COMMUNICATION" and caught.value.retryable


async def test_a_header_that_comes_twice_is_joined(desk, web):
    async def answer(asked):
        return 200, {"x-a": "1\r\nx-a: 2"}, b""

    web.answer = answer
    assert (await sent(desk, WebCall("GET", web.url))).headers["x-a"] == "1, 2"


async def test_a_compressed_body_that_is_broken_is_a_broken_answer(desk, web):
    web.answer = lambda asked: (200, {"content-encoding": "gzip"}, b"no gzip")
    with pytest.raises(AttemptFailed) as caught:
        await sent(desk, WebCall("GET", web.url))
    assert caught.value.code == "COMMUNICATION"


def test_retry_after():
    now = 1_775_520_000_000  # 2026-04-07T00:00:00Z
    assert retry_after_ms("5", now) == 5000
    assert retry_after_ms("Tue, 07 Apr 2026 00:00:10 GMT", now) == 10_000
    assert retry_after_ms("Tue, 07 Apr 2020 00:00:10 GMT", now) == 0
    for text in ("", "soon", "-5", "٣"):
        assert retry_after_ms(text, now) == 0
    assert AttemptFailed("X", "x", True, 10**12).retry_after_ms == 3_600_000


def test_headers_and_queries():
    assert checked_headers({"X-A": {"a": 1}, "B": None}) == {"x-a": '{"a":1}'}
    assert with_query(checked_url("http://h/p?a=1"), {"b": [True, 2], "c": {"d": 1}}) == (
        "http://h/p?a=1&b=true&b=2&c=%7B%22d%22%3A1%7D"
    )
    for name in ("transfer-encoding", "a b", ""):
        with pytest.raises(AttemptFailed):
            checked_headers({name: "x"})


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("", "utf_8"), ("UTF-8", "utf_8"), ("iso-8859-1", "latin_1"), ("ISO_8859-15", "iso8859_15"), ("x", "utf_8"),
        ("windows-1252", "cp1252"), ("Shift_JIS", "shift_jis"), ("us-ascii", "ascii"), ("u\0", "utf_8"),
    ],
)  # fmt: skip
def test_charsets_of_texts(charset, codec):
    assert codec_of(charset) == codec
    assert b"a".decode(codec_of(charset), "replace") in ("a", "\ufffd")


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "unicode_escape", "raw-unicode-escape", "utf-7"])
def test_a_charset_that_is_none_for_texts_is_not_used(charset):
    """`undefined` fails on everything; `punycode` takes half a minute for half a megabyte."""
    body = b"a" * 100_000 + b"-" + b"b" * 400_000
    assert codec_of(charset) == "utf_8"
    assert len(WebAnswer(200, "OK", {}, body, charset).text()) == len(body)
    assert WebAnswer(200, "OK", {}, body, charset).text(10) == "a" * 10
