"""The directory with the adapter SDK and what it needs, which stands behind each adapter's own packages.

An installation makes it once (`pip install --target`). Where it is missing, as in a development checkout, `ensure`
makes it from the packages of the running environment, without a network.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path

from weft_adapter import __version__

REQUIRED = (
    "msgspec", "httpx", "httpcore", "h11", "anyio", "idna", "certifi", "typing_extensions", "jsonschema-rs", "pyyaml",
)  # fmt: skip
OPTIONAL = ("sniffio",)
STAMP = ".weft-sdk-stamp"


class SdkMissing(Exception):
    """The directory cannot be made; the text names what is missing."""


def ensure(path: Path) -> Path:
    """The SDK directory at `path`, absolute: as it is if an installation made it, else built or brought up to date.

    A copy made here carries a stamp of its sources, and is made again when they have changed. Raises SdkMissing.
    """
    target = path.resolve()
    stamp = target / STAMP
    if (target / "weft_adapter").is_dir() and not stamp.exists():
        return target
    wanted = _stamp()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _fill(fresh)
        (fresh / STAMP).write_text(wanted, encoding="utf-8")
        fresh.chmod(0o755)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _swap(fresh: Path, target: Path) -> None:
    old = fresh.with_name(fresh.name + "-old")
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        # Another process was faster; its copy is as good.
        if not (target / STAMP).is_file():
            raise
    shutil.rmtree(old, ignore_errors=True)


def _own_package() -> Path:
    spec = importlib.util.find_spec("weft_adapter")
    if spec is None or spec.origin is None:
        raise SdkMissing("the package weft_adapter is not installed")
    return Path(spec.origin).parent


def _distribution(name: str) -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise SdkMissing(f"{name} is not installed; it is needed to run adapters") from None


def _stamp() -> str:
    digest = hashlib.sha256(__version__.encode())
    own = _own_package()
    for item in sorted(own.rglob("*.py")):
        digest.update(item.relative_to(own).as_posix().encode())
        digest.update(item.read_bytes())
    for name in REQUIRED:
        digest.update(f"{name}=={_distribution(name).version}".encode())
    return digest.hexdigest()


def _fill(target: Path) -> None:
    shutil.copytree(_own_package(), target / "weft_adapter", ignore=shutil.ignore_patterns("__pycache__"))
    for name in REQUIRED:
        _copy(_distribution(name), target)
    for name in OPTIONAL:
        try:
            _copy(importlib.metadata.distribution(name), target)
        except importlib.metadata.PackageNotFoundError:
            continue


def _copy(distribution: importlib.metadata.Distribution, target: Path) -> None:
    for item in distribution.files or ():
        relative = Path(item)
        if ".." in relative.parts or relative.is_absolute() or "__pycache__" in relative.parts:
            continue
        source = Path(str(distribution.locate_file(item)))
        if source.is_file():
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / relative)
