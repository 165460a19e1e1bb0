"""`raise`: an error by name or in-line; `type`, `status`, `title` and `detail` may be expressions."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.program import RaiseSpec, Source
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body
from weft.dsl.v10.places import BODY, names


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    """Lower a `raise` task; a name that is not in `use.errors` is `ref-error`."""
    error = mapping(task["raise"]).get("error")
    where = f"{pointer}/raise/error"
    if isinstance(error, str):
        defined = mapping(builder.use.get("errors")).get(error)
        if not isinstance(defined, dict):
            builder.error("ref-error", where, f"no error '{error}' in use.errors")
            return None
        where = f"/use/errors/{error}"
        error = defined
    if not isinstance(error, dict):
        return None

    def part(key: str) -> Source | None:
        return builder.data(error[key], names(BODY, body.frames), f"{where}/{key}") if key in error else None

    kind, status = part("type"), part("status")
    if kind is None or status is None:
        return None
    return Lowered("raise", RaiseSpec(kind, status, part("title"), part("detail") or part("details")))
