"""Packages: what an archive says of itself, and unpacking it."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.ports.workers import PackageInvalid
from weft.workers.archive import inspect, read_manifest, unpack

Make = Callable[..., Path]
MANIFEST = b"vendor: test\nproduct: kit\nversion: 1.0.0\nmodule: test_kit\n"


def packed(files: dict[str, bytes], path: Path, top: str = "", zipped: bool = True) -> Path:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as out:
        for name, content in files.items():
            info = tarfile.TarInfo(top + name)
            info.size, info.mode = len(content), 0o4777
            out.addfile(info, io.BytesIO(content))
    path.write_bytes(gzip.compress(raw.getvalue()) if zipped else raw.getvalue())
    return path


FILES = {"adapter.yaml": MANIFEST, "src/test_kit/__init__.py": b"", "src/test_kit/f.py": b"x = 1\n"}


def sums(files: dict[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


def problems(path: Path) -> str:
    with pytest.raises(PackageInvalid) as caught:
        inspect(path)
    return " | ".join(caught.value.details)


def test_a_built_archive_is_accepted(make: Make) -> None:
    archive = make()
    package = inspect(archive)
    assert package.manifest.adapter_id == "test.kit.v1.0.0" == read_manifest(archive).adapter_id
    assert package.digest == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert package.size == archive.stat().st_size
    assert package.sums is not None
    assert package.signature is None


@pytest.mark.parametrize("top", ["", "./", "kit-1.0.0/"])
@pytest.mark.parametrize("zipped", [True, False])
def test_members_lie_at_the_root_or_in_one_top_folder(tmp_path: Path, top: str, zipped: bool) -> None:
    files = {**FILES, "SHA256SUMS": sums(FILES), "SHA256SUMS.sig": b"c2ln"}
    archive = packed(files, tmp_path / "a.tar", top, zipped)
    package = unpack(archive, tmp_path / "out")
    assert package.signature == b"c2ln"
    assert (tmp_path / "out/src/test_kit/f.py").read_text() == "x = 1\n"
    assert (tmp_path / "out/adapter.yaml").stat().st_mode & 0o7777 == 0o644
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.tar", "out"]


def test_schemas_are_read_from_the_archive(tmp_path: Path) -> None:
    manifest = MANIFEST + b"resourceTypes:\n  - {id: test.kit.resource.v1.0.0, schema: schemas/r.json}\n"
    archive = packed({**FILES, "adapter.yaml": manifest, "schemas/r.json": b'{"type": "object"}'}, tmp_path / "a")
    assert inspect(archive).manifest.resource_types[0].schema == {"type": "object"}


def test_every_file_but_the_signature_must_be_listed_with_its_sum(tmp_path: Path) -> None:
    right = sums(FILES)
    wrong = right.replace(right[:8], b"00000000", 1)
    missing = right.splitlines(keepends=True)[0]
    extra = right + b"0" * 64 + b"  src/none.py\n"
    for text, told in (
        (wrong, "does not match"),
        (missing, "not in SHA256SUMS"),
        (extra, "not in the archive"),
        (b"x", "line 1"),
    ):
        assert told in problems(packed({**FILES, "SHA256SUMS": text}, tmp_path / "a"))


def test_a_signature_without_sums_is_refused(tmp_path: Path) -> None:
    assert "SHA256SUMS" in problems(packed({**FILES, "SHA256SUMS.sig": b"x"}, tmp_path / "a"))


def test_wrong_manifests(tmp_path: Path) -> None:
    assert "adapter.yaml" in problems(packed({"x": b""}, tmp_path / "a"))
    assert "vendor" in problems(packed({**FILES, "adapter.yaml": b"vendor: X\n"}, tmp_path / "a"))
    assert "test_kit" in problems(packed({"adapter.yaml": MANIFEST}, tmp_path / "a"))
    assert "python" in problems(packed({**FILES, "adapter.yaml": MANIFEST + b'python: ">=99"\n'}, tmp_path / "a"))


def test_two_top_folders_have_no_manifest(tmp_path: Path) -> None:
    files = {f"a/{name}": content for name, content in FILES.items()}
    assert "adapter.yaml" in problems(packed({**files, "b/x": b""}, tmp_path / "a"))


def test_a_file_that_is_missing_or_no_archive(tmp_path: Path) -> None:
    with pytest.raises(PackageInvalid):
        inspect(tmp_path / "none")
    (tmp_path / "text").write_text("hello " * 200)
    with pytest.raises(PackageInvalid):
        inspect(tmp_path / "text")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(PackageInvalid):
        inspect(tmp_path / "empty")
