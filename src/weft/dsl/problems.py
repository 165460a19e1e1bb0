"""Problems of a document: what the three stages of loading report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, cast

import msgspec

Severity = Literal["error", "warning", "info"]
Stage = Literal["parse", "schema", "semantics"]

MAX_PROBLEMS = 100


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong, or worth knowing, at one place of a document.

    `pointer` is an RFC 6901 JSON Pointer into the document as written ("" is the root); `line` and `column`
    are 1-based and 0 while unknown. `code` is one of the codes of the language reference, such as `ref-state`.
    """

    severity: Severity
    stage: Stage
    code: str
    pointer: str
    message: str
    line: int = 0
    column: int = 0
    hint: str | None = None

    def text(self) -> str:
        """`<pointer>: <message>`, the form of a problem inside an error text."""
        return f"{self.pointer or '/'}: {self.message}"


def error(stage: Stage, code: str, pointer: str, message: str, hint: str | None = None) -> Problem:
    return Problem("error", stage, code, pointer, message, hint=hint)


def warning(stage: Stage, code: str, pointer: str, message: str, hint: str | None = None) -> Problem:
    return Problem("warning", stage, code, pointer, message, hint=hint)


def info(stage: Stage, code: str, pointer: str, message: str, hint: str | None = None) -> Problem:
    return Problem("info", stage, code, pointer, message, hint=hint)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """By line, then pointer; at most MAX_PROBLEMS."""
    return sorted(problems, key=lambda p: (p.line, p.pointer, p.code))[:MAX_PROBLEMS]


def pointer_of(*parts: str | int) -> str:
    """A JSON Pointer from its parts, escaped as RFC 6901 asks."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def parts_of(pointer: str) -> list[str]:
    """The parts of a JSON Pointer, as they were before they were escaped; none for the root."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def value_at(document: Any, pointer: str) -> Any:
    """What stands at a place of a document; None where there is no such place."""
    value = document
    for part in parts_of(pointer):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(part)]
        elif isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(part)
        else:
            return None
    return value
