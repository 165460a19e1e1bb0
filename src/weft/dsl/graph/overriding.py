"""The only REST call of a definition takes its address and the like from the run input, where that names them.

The members `_url, _method, _args, _auth, _to` of the run input replace those of the task as a whole. Where such an
address has another origin (scheme, host, port) than the task's own, the task's credentials, headers and resource are
not used, only those of the run input: what is stored never goes to an address that a caller has chosen.
"""

from __future__ import annotations

from typing import Any, Final

from weft.dsl.expr import Budget
from weft.dsl.graph.builder import mapping
from weft.dsl.graph.concealed import origin_of
from weft.dsl.machine.nodes.workflow_facts import WORKFLOW
from weft.dsl.machine.program import Source

OVERRIDDEN: Final = "REST_CONNECTOR"
"""The type of the task; it is overridden where it is the only one of the definition."""
REPLACED: Final = ("url", "method", "args", "auth", "to")
STORED: Final = ("auth", "args", "resourceId")
"""What belongs to the task's own origin."""


def overridden(given: Source | None) -> Source:
    """The source of the task's input, laid over by the run input."""
    needs = given.needs if given is not None else ()
    slot = needs.index(WORKFLOW) if WORKFLOW in needs else len(needs)

    def evaluate(value: Any, vars: tuple[Any, ...], budget: Budget) -> Any:
        own = {} if given is None else given.evaluate(value, vars, budget)
        return laid_over(mapping(own), mapping(vars[slot]["input"]))

    found = needs if slot < len(needs) else (*needs, WORKFLOW)
    return Source(evaluate, found, "" if given is None else given.text)


def laid_over(own: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """The task's evaluated input with the members of the run input that replace them."""
    taken = {key: run["_" + key] for key in REPLACED if "_" + key in run}
    if not taken:
        return own
    made = dict(own)
    if "url" in taken and _elsewhere(own, taken["url"]):
        _drop(made, STORED)
    _drop(made, tuple(taken))
    made.update({"_" + key: item for key, item in taken.items()})
    return made


def _elsewhere(own: dict[str, Any], address: Any) -> bool:
    """Whether an address leads away from where the task itself would call."""
    if isinstance(address, str) and address.startswith("/") and not address.startswith("//"):
        return False  # a path below the task's own resource
    mine = origin_of(own.get("_url", own.get("url")))
    return not mine or origin_of(address) != mine


def _drop(members: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in keys:
        members.pop(key, None)
        members.pop("_" + key, None)
