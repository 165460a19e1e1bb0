"""Adapters for the workers' tests, and one SDK directory for all of them."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.workers import sdk_dir
from weft_adapter.author import build

SOURCE = '''
import os, signal, threading
from weft_adapter import ActivityContext, ActivityError, activity

@activity
async def echo(input: dict) -> dict:
    return input

@activity
async def crash() -> dict:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}

@activity
async def stuck(ctx: ActivityContext) -> dict:
    import asyncio
    await asyncio.Event().wait()
    return {}

@activity
def where() -> dict:
    return {"environment": dict(os.environ), "group": os.getpgrp() == os.getpid(), "pid": os.getpid()}

@activity
async def until(input: dict) -> dict:
    """Wait until the file is there."""
    import asyncio
    while not os.path.exists(input["path"]):
        await asyncio.sleep(0.01)
    return {"seen": True}
'''


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK directory, made once for all processes of a test run."""
    place = tmp_path_factory.getbasetemp().parent
    with (place / "sdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return sdk_dir.ensure(place / "weft-sdk")


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(source=..., version=..., extra={path: content})`: the archive of the adapter test.kit."""

    def made(source: str = SOURCE, version: str = "1.0.0", extra: dict[str, bytes] | None = None) -> Path:
        place = tmp_path / f"sources-{version}-{abs(hash(source))}-{len(extra or {})}"
        package = place / "src/test_kit"
        package.mkdir(parents=True, exist_ok=True)
        manifest = f"vendor: test\nproduct: kit\nversion: {version}\nmodule: test_kit\nauthor: test\n"
        (place / "adapter.yaml").write_text(manifest)
        (package / "__init__.py").write_text("")
        (package / "f.py").write_text(source)
        for name, content in (extra or {}).items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        return build(place, place / "out")

    return made
