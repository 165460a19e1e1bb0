from __future__ import annotations

from collections.abc import Callable
from typing import Any

ERROR = {"type": "https://x/y", "status": 400, "title": "T", "detail": "D"}


def test_in_line_and_by_name(node: Callable[..., Any]) -> None:
    for error, root in ((ERROR, {}), ("e", {"use": {"errors": {"e": ERROR}}})):
        spec = node({"raise": {"error": error}}, **root).spec
        assert [getattr(spec, part).evaluate(None, (), None) for part in ("type", "status", "title", "detail")] == list(
            ERROR.values()
        )


def test_unknown_names(codes: Callable[..., Any]) -> None:
    assert ("ref-error", "/do/0/x/raise/error") in codes([{"x": {"raise": {"error": "nothing"}}}])
