"""The build hook: the built-in adapters become package data."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuiltinAdapters(BuildHookInterface[Any]):
    """Builds adapters/* into src/weft/app/builtin before the files of the distribution are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("build_builtin", root / "tools/build_builtin.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build_all(root, root / "src/weft/app/builtin")
