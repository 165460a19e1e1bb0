"""Adapter archives: checked, their manifest read, and unpacked.

An upload is hostile until proven otherwise. One pass over the stream checks every limit, every member and every sum
of SHA256SUMS; only small files are kept in memory. Members lie at the archive's root or inside one top folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from weft.ports.workers import Package, PackageInvalid
from weft.workers.tarstream import ArchiveRefused, Member, TarReader, open_stream
from weft_adapter.manifest import PROPERTIES_NAME, YAML_NAME, Manifest, ManifestError, load

SUMS_NAME, SIGNATURE_NAME = "SHA256SUMS", "SHA256SUMS.sig"
MAX_FILE = 512 * 1024 * 1024
"""Bytes of an archive file."""
MAX_SMALL = 2 * 1024 * 1024
MAX_SMALL_TOTAL = 32 * 1024 * 1024


class _Contents:
    """What one pass saw: the sum of each file, and the content of the small files that say something."""

    def __init__(self) -> None:
        self.sums: dict[str, str] = {}
        self.small: dict[str, bytes] = {}
        self._small_total = 0

    def wants(self, member: Member) -> bool:
        """Manifests, sums, signature and schemas; at any place, since the top folder is not known yet."""
        parts = member.path.split("/")
        named = parts[-1] in (YAML_NAME, PROPERTIES_NAME, SUMS_NAME, SIGNATURE_NAME) and len(parts) <= 2
        schema = "schemas" in parts[:2] or parts[-1].endswith(".json")
        if not (named or schema) or (schema and not named and member.size > MAX_SMALL):
            return False
        if member.size > MAX_SMALL:
            raise ArchiveRefused(f"{member.path} has {member.size} bytes; the limit for it is {MAX_SMALL}")
        self._small_total += member.size
        if self._small_total > MAX_SMALL_TOTAL:
            raise ArchiveRefused(f"schemas and manifests are larger than {MAX_SMALL_TOTAL} bytes together")
        return True

    def top(self) -> str:
        """`""` or `<folder>/`: where the members lie."""
        if any(name in self.small for name in (YAML_NAME, PROPERTIES_NAME)):
            return ""
        folders = {path.split("/", 1)[0] for path in self.sums}
        if len(folders) == 1 and all("/" in path for path in self.sums):
            return folders.pop() + "/"
        return ""


def inspect(archive: Path) -> Package:
    """Check an archive completely without unpacking it; what it says of itself. Raises PackageInvalid."""
    contents, digest, size = _pass(archive, None)
    return _package(contents, digest, size)


def read_manifest(archive: Path) -> Manifest:
    """The checked manifest of an archive. Raises PackageInvalid."""
    return inspect(archive).manifest


def unpack(archive: Path, target: Path) -> Package:
    """Check an archive and unpack it into the new directory `target`, without its top folder.

    Files get mode 0644 and directories 0755, whatever the archive says. Raises PackageInvalid; what was written until
    then stays in `target`, which the caller throws away.
    """
    staging = target.with_name(target.name + ".unpacked")
    staging.mkdir(parents=True)
    contents, digest, size = _pass(archive, staging)
    package = _package(contents, digest, size)
    (staging / contents.top()).rename(target)
    if staging.exists():
        staging.rmdir()
    return package


def _pass(archive: Path, target: Path | None) -> tuple[_Contents, str, int]:
    contents = _Contents()
    try:
        size = archive.stat().st_size
        if size > MAX_FILE:
            raise ArchiveRefused(f"the file has {size} bytes; the limit is {MAX_FILE}")
        with archive.open("rb") as file:
            reader = TarReader(open_stream(file))
            for member in reader:
                _one(reader, member, contents, target)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except ArchiveRefused as error:
        raise PackageInvalid("the archive is not accepted", [str(error)], code="archive") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PackageInvalid("the archive cannot be unpacked", [reason], code="archive") from None
    return contents, digest, size


def _one(reader: TarReader, member: Member, contents: _Contents, target: Path | None) -> None:
    place = target / member.path if target is not None else None
    if member.is_directory:
        if place is not None:
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
        return
    digest = hashlib.sha256()
    kept: list[bytes] | None = [] if contents.wants(member) else None
    out = -1
    if place is not None:
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        out = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        for piece in reader.content():
            digest.update(piece)
            if kept is not None:
                kept.append(piece)
            if out >= 0:
                _write(out, piece)
    finally:
        if out >= 0:
            os.close(out)
    contents.sums[member.path] = digest.hexdigest()
    if kept is not None:
        contents.small[member.path] = b"".join(kept)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _package(contents: _Contents, digest: str, size: int) -> Package:
    top = contents.top()
    try:
        manifest = load(
            lambda name: contents.small.get(top + name), [name.removeprefix(top) for name in contents.small]
        )
    except ManifestError as error:
        raise PackageInvalid("the manifest is not accepted", error.problems, code="manifest") from None
    problems = _wrong_sums(contents, top)
    if f"{top}src/{manifest.module}/__init__.py" not in contents.sums:
        problems.append(f"src/{manifest.module}/__init__.py is missing; the manifest's module names that package")
    if not manifest.runs_on(sys.version_info[:3]):
        problems.append(f"python: the adapter wants {manifest.python}; here runs {sys.version.split()[0]}")
    if problems:
        raise PackageInvalid("the archive is not accepted", problems[:50], code="archive")
    return Package(
        manifest, digest, size, contents.small.get(top + SUMS_NAME), contents.small.get(top + SIGNATURE_NAME)
    )


def _wrong_sums(contents: _Contents, top: str) -> list[str]:
    """Problems of SHA256SUMS: it lists every other file but the signature, each with its sum."""
    text = contents.small.get(top + SUMS_NAME)
    if text is None:
        if top + SIGNATURE_NAME in contents.sums:
            return [f"{SIGNATURE_NAME} signs {SUMS_NAME}, which is missing"]
        return []
    listed: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        digest, _, path = line.partition(" ")
        name = path.lstrip(" *").removeprefix("./")
        if len(digest) != 64 or not name or name in listed:
            problems.append(f"{SUMS_NAME} line {number}: write `<64 hex digits>  <path>`, each path once")
        else:
            listed[name] = digest.lower()
    present = {path.removeprefix(top): digest for path, digest in contents.sums.items()}
    for name in (SUMS_NAME, SIGNATURE_NAME):
        present.pop(name, None)
    problems += [f"{name} is not in {SUMS_NAME}" for name in present.keys() - listed.keys()]
    problems += [f"{name} is in {SUMS_NAME}, but not in the archive" for name in listed.keys() - present.keys()]
    both = present.keys() & listed.keys()
    problems += [f"{name}: the sum does not match {SUMS_NAME}" for name in both if present[name] != listed[name]]
    return sorted(problems)
