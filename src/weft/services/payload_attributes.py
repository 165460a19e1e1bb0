"""Correlation attributes that are computed from an event's data by jq expressions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from weft.domain.errors import Invalid
from weft.dsl.expr import STATES, Budget, Expr, ExpressionFault, Names, compile_expr
from weft.dsl.problems import errors_of

MAX_ATTRIBUTES = 20
MAX_EXPRESSION = 4096
_NO_NAMES = Names(names=frozenset(), sealed=frozenset())


def check_attributes(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The attributes as stored. Raises Invalid for too many, or an expression that does not compile."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise Invalid(f"more than {MAX_ATTRIBUTES} payload attributes")
    for name, text in attributes.items():
        if not name or not isinstance(text, str) or not text:
            raise Invalid(f"payload attribute {name[:64]!r} must be an expression")
        _compiled(text)
    return dict(attributes)


def evaluate(attributes: Mapping[str, str], data: Any, now_ms: int) -> dict[str, Any]:
    """Each attribute's value by lower-case name; one whose expression fails on this data or gives null is left out."""
    found: dict[str, Any] = {}
    for name, text in attributes.items():
        try:
            value = _compiled(text).one(data, (), Budget(now_ms))
        except ExpressionFault:
            continue
        if value is not None:
            found[name.lower()] = value
    return found


@lru_cache(maxsize=512)
def _compiled(text: str) -> Expr:
    if len(text) > MAX_EXPRESSION:
        raise Invalid(f"an expression is longer than {MAX_EXPRESSION} characters")
    compiled = compile_expr(text, names=_NO_NAMES, where="", profile=STATES)
    problems = errors_of(compiled.problems)
    if problems or not isinstance(compiled.result, Expr):
        raise Invalid(f"expression {text[:100]!r} does not compile", [problem.message for problem in problems])
    return compiled.result
