"""A states document in few words, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.document.context import CompileContext, CompileOptions
from weft.dsl.machine.program import Program
from weft.dsl.problems import Problem, errors_of
from weft.dsl.v08 import compile_states
from weft.dsl.v08.draft import Draft
from weft.dsl.v08.functions import read_functions
from weft.dsl.v08.lowering import Lowering

BASE: dict[str, Any] = {
    "id": "a",
    "name": "a",
    "version": "1.0.0",
    "specVersion": "0.8",
    "functions": [{"name": "f", "operation": "dev.Do"}],
    "events": [{"name": "e", "type": "t", "source": "s"}],
}


def document(states: list[dict[str, Any]], **parts: Any) -> dict[str, Any]:
    return {**BASE, "states": states, **parts}


Compile = Callable[..., tuple[Program | None, list[Problem]]]


@pytest.fixture
def compiled() -> Compile:
    """(states, dialect, options and context, parts of the document) -> (program, problems)."""

    def run(
        states: list[dict[str, Any]], dialect: Any = "v08", *, context: dict[str, Any] | None = None, **parts: Any
    ) -> tuple[Program | None, list[Problem]]:
        ctx = CompileContext("digest", dialect, **(context or {}))
        return compile_states(document(states, **parts), dialect, ctx)

    return run


@pytest.fixture
def codes(compiled: Compile) -> Callable[..., set[tuple[str, str]]]:
    """The errors as (code, pointer)."""

    def run(*given: Any, **parts: Any) -> set[tuple[str, str]]:
        _, problems = compiled(*given, **parts)
        return {(problem.code, problem.pointer) for problem in errors_of(problems)}

    return run


@pytest.fixture
def spec(compiled: Compile) -> Callable[..., Any]:
    """The spec of the first state of a document that compiles."""

    def run(*given: Any, **parts: Any) -> Any:
        program, problems = compiled(*given, **parts)
        assert program is not None, errors_of(problems)
        return program.nodes[program.root].spec

    return run


@pytest.fixture
def lowering() -> Callable[..., Lowering]:
    """A lowering over a document without states of its own."""

    def run(dialect: Any = "v08", **parts: Any) -> Lowering:
        draft = Draft(document([{"name": "s", "type": "inject", "data": {}, "end": True}], **parts), dialect)
        made = Lowering(draft, read_functions(draft), CompileOptions())
        for part in draft.states:
            made.states[part.index] = made.reserve()
        return made

    return run
