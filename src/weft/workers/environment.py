"""Installations of adapters on disk.

ROOT/<adapter id>/<generation>/ holds `package/` (the unpacked archive), `env/` (a virtual environment of its own) and
`installed.json`; ROOT/<adapter id>/current is a link to the generation in use. A generation is made beside the others
and put in place by replacing the link, so a failing installation leaves the previous one. The one before it is kept
for processes that still run from it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import tempfile
import venv
from pathlib import Path

import msgspec

from weft.ports.workers import DeployFailed, InstalledAdapter, PackageInvalid
from weft.workers.archive import unpack
from weft.workers.children import run
from weft.workers.discovery import IMPORT_SECONDS, discover

PIP_SECONDS = 900.0
_ADAPTER_ID = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*\.v\d+\.\d+\.\d+")
_RECORD = "installed.json"


class Installation(msgspec.Struct, frozen=True):
    """Where an installed adapter lies: its interpreter, and the directory it runs in."""

    adapter: InstalledAdapter
    python: Path
    home: Path


class Environments:
    """The installations under `root`. `sdk` is the SDK directory; `index` an index that may be asked for packages
    which an adapter's requirements.txt names and its wheels do not hold (None: nothing is fetched).

    All methods block: call those that install in a thread.
    """

    def __init__(
        self, root: Path, sdk: Path, *, index: str | None = None, import_seconds: float = IMPORT_SECONDS
    ) -> None:
        self._root = root.resolve()
        self._sdk = sdk.resolve()
        self._index = index
        self._import_seconds = import_seconds

    def install(self, archive: Path, adapter_id: str) -> InstalledAdapter:
        """Unpack, build, discover, put in place. Raises PackageInvalid or DeployFailed; nothing is left behind."""
        place = self._place(adapter_id)
        place.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="g", dir=place))
        try:
            fresh.chmod(0o755)
            package = unpack(archive, fresh / "package")
            if package.manifest.adapter_id != adapter_id:
                told = package.manifest.adapter_id
                raise PackageInvalid(f"the archive holds {told}, not {adapter_id}", code="adapter_id")
            self._build(fresh)
            activities = discover(
                fresh / "env/bin/python", package.manifest, fresh / "package", seconds=self._import_seconds
            )
            found = InstalledAdapter(adapter_id, package.manifest, activities, package.digest)
            (fresh / _RECORD).write_bytes(msgspec.json.encode(found))
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        self._put_in_place(place, fresh)
        return found

    def find(self, adapter_id: str) -> Installation | None:
        """The installation in use, None if there is none."""
        current = self._place(adapter_id) / "current"
        try:
            home = current.resolve(strict=True)
            adapter = msgspec.json.decode((home / _RECORD).read_bytes(), type=InstalledAdapter)
        except (OSError, msgspec.DecodeError):
            return None
        return Installation(adapter, home / "env/bin/python", home / "package")

    def remove(self, adapter_id: str) -> None:
        """Remove an adapter's installations; no effect if there are none."""
        place = self._place(adapter_id)
        (place / "current").unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)

    def _place(self, adapter_id: str) -> Path:
        if not _ADAPTER_ID.fullmatch(adapter_id):
            raise PackageInvalid(f"{adapter_id[:255]!r} is no adapter id", code="adapter_id")
        return self._root / adapter_id

    def _build(self, fresh: Path) -> None:
        environment = fresh / "env"
        venv.EnvBuilder(with_pip=False, symlinks=True).create(environment)
        packages = next((environment / "lib").glob("python3.*")) / "site-packages"
        # Lines of a .pth file come behind site-packages; a relative one stays true when the generation is moved.
        source = os.path.relpath(fresh / "package/src", packages)
        (packages / "weft_adapter_home.pth").write_text(f"{source}\n{self._sdk}\n", encoding="utf-8")
        wheels = sorted((fresh / "package/wheels").glob("*.whl"))
        requirements = fresh / "package/requirements.txt"
        wanted = [str(wheel) for wheel in wheels]
        if self._index is not None and requirements.is_file():
            wanted += ["-r", str(requirements)]
        if wanted:
            self._pip(environment, fresh, wanted)

    def _pip(self, environment: Path, fresh: Path, wanted: list[str]) -> None:
        where = ["--no-index"] if self._index is None else ["--index-url", self._index]
        ran = run(
            [
                _pip_interpreter(), "-I", "-m", "pip", "--python", str(environment / "bin/python"), "--isolated",
                "--disable-pip-version-check", "--no-input", "install", "--no-cache-dir", "--no-compile",
                "--only-binary", ":all:", *where, *wanted,
            ],
            fresh,
            PIP_SECONDS,
        )  # fmt: skip
        if ran.status != 0:
            lines = [line for line in ran.output.splitlines() if line.strip()][-4:]
            cause = "pip took too long" if ran.status is None else " | ".join(lines)[:2_000]
            raise DeployFailed("the vendored packages cannot be installed", [cause], code="environment")

    def _put_in_place(self, place: Path, fresh: Path) -> None:
        current = place / "current"
        previous = current.resolve() if current.is_symlink() else None
        link = place / f".{fresh.name}.link"
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        link.replace(current)
        for item in place.iterdir():
            if item.is_dir() and not item.is_symlink() and item not in (fresh, previous):
                shutil.rmtree(item, ignore_errors=True)


def _pip_interpreter() -> str:
    """An interpreter that has pip: this one, or, where its environment was made without pip, the one it was made of."""
    if importlib.util.find_spec("pip") is not None:
        return sys.executable
    return getattr(sys, "_base_executable", sys.executable)
