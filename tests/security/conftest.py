"""What the security tests share with those of the whole product: real servers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load(stem: str) -> ModuleType:
    name = f"weft_e2e_{stem}"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "e2e" / f"{stem}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def play() -> ModuleType:
    """`Live`, `Target`, and what definitions are made with."""
    return _load("live")
