"""`switch`: cases in order, the first truthy `when` wins; one case without `when` is the default wherever it stands."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.program import Case, ChoiceSpec
from weft.dsl.problems import pointer_of
from weft.dsl.v10.builder import Builder
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body, items_of, target_of
from weft.dsl.v10.places import BODY, names


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered:
    """Lower the cases; a second default is `switch-default-count`."""
    cases: list[Case] = []
    default: Case | None = None
    for index, name, case in items_of(task["switch"]):
        if not isinstance(case, dict):
            continue
        where = f"{pointer}/switch{pointer_of(index, name)}"
        leads = target_of(builder, case.get("then"), f"{where}/then", body)
        if "when" in case:
            when = builder.expr(case["when"], names(BODY, body.frames), f"{where}/when", "one")
            if when is not None:
                cases.append(Case(when, leads))
        elif default is None:
            default = Case(None, leads)
        else:
            builder.error("switch-default-count", where, "a switch has at most one case without 'when'")
    leads_to = tuple(case.next for case in cases) + ((default.next,) if default else ())
    return Lowered("choice", ChoiceSpec(tuple(cases), default), leads_to)
