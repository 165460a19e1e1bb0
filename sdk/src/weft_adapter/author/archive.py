"""`build`: an adapter's directory into an archive. The same sources give the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from weft_adapter.manifest import PROPERTIES_NAME, YAML_NAME, Manifest, ManifestError, load

FOLDERS = ("src", "schemas", "wheels", "docs")
SUMS_NAME = "SHA256SUMS"
REQUIREMENTS_NAME = "requirements.txt"
MAX_MEMBER = 256 * 1024 * 1024
MAX_MEMBERS = 10_000
_LEFT_OUT = ("__pycache__", ".git", ".pytest_cache", ".ruff_cache")


class BuildError(Exception):
    """The adapter cannot be built; the text says what to change."""


def read_directory(path: Path) -> Manifest:
    """The checked manifest of an adapter's directory. Raises BuildError."""
    root = path.resolve()

    def read(name: str) -> bytes | None:
        target = (root / name).resolve()
        return target.read_bytes() if target.is_relative_to(root) and target.is_file() else None

    try:
        manifest = load(read, [f"schemas/{file.name}" for file in root.glob("schemas/*.json")])
    except ManifestError as error:
        raise BuildError(str(error)) from None
    if not (root / "src" / manifest.module / "__init__.py").is_file():
        raise BuildError(f"src/{manifest.module}/__init__.py is missing; the manifest's module names that package")
    return manifest


def build(
    path: Path, out: Path, *, pip_arguments: Sequence[str] = (), shared: Mapping[str, Path] | None = None
) -> Path:
    """Write the archive of the adapter in `path` into the directory `out`; the archive's path.

    Holds the manifest, src/, schemas/, wheels/, docs/ and SHA256SUMS over all of them. If there is a
    requirements.txt, the wheels it asks for are vendored (`pip wheel`, with `pip_arguments` such as --no-index and
    --find-links). `shared` adds files from elsewhere: path inside the archive -> file. Raises BuildError.
    """
    manifest = read_directory(path)
    files = _files(path)
    for name, source in (shared or {}).items():
        files[name] = source.read_bytes()
    if (path / REQUIREMENTS_NAME).is_file():
        files.update(_vendored(path / REQUIREMENTS_NAME, pip_arguments))
    _check_sizes(files)
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files[SUMS_NAME] = sums.encode()
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"cwm.v{manifest.cwmversion or '2.1'}.{manifest.adapter_id}.tar.gz"
    temporary = target.with_suffix(".part")
    temporary.write_bytes(_archive(files))
    temporary.replace(target)
    return target


def _files(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name in (YAML_NAME, PROPERTIES_NAME):
        if (path / name).is_file():
            files[name] = (path / name).read_bytes()
    for folder in FOLDERS:
        for item in sorted((path / folder).rglob("*")):
            relative = item.relative_to(path)
            if any(part in _LEFT_OUT for part in relative.parts) or item.suffix == ".pyc":
                continue
            if item.is_symlink():
                raise BuildError(f"{relative} is a link; an archive holds files and directories only")
            if item.is_file():
                files[relative.as_posix()] = item.read_bytes()
    return files


def _vendored(requirements: Path, pip_arguments: Sequence[str]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--no-input", "--wheel-dir", scratch,
            *pip_arguments, "-r", str(requirements),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1_800)
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines()[-5:]
            raise BuildError("the wheels of requirements.txt cannot be collected: " + " | ".join(lines))
        return {f"wheels/{item.name}": item.read_bytes() for item in sorted(Path(scratch).glob("*.whl"))}


def _check_sizes(files: Mapping[str, bytes]) -> None:
    if len(files) >= MAX_MEMBERS:
        raise BuildError(f"{len(files)} files; an archive holds at most {MAX_MEMBERS}")
    for name, content in files.items():
        if len(content) > MAX_MEMBER:
            raise BuildError(f"{name} is larger than {MAX_MEMBER} bytes")


def _archive(files: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(files[name]))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped:
        zipped.write(raw.getvalue())
    return packed.getvalue()
