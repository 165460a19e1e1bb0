"""The server's records behind their API."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load(stem: str = "record_world") -> ModuleType:
    """A module beside this one: with importlib mode, test folders are not on the import path."""
    name = f"weft_{stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{stem}.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def made() -> ModuleType:
    """The builders of archives and definitions."""
    return _load()


@pytest.fixture
async def records(tmp_path: Path, anyio_backend: str):
    world = _load().RecordWorld(tmp_path)
    await world.open()
    yield world
    await world.close()


@pytest.fixture
def play() -> ModuleType:
    """What tests of jobs are written with: `flow`, `failed`, `decoded`."""
    return _load("job_world")


@pytest.fixture
async def world(records, made, play):
    found = play.JobWorld(records, made)
    await found.open()
    yield found
    await found.close()
