"""Hostile adapter archives: nothing of them gets outside, nothing of them is left behind."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.ports.workers import PackageInvalid
from weft.workers import tarstream
from weft.workers.archive import inspect, unpack
from weft.workers.environment import Environments

MANIFEST = b"vendor: test\nproduct: kit\nversion: 1.0.0\nmodule: test_kit\n"
FILES = {"adapter.yaml": MANIFEST, "src/test_kit/__init__.py": b""}

Change = Callable[[tarfile.TarInfo], None]


def add(out: tarfile.TarFile, name: str, content: bytes = b"", **fields: object) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    out.addfile(info, io.BytesIO(content))


def archive(path: Path, fill: Callable[[tarfile.TarFile], None], form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, mode="w:gz", format=form) as out:
        for name, content in FILES.items():
            add(out, name, content)
        fill(out)
    return path


def refusal(path: Path, tmp_path: Path) -> str:
    """Both ways of reading refuse it, and unpacking writes nothing outside its directory."""
    (tmp_path / "work").mkdir()
    before = {item for item in tmp_path.rglob("*") if not item.is_relative_to(tmp_path / "work")}
    texts = []
    for read in (lambda: inspect(path), lambda: unpack(path, tmp_path / "work/out")):
        with pytest.raises(PackageInvalid) as caught:
            read()
        texts.append("; ".join(caught.value.details))
    assert texts[0] == texts[1]
    assert {item for item in tmp_path.rglob("*") if not item.is_relative_to(tmp_path / "work")} == before
    return texts[0]


@pytest.mark.parametrize("name", ["../x", "src/../../x", "/etc/x", "src/test_kit/..", "a\\..\\x", "C:/x", "x\x1b[2J"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_names_that_lead_outside(tmp_path: Path, name: str, form: int) -> None:
    assert refusal(archive(tmp_path / "a", lambda out: add(out, name, b"x"), form), tmp_path)


@pytest.mark.parametrize(
    ("kind", "target"),
    [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.SYMTYPE, "src"), (tarfile.LNKTYPE, "adapter.yaml"),
     (tarfile.CHRTYPE, ""), (tarfile.BLKTYPE, ""), (tarfile.FIFOTYPE, ""), (tarfile.CONTTYPE, ""), (b"V", ""),
     (b"M", ""), (tarfile.GNUTYPE_SPARSE, "")],
)  # fmt: skip
def test_links_devices_and_unknown_kinds(tmp_path: Path, kind: bytes, target: str) -> None:
    assert refusal(archive(tmp_path / "a", lambda out: add(out, "src/x", type=kind, linkname=target)), tmp_path)


def test_a_link_and_a_file_through_it(tmp_path: Path) -> None:
    def fill(out: tarfile.TarFile) -> None:
        add(out, "src/door", type=tarfile.SYMTYPE, linkname="/tmp")
        add(out, "src/door/x", b"x")

    assert "symbolic link" in refusal(archive(tmp_path / "a", fill), tmp_path)


def test_the_same_path_twice_and_a_path_below_a_file(tmp_path: Path) -> None:
    assert "twice" in refusal(archive(tmp_path / "a", lambda out: add(out, "adapter.yaml", b"x")), tmp_path)
    (tmp_path / "again").mkdir()
    below = archive(tmp_path / "again/a", lambda out: add(out, "adapter.yaml/x", b"x"))
    assert "below a file" in refusal(below, tmp_path / "again")


def test_pax_headers_are_bounded_and_cannot_make_sparse_files(tmp_path: Path) -> None:
    sparse = archive(tmp_path / "a", lambda out: add(out, "src/x", b"0\n" * 256, pax_headers={"GNU.sparse.major": "1"}))
    assert "sparse" in refusal(sparse, tmp_path)
    (tmp_path / "again").mkdir()
    big = archive(tmp_path / "again/a", lambda out: add(out, "src/x", pax_headers={"comment": "c" * 100_000}))
    assert "extended header" in refusal(big, tmp_path / "again")


def header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarstream, "MAX_MEMBER", 4 * 1024 * 1024)
    monkeypatch.setattr(tarstream, "MAX_UNPACKED", 6 * 1024 * 1024)
    monkeypatch.setattr(tarstream, "MAX_MEMBERS", 50)


def test_the_limits_are_those_that_are_documented() -> None:
    assert tarstream.MAX_MEMBER == 256 * 1024 * 1024
    assert tarstream.MAX_MEMBERS == 10_000
    assert tarstream.MAX_UNPACKED == 1024 * 1024 * 1024


@pytest.mark.parametrize("size", [256 * 1024 * 1024 + 1, 2**40, 2**63])
def test_a_member_that_is_announced_too_large_is_refused_before_it_is_read(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(header("src/x", size))
    assert "limit" in refusal(tmp_path / "a", tmp_path)


def test_too_many_members_and_too_much_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_limits(monkeypatch)

    def many(out: tarfile.TarFile) -> None:
        for number in range(60):
            add(out, f"src/{number}")

    assert "more than 50 members" in refusal(archive(tmp_path / "a", many), tmp_path)
    (tmp_path / "again").mkdir()

    def large(out: tarfile.TarFile) -> None:
        for number in range(3):
            add(out, f"src/{number}", bytes(3 * 1024 * 1024))

    assert "larger than" in refusal(archive(tmp_path / "again/a", large), tmp_path / "again")


def test_a_compression_bomb_is_stopped_while_streaming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 MiB of zeros behind a lying header in a few KiB: memory stays small, and so does what is written."""
    small_limits(monkeypatch)
    raw = header("src/x", 4 * 1024 * 1024) + bytes(4 * 1024 * 1024)
    raw += header("src/y", 4 * 1024 * 1024) + bytes(64 * 1024 * 1024)
    (tmp_path / "a").write_bytes(gzip.compress(raw))
    tracemalloc.start()
    try:
        assert "larger than" in refusal(tmp_path / "a", tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024
    written = sum(item.stat().st_size for item in (tmp_path / "work").rglob("*") if item.is_file())
    assert written <= 6 * 1024 * 1024


def test_bytes_behind_the_end_are_not_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a", lambda out: None)
    plain = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(plain + bytes(64 * 1024 * 1024)))
    assert inspect(path).manifest.adapter_id == "test.kit.v1.0.0"


