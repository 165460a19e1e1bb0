"""What tests of the whole product share: servers in processes of their own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load(stem: str) -> ModuleType:
    """A module beside this one: with importlib mode, test folders are not on the import path."""
    name = f"weft_e2e_{stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{stem}.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def play() -> ModuleType:
    """`Live`, `Target`, and what definitions are made with."""
    return _load("live")


@pytest.fixture(scope="module")
def target(play: ModuleType) -> Iterator[Any]:
    """A system on loopback that activities may call."""
    found = play.Target()
    yield found
    found.close()


@pytest.fixture(scope="module")
def live(play: ModuleType, target: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server for a module; it may reach `target` and nothing else on loopback."""
    with play.served(tmp_path_factory.mktemp("live"), allow=f"127.0.0.1:{target.port}") as server:
        yield server
