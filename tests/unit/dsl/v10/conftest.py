"""Compiling 1.0 documents by their tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.compile import Compiled, compile_document
from weft.dsl.document.context import CompileContext
from weft.dsl.v10.builder import Builder
from weft.dsl.v10.tasks import lower_task

HEAD = {"dsl": "1.0.3", "namespace": "t", "name": "unit", "version": "1.0.0"}


@pytest.fixture
def compiled() -> Callable[..., Compiled]:
    """`compiled(tasks, **root)`."""

    def make(tasks: Any, *, given: dict[str, Any] | None = None, **root: Any) -> Compiled:
        return compile_document({"document": HEAD, "do": tasks, **root}, **(given or {}))

    return make


@pytest.fixture
def codes(compiled: Callable[..., Compiled]) -> Callable[..., list[tuple[str, str]]]:
    """`codes(tasks, **root)`: (code, pointer) of every problem."""

    def make(tasks: Any, **more: Any) -> list[tuple[str, str]]:
        return [(problem.code, problem.pointer) for problem in compiled(tasks, **more).problems]

    return make


@pytest.fixture
def node(compiled: Callable[..., Compiled]) -> Callable[..., Any]:
    """`node(task, **root)`: the node of the only task of a document."""

    def make(task: dict[str, Any], **root: Any) -> Any:
        found = compiled([{"x": task}], **root)
        assert found.program is not None, [problem.text() for problem in found.problems]
        return found.program.nodes[found.program.positions["/do/0/x"]]

    return make


@pytest.fixture
def builder() -> Callable[..., Builder]:
    """`builder(**root)`: a builder of a document without tasks."""

    def make(**root: Any) -> Builder:
        return Builder({"document": HEAD, **root}, CompileContext("digest", "v10"), lower_task)

    return make
