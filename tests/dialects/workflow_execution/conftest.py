"""The whole product behind its HTTP surface, in this process."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load(stem: str, path: Path) -> ModuleType:
    """A module beside this one: with importlib mode, test folders are not on the import path."""
    if stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[stem] = module
        spec.loader.exec_module(module)
    return sys.modules[stem]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def play() -> ModuleType:
    """What tests are written with: ids, graphs, the world."""
    return _load("weft_workflow_execution_world", Path(__file__).with_name("world.py"))


@pytest.fixture(scope="session")
def live_play() -> ModuleType:
    """A server in a process of its own: `Live`, `Target`, `wait_for`."""
    return _load("weft_e2e_live", Path(__file__).parents[2] / "e2e" / "live.py")


@pytest.fixture(scope="module")
async def world(play: ModuleType, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> Any:
    found = play.World(tmp_path_factory.mktemp("world"))
    await found.open()
    yield found
    await found.close()
