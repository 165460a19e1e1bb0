"""`build`."""

import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from weft_adapter.author import BuildError, build, new


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    new(tmp_path / "src", "acme", "ipam")
    return tmp_path / "src"


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {item.name: tar.extractfile(item).read() for item in tar}  # type: ignore[union-attr]


def test_the_archive_holds_the_package_and_its_sums(adapter: Path, tmp_path: Path) -> None:
    (adapter / "docs").mkdir()
    (adapter / "docs/guide.md").write_text("read me")
    (adapter / "src/acme_ipam/__pycache__").mkdir()
    (adapter / "src/acme_ipam/__pycache__/x.pyc").write_bytes(b"x")
    archive = build(adapter, tmp_path / "out")
    assert archive.name == "cwm.v2.1.acme.ipam.v0.1.0.tar.gz"
    found = members(archive)
    assert sorted(found) == [
        "SHA256SUMS", "adapter.yaml", "docs/guide.md", "src/acme_ipam/__init__.py", "src/acme_ipam/things.py",
    ]  # fmt: skip
    for line in found["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(found[name]).hexdigest() == digest


def test_the_same_sources_give_the_same_bytes(adapter: Path, tmp_path: Path) -> None:
    first = build(adapter, tmp_path / "one").read_bytes()
    (adapter / "adapter.yaml").touch()
    assert build(adapter, tmp_path / "two").read_bytes() == first


def test_wheels_of_the_requirements_are_vendored(adapter: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / "tinydep-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinydep.py", "X = 1\n")
        wheel.writestr("tinydep-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinydep\nVersion: 1.0\n")
        wheel.writestr("tinydep-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tinydep-1.0.dist-info/RECORD", "")
    (adapter / "requirements.txt").write_text("tinydep\n")
    archive = build(adapter, tmp_path / "out", pip_arguments=["--no-index", "--find-links", str(shelf)])
    assert "wheels/tinydep-1.0-py3-none-any.whl" in members(archive)
    (adapter / "requirements.txt").write_text("not-there-at-all\n")
    with pytest.raises(BuildError, match="wheels"):
        build(adapter, tmp_path / "out", pip_arguments=["--no-index"])


def test_shared_files_can_be_added(adapter: Path, tmp_path: Path) -> None:
    (tmp_path / "extra.py").write_text("y = 1")
    archive = build(adapter, tmp_path / "out", shared={"src/acme_ipam/_extra.py": tmp_path / "extra.py"})
    assert members(archive)["src/acme_ipam/_extra.py"] == b"y = 1"


def test_links_and_missing_packages_are_refused(adapter: Path, tmp_path: Path) -> None:
    (adapter / "src/acme_ipam/link.py").symlink_to("/etc/hostname")
    with pytest.raises(BuildError, match="link"):
        build(adapter, tmp_path / "out")
    (adapter / "src/acme_ipam/link.py").unlink()
    (adapter / "src/acme_ipam/__init__.py").unlink()
    with pytest.raises(BuildError, match="missing"):
        build(adapter, tmp_path / "out")
    (adapter / "adapter.yaml").write_text("vendor: X")
    with pytest.raises(BuildError, match="vendor"):
        build(adapter, tmp_path / "out")
