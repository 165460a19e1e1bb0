"""The bounded jq: parse, compile to closures, evaluate within a budget; interpolation of texts.

Nothing in here can reach a file, the environment, a clock or another thread.
"""

from __future__ import annotations

from weft.dsl.expr.compilation import Compiled, compile_expr
from weft.dsl.expr.errors import SEALED_TEXT, ExpressionFault
from weft.dsl.expr.explain import Trace, explain
from weft.dsl.expr.expression import ALL, Expr, Info
from weft.dsl.expr.limits import DEFAULT, HARD, Budget, Limits
from weft.dsl.expr.names import CWM, NO_NAMES, STATES, TASKS_LOOSE, TASKS_STRICT, Names, Profile
from weft.dsl.expr.sealed import (
    Sealed,
    SecretRef,
    contains_sealed,
    decode_value,
    encode_value,
    open_sealed,
    secret,
)
from weft.dsl.expr.template import Template, compile_data
from weft.dsl.expr.values import equals, order, to_json_text, truthy, type_name

__all__ = [
    "ALL",
    "CWM",
    "DEFAULT",
    "HARD",
    "NO_NAMES",
    "SEALED_TEXT",
    "STATES",
    "TASKS_LOOSE",
    "TASKS_STRICT",
    "Budget",
    "Compiled",
    "Expr",
    "ExpressionFault",
    "Info",
    "Limits",
    "Names",
    "Profile",
    "Sealed",
    "SecretRef",
    "Template",
    "Trace",
    "compile_data",
    "compile_expr",
    "contains_sealed",
    "decode_value",
    "encode_value",
    "equals",
    "explain",
    "open_sealed",
    "order",
    "secret",
    "to_json_text",
    "truthy",
    "type_name",
]
