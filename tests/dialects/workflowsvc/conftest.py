"""The whole product in one process, behind the API that these tests speak."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load(stem: str, folder: Path | None = None) -> ModuleType:
    """A module beside this one: with importlib mode, test folders are not on the import path."""
    name = f"weft_workflowsvc_{stem}"
    if name not in sys.modules:
        path = (folder or Path(__file__).parent) / f"{stem}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def play() -> ModuleType:
    """`task`, `rest`, `definition`: what requests are written with."""
    return _load("service_world")


@pytest.fixture(scope="session")
def live() -> ModuleType:
    """Servers in processes of their own, and targets of calls."""
    return _load("live", Path(__file__).parents[2] / "e2e")


@pytest.fixture(scope="module")
def target(live: ModuleType) -> Iterator[Any]:
    """A system on loopback that tasks may call."""
    found = live.Target()
    yield found
    found.close()


@pytest.fixture(scope="module")
async def server(
    play: ModuleType, target: Any, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Any]:
    """One product for a module; it may reach `target` and nothing else on loopback."""
    async with play.served(tmp_path_factory.mktemp("service"), target) as found:
        yield found


@pytest.fixture
async def space(server: Any, target: Any) -> Any:
    """Namespaces and callers that no other test has; the target answers as it does by itself."""
    target.seen.clear()
    target.release()
    target.answer = lambda asked: (200, {"path": asked["path"]})
    return await server.space()
