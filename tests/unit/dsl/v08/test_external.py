"""Parts of a document that stand elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.document.context import CompileContext, CompileOptions, ResourceError
from weft.dsl.v08.external import resolved


class Shelf:
    def __init__(self, **resources: Any) -> None:
        self.resources = resources

    def resolve(self, uri: str) -> Any:
        if uri not in self.resources:
            raise ResourceError("not found")
        return self.resources[uri]


def test_arrays_and_wrappers() -> None:
    shelf = Shelf(a=[{"name": "f"}], b={"events": [{"name": "e"}]}, c={"x": 1}, d={"type": "object"})
    doc = {"functions": "a", "events": "b", "constants": "c", "dataInputSchema": {"schema": "d"}}
    out, problems = resolved(doc, CompileContext("d", "v08", resources=shelf))
    assert problems == []
    assert out == {
        "functions": [{"name": "f"}],
        "events": [{"name": "e"}],
        "constants": {"x": 1},
        "dataInputSchema": {"schema": {"type": "object"}},
    }
    assert doc["functions"] == "a"


@pytest.mark.parametrize(
    ("uri", "shelf", "code"),
    [("x", None, "uri"), ("x", Shelf(), "uri"), ("file:///etc/passwd", Shelf(), "unsupported-file-uri")],
)
def test_refused(uri: str, shelf: Any, code: str) -> None:
    _, problems = resolved({"functions": uri}, CompileContext("d", "v08", resources=shelf))
    assert [(p.code, p.pointer) for p in problems] == [(code, "/functions")]


def test_files_where_they_are_allowed() -> None:
    options = CompileOptions(allow=frozenset({"file"}))
    ctx = CompileContext("d", "v08", options, Shelf(**{"file://x": []}))
    assert resolved({"events": "file://x"}, ctx) == ({"events": []}, [])
