from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.errors import Malformed, TooLarge
from weft.web.forms import PartReader, RawUpload, media_type, parse_urlencoded, read_fields

pytestmark = pytest.mark.anyio
TYPE = 'multipart/form-data; boundary="xyz"'
BODY = (
    b'--xyz\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.tar.gz"\r\n'
    b"Content-Type: application/gzip\r\n\r\n\x00\x01\r\n--xy\x02\r\n--xyz--\r\n"
)


async def pieces_of(data: bytes, size: int):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def all_parts(data: bytes, size: int = 7, content_type: str = TYPE):
    found = []
    async for part in PartReader(pieces_of(data, size), content_type).parts():
        found.append((part.name, part.filename, b"".join([chunk async for chunk in part.chunks()])))
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_parts_come_out_whole_however_the_body_is_cut(size):
    assert await all_parts(BODY, size) == [("note", "", b"hello"), ("file", "a.tar.gz", b"\x00\x01\r\n--xy\x02")]


async def test_a_part_that_is_not_read_is_skipped():
    names = [part.name async for part in PartReader(pieces_of(BODY, 5), TYPE).parts()]
    assert names == ["note", "file"]


@pytest.mark.parametrize("data", [b"", BODY[:60], BODY[:-10], b"--abc\r\n\r\n"])
async def test_a_body_that_is_cut_short_or_has_another_boundary_is_malformed(data):
    with pytest.raises(Malformed):
        await all_parts(data)


async def test_a_missing_boundary_is_malformed():
    with pytest.raises(Malformed, match="boundary"):
        await all_parts(BODY, 7, "multipart/form-data")


async def test_too_many_parts_and_headers_are_malformed():
    part = b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    with pytest.raises(Malformed):
        await all_parts(part * 1001 + b"--xyz--\r\n", 4096)
    headers = b"".join(b"X-%d: 1\r\n" % number for number in range(50))
    with pytest.raises(Malformed):
        await all_parts(b"--xyz\r\n" + headers + b"\r\n1\r\n--xyz--\r\n", 4096)


async def test_fields_of_a_small_form():
    reader = PartReader(pieces_of(BODY.replace(b"\x00\x01", b"ok"), 9), TYPE)
    assert (await read_fields(reader, 1000))["note"] == "hello"


async def test_a_form_above_its_limit_is_too_large():
    with pytest.raises(TooLarge):
        await read_fields(PartReader(pieces_of(BODY, 9), TYPE), 8)


async def test_a_field_that_is_not_utf8_is_malformed():
    with pytest.raises(Malformed):
        await read_fields(PartReader(pieces_of(BODY.replace(b"hello", b"\xff"), 9), TYPE), 1000)


async def test_a_raw_body_is_an_upload_named_file():
    upload = RawUpload(pieces_of(b"abc", 2))
    assert (upload.name, [chunk async for chunk in upload.chunks()]) == ("file", [b"ab", b"c"])


def test_urlencoded_keeps_order_blanks_and_repeats():
    assert parse_urlencoded("a=1&b=&a=2%20x") == {"a": ["1", "2 x"], "b": [""]}


@pytest.mark.parametrize("text", ["a=%ff", "&".join(f"a{n}=1" for n in range(1001))])
def test_urlencoded_refuses_what_cannot_be_read(text):
    with pytest.raises(Malformed):
        parse_urlencoded(text)


def test_media_type_without_parameters():
    assert media_type("Application/JSON ; charset=utf-8") == "application/json"


@given(st.binary(max_size=300))
def test_no_body_makes_the_reader_fail_otherwise(data):
    async def run():
        with contextlib.suppress(Malformed):
            await all_parts(b"--xyz\r\n" + data, 11)

    asyncio.run(run())


@given(st.text(max_size=30), st.text(max_size=30))
def test_names_of_any_characters_come_through_or_are_malformed(name, filename):
    header = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"; filename*=utf-8\'\'%E2%82%AC'
    data = b"--xyz\r\n" + header.encode("utf-8", "surrogatepass") + b"\r\n\r\n1\r\n--xyz--\r\n"

    async def run():
        with contextlib.suppress(Malformed):
            assert len(await all_parts(data, 11)) == 1

    asyncio.run(run())


async def test_names_are_utf8():
    data = '--xyz\r\nContent-Disposition: form-data; name="größe"; filename="日本.bin"\r\n\r\n1\r\n--xyz--\r\n'.encode()
    assert await all_parts(data) == [("größe", "日本.bin", b"1")]


@pytest.mark.parametrize(
    ("text", "told"), [("a=%ff", "the query is not UTF-8"), ("&".join(["a=1"] * 1001), "more than 1000 fields")]
)
def test_what_cannot_be_read_is_told_in_our_words(text, told):
    with pytest.raises(Malformed, match=told):
        parse_urlencoded(text, "query")
