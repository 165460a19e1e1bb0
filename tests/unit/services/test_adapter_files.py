from __future__ import annotations

import hashlib

import pytest

from weft.domain.errors import Invalid, TooLarge
from weft.services.adapter_files import AdapterFiles

pytestmark = pytest.mark.anyio


async def pieces(*parts):
    for part in parts:
        yield part


@pytest.fixture
def files(tmp_path):
    found = AdapterFiles(tmp_path / "files", max_bytes=10)
    found.prepare()
    return found


async def test_receive_keep_remove(files, tmp_path):
    staged = await files.receive(pieces(b"abc", b"def"), "one")
    assert (staged.size, staged.digest) == (6, hashlib.sha256(b"abcdef").hexdigest())
    name = await files.keep(staged, "a.b.v1.0.0")
    assert files.path(name).read_bytes() == b"abcdef"
    await files.discard(staged)
    assert await files.remove(name)
    assert not await files.remove(name)
    assert not await files.remove("")


async def test_bounds_leave_nothing(files, tmp_path):
    with pytest.raises(TooLarge):
        await files.receive(pieces(b"x" * 11), "big")
    with pytest.raises(Invalid):
        await files.receive(pieces(), "empty")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_copy_and_prepare_again(files, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"123")
    staged = await files.copy(source, "copy")
    assert staged.path.read_bytes() == b"123"
    files.prepare()
    assert not staged.path.exists()
    await files.discard(staged)
