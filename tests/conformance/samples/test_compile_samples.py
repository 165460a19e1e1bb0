"""Every published sample compiled: all load without errors, but for the listed ones with the listed codes.

All optional settings are on and files that a sample refers to are stood in for. Of 1.0 this release runs the tasks that
need no outside system; samples that use others are refused with `unsupported-…` codes, which are listed as well.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from weft.dsl.compile import compile_document
from weft.dsl.document.context import CompileOptions
from weft.dsl.document.text import parse

ALL_ON = CompileOptions(allow=frozenset({"container", "script", "shell", "mcp-stdio", "file"}))
HINTS = {"0.8": "v08", "0.9": "v09", "1.0": None, "1.0-invalid": None}


def test_sample(sample: Path, expected: dict[str, dict[str, list[str]]], stub_resources: Callable[[Any], Any]) -> None:
    wanted = expected[sample.parent.name].get(sample.name, [])
    text = sample.read_bytes()
    compiled = compile_document(
        text,
        dialect=HINTS[sample.parent.name],
        resources=stub_resources(parse(text).value),
        children=lambda child: True,
        options=ALL_ON,
    )
    assert sorted({problem.code for problem in compiled.errors}) == wanted, compiled.errors
    assert (compiled.program is None) == bool(wanted)
    assert all(problem.line > 0 for problem in compiled.problems)


def test_book_lending_names_the_place() -> None:
    text = (Path(__file__).parents[1] / "data" / "0.8" / "book-lending.json").read_bytes()
    compiled = compile_document(text, dialect="v08")
    places = {problem.pointer for problem in compiled.errors if problem.code == "ref-state"}
    assert places == {"/states/4/eventConditions/1/transition"}
