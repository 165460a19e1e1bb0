"""Errors as documents see them: canonical kinds of type URIs, and the object that error variables hold.

A type URI is split at its last `/`; if the head is one of the known bases and the tail one of the eight kinds, the
kind is the tail; otherwise the URI is its own kind. Errors are compared by kind.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import Turn
from weft.dsl.machine.faults import STATUS_OF_KIND, Fault

_HOSTS = ("https://serverlessworkflow.io", "https://open-workflow-specification.org")
_PATHS = ("/spec/1.0.0/errors", "/dsl/errors/types", "/spec/errors")
BASES: frozenset[str] = frozenset(host + path for host in _HOSTS for path in _PATHS)


def canonical_kind(uri: str) -> str:
    """The kind of a type URI, or the URI itself where it is none of the standard ones. A bare kind is a kind."""
    head, slash, tail = uri.rpartition("/")
    if tail in STATUS_OF_KIND and (not slash or head in BASES):
        return tail
    return uri


def kind_of(fault: Fault) -> str:
    """The canonical kind of a fault."""
    return fault.kind


def error_type(fault: Fault, base: str) -> str:
    """The type URI that a fault is shown with: the standard kinds under the base of the document's version."""
    return base + fault.kind if fault.kind in STATUS_OF_KIND else fault.kind


def error_value(turn: Turn, fault: Fault) -> dict[str, Any]:
    """What `$error` holds: `{type, status, title, detail, instance}` and, where known, `code` and `data`."""
    value: dict[str, Any] = {
        "type": error_type(fault, turn.program.rules.error_base),
        "status": fault.status,
        "title": fault.title or fault.code or fault.kind,
        "detail": fault.detail,
        "instance": fault.instance,
    }
    if fault.code:
        value["code"] = fault.code
    if fault.data is not None:
        value["data"] = fault.data
    return value
