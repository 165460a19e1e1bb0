from __future__ import annotations

import pytest

from weft.web.answers import encode, headers_of, send_whole
from weft.web.operations import Answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(body={"a": [1, None]}), b'{"a":[1,null]}'),
        (Answer(body="text"), b'"text"'),
        (Answer(body=None), b"null"),
        (Answer(body=b'{"raw":1}'), b'{"raw":1}'),
        (Answer(body="plain", media="text/plain"), b"plain"),
        (Answer(body=b"\x00", media="application/octet-stream"), b"\x00"),
        (Answer(body=None, media="text/plain"), b""),
        (Answer(body={"a": 1}, media="application/problem+json"), b'{"a":1}'),
        (Answer(body={"a": 1}, empty=True), b""),
        (Answer(status=204, body={"a": 1}), b""),
    ],
)
def test_bodies(answer, expected):
    assert encode(answer) == expected


def test_header_values_cannot_start_another_header():
    headers = dict(headers_of(Answer(headers={"Location": "http://x\r\nset-cookie: a=b"})))
    assert headers[b"location"] == b"http://x  set-cookie: a=b"
    assert b"set-cookie" not in headers


def test_an_answers_own_header_replaces_ours():
    headers = headers_of(Answer(headers={"Cache-Control": "public"}))
    assert [value for name, value in headers if name == b"cache-control"] == [b"public"]


def test_nothing_is_sniffed_nor_kept():
    headers = dict(headers_of(Answer(media="text/html")))
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"content-type"] == b"text/html"


@pytest.mark.anyio
async def test_204_has_neither_type_nor_length():
    sent = []

    async def send(message):
        sent.append(message)

    assert await send_whole(send, Answer(status=204, empty=True), (), False) == 0
    assert not {b"content-type", b"content-length"} & {name for name, _ in sent[0]["headers"]}
