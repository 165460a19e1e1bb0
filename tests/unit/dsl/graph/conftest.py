"""Compiling lists and graphs by their tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.compile import Compiled, compile_document
from weft.dsl.document.context import CompileContext, CompileOptions
from weft.dsl.graph.builder import Builder


@pytest.fixture
def compiled() -> Callable[..., Compiled]:
    """`compiled(tasks, **root)`: a task list named `unit`."""

    def make(tasks: Any, *, given: dict[str, Any] | None = None, **root: Any) -> Compiled:
        return compile_document({"_name": "unit", "_taskDefs": tasks, **root}, **(given or {}))

    return make


@pytest.fixture
def codes(compiled: Callable[..., Compiled]) -> Callable[..., list[tuple[str, str]]]:
    """`codes(tasks, **root)`: (code, pointer) of every problem."""

    def make(tasks: Any, **more: Any) -> list[tuple[str, str]]:
        return [(problem.code, problem.pointer) for problem in compiled(tasks, **more).problems]

    return make


@pytest.fixture
def spec(compiled: Callable[..., Compiled]) -> Callable[..., Any]:
    """`spec(task, **root)`: the spec of the only task of a list."""

    def make(task: dict[str, Any], **more: Any) -> Any:
        found = compiled([task], **more)
        assert found.program is not None, [problem.text() for problem in found.problems]
        return found.program.nodes[found.program.positions["/_taskDefs/0"]].spec

    return make


@pytest.fixture
def graph() -> Callable[..., Compiled]:
    """`graph(tasks, edges, **root)`: a graph named `unit`; edges are pairs."""

    def make(tasks: list[dict[str, Any]], *edges: tuple[str, str], given: Any = None, **root: Any) -> Compiled:
        pairs = [{"parent": parent, "child": child} for parent, child in edges]
        return compile_document({"name": "unit", "tasks": tasks, "edges": pairs, **root}, **(given or {}))

    return make


@pytest.fixture
def builder() -> Builder:
    return Builder(CompileContext("digest", "tasklist"))


@pytest.fixture
def scripts() -> dict[str, Any]:
    """What is given to the compiler where scripts are switched on."""
    return {"options": CompileOptions(allow=frozenset({"script"}))}
