"""Warnings for a definition whose adapters are not deployed: it may be saved all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from weft.domain.workflows import member
from weft.dsl.machine.faults import Fault
from weft.ports.store import Tx
from weft.services.activity_resolution import ActivityResolution
from weft.services.definitions import Draft

MAX_WARNINGS = 100


def missing_activities(resolution: ActivityResolution) -> Callable[[Tx, str, Draft], list[str]]:
    """(tx, tenant, draft) -> `<pointer>: <message>` per function that names an activity nobody offers now."""

    def find(tx: Tx, tenant: str, draft: Draft) -> list[str]:
        del tenant  # adapters serve every tenant
        warnings: list[str] = []
        for index, operation in operations(draft.document):
            found = resolution.resolve(tx, operation)
            if isinstance(found, Fault):
                warnings.append(f"/functions/{index}/operation: {found.detail}")
        return warnings[:MAX_WARNINGS]

    return find


def operations(document: Any) -> list[tuple[int, str]]:
    """(index, activity) of the functions that name an adapter's activity: no type, or `custom`, and no address."""
    functions = member(document, "functions")
    if not isinstance(functions, list):
        return []
    found: list[tuple[int, str]] = []
    for index, function in enumerate(functions):
        operation = member(function, "operation") if isinstance(function, Mapping) else None
        kind = member(function, "type") if isinstance(function, Mapping) else None
        if isinstance(operation, str) and kind in (None, "custom") and not any(c in operation for c in "#:/ "):
            found.append((index, operation))
    return found