def test_special_bits_and_owners_are_not_taken_over(tmp_path: Path) -> None:
    path = archive(tmp_path / "a", lambda out: add(out, "src/x", b"x", mode=0o6777, uid=12_345))
    unpack(path, tmp_path / "out")
    found = (tmp_path / "out/src/x").stat()
    assert found.st_mode & 0o7777 == 0o644
    assert found.st_uid == os.getuid()


def test_nothing_is_left_behind_by_a_refused_installation(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "root", tmp_path / "sdk")
    bad = archive(tmp_path / "a", lambda out: add(out, "../x", b"x"))
    with pytest.raises(PackageInvalid):
        environments.install(bad, "test.kit.v1.0.0")
    assert [item for item in (tmp_path / "root").rglob("*") if item.is_file()] == []
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"vendor: [", b"vendor: &a x\nproduct: *a\n", b"vendor: !!python/name:os.system x\n", b"\x00\xff",
     MANIFEST.replace(b"test_kit", b"../../x"), MANIFEST.replace(b"kit", b"../kit"),
     MANIFEST.replace(b"1.0.0", b"1.0.0/../x")],
)  # fmt: skip
def test_hostile_manifests(tmp_path: Path, manifest: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILES, "adapter.yaml", manifest)
    assert refusal(archive(tmp_path / "a", lambda out: None), tmp_path)


def test_a_manifest_above_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILES, "adapter.yaml", MANIFEST + b"#" * (3 * 1024 * 1024))
    assert "limit" in refusal(archive(tmp_path / "a", lambda out: None), tmp_path)
