"""Which handler takes a fault, in the states languages.

Versions 0.8 and CWM name error codes; handlers are tried twice in order, first for exact codes, then for `DEFAULT`.
`503`, `"503"` and `HTTP_STATUS_503` are the same code. An error definition without a code matches by its name: equal
to the fault's code or title. Version 0.9 matches parts: type (by canonical kind), status, instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from weft.dsl.machine.error_values import canonical_kind
from weft.dsl.machine.faults import Fault

DEFAULT: Final = "DEFAULT"
_HTTP: Final = "HTTP_STATUS_"


def normal_code(code: Any) -> str:
    """A code as it is compared: three digits, as text or number, become `HTTP_STATUS_<nnn>`."""
    text = str(code).strip() if isinstance(code, (str, int)) and not isinstance(code, bool) else ""
    if len(text) == 3 and text.isascii() and text.isdigit():
        return _HTTP + text
    return text


def codes_of(fault: Fault) -> tuple[str, ...]:
    """What error definitions with a code compare with: the code, else what the kind says."""
    if fault.code:
        code = normal_code(fault.code)
        # An expression that was stopped has failed like any other: a handler for EXPRESSION takes it too.
        return (code, "EXPRESSION") if code == "BUDGET" else (code,)
    if fault.kind == "communication":
        return (f"{_HTTP}{fault.status}",)
    if fault.kind == "timeout":
        return ("TIMEOUT",)
    return (fault.kind,)


class ErrorMatch(msgspec.Struct, frozen=True):
    """What one reference of a handler accepts: a normalised code, a name, or the parts of version 0.9."""

    code: str = ""
    name: str = ""
    kind: str = ""
    status: str = ""
    instance: str = ""

    def exact(self, fault: Fault) -> bool:
        if self.code:
            return self.code in codes_of(fault)
        if self.name:
            return normal_code(self.name) in codes_of(fault) or (bool(fault.title) and fault.title == self.name)
        return False

    def parts(self, fault: Fault) -> bool:
        """Version 0.9: every given part is equal."""
        if self.kind and self.kind not in (fault.kind, canonical_kind(fault.type)):
            return False
        if self.status and self.status != str(fault.status):
            return False
        return not self.instance or self.instance == fault.instance


class Caught(msgspec.Struct, frozen=True):
    """The matching part of a handler. `by_parts` is the model of 0.9; `matches` empty takes every fault there."""

    matches: tuple[ErrorMatch, ...]
    excepts: tuple[ErrorMatch, ...] = ()
    by_parts: bool = False


def pick(handlers: Sequence[Caught], fault: Fault) -> int:
    """Index of the handler that takes the fault; -1 for none."""
    for index, handler in enumerate(handlers):
        if handler.by_parts:
            fits = not handler.matches or any(match.parts(fault) for match in handler.matches)
            if fits and not any(match.parts(fault) for match in handler.excepts):
                return index
        elif any(match.exact(fault) for match in handler.matches):
            return index
    for index, handler in enumerate(handlers):
        if not handler.by_parts and any(match.code == DEFAULT for match in handler.matches):
            return index
    return -1
