"""The tar reader against the standard library's writer, and against damaged archives."""

import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.workers.tarstream import ArchiveRefused, TarReader, checked_path, open_stream


def read(data: bytes) -> dict[str, bytes | None]:
    reader = TarReader(open_stream(io.BytesIO(data)))
    return {item.path: None if item.is_directory else b"".join(reader.content()) for item in reader}


def tar(files: dict[str, bytes | None], form: int = tarfile.PAX_FORMAT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as out:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size = len(content or b"")
            out.addfile(info, io.BytesIO(content or b""))
    return raw.getvalue()


FILES: dict[str, bytes | None] = {
    "a.txt": b"1", "dir": None, "dir/b": b"x" * 1_000, "empty": b"", "block": b"y" * 512,
    "long/" + "n" * 150 + "/" + "m" * 150: b"z", "ünï": b"u",
}  # fmt: skip


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_the_standard_library_writes_is_read(form: int, pack: object) -> None:
    assert read(pack(tar(FILES, form))) == FILES  # type: ignore[operator]


def test_ustar_prefixes_are_joined() -> None:
    name = "p" * 90 + "/" + "q" * 90
    assert read(tar({name: b"1"}, tarfile.USTAR_FORMAT)) == {name: b"1"}


def test_content_that_is_not_asked_for_is_skipped() -> None:
    reader = TarReader(open_stream(io.BytesIO(tar(FILES))))
    assert [item.path for item in reader] == list(FILES)


@pytest.mark.parametrize("cut", [100, 512, 600, 1_500])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_cut_archive_is_refused(cut: int, pack: object) -> None:
    data = pack(tar({"a": random.Random(1).randbytes(2_048)}))  # type: ignore[operator]
    with pytest.raises(ArchiveRefused):
        read(data[: min(cut, len(data) - 10)])


@given(st.binary(max_size=2_000))
def test_garbage_is_refused_or_empty(data: bytes) -> None:
    for content in (data, b"\x1f\x8b" + data):
        try:
            assert read(content) == {}
        except ArchiveRefused:
            continue


@given(st.integers(0, 1_535), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_harmless(place: int, value: int) -> None:
    data = bytearray(tar({"dir/file": b"content"}, tarfile.USTAR_FORMAT))
    data[place] = value
    try:
        found = read(bytes(data))
    except ArchiveRefused:
        return
    assert all(not path.startswith("/") and ".." not in path.split("/") for path in found)


@pytest.mark.parametrize("name", ["/a", "a/../b", "..", "a\\b", "c:/x", "a\nb", "x" * 300, "d/" * 600 + "e"])
def test_bad_names(name: str) -> None:
    with pytest.raises(ArchiveRefused):
        checked_path(name)


@pytest.mark.parametrize(("name", "path"), [("./a/./b", "a/b"), ("a//b/", "a/b"), (".", ""), ("...", "...")])
def test_good_names(name: str, path: str) -> None:
    assert checked_path(name) == path
