"""What whoever starts a run of a list or graph has to know of the definition, beside the program."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from weft.dsl.expr import Budget, ExpressionFault
from weft.dsl.graph.builder import Builder, Keys, Object, mapping
from weft.dsl.graph.concealed import put_in
from weft.dsl.graph.roots import Roots
from weft.dsl.graph.targets import TASKLIST_STATUS
from weft.dsl.machine.nodes.workflow_facts import CREATED_BY, WORKFLOW
from weft.dsl.machine.program import Program, Source

TABLE: Final = "start"
MAX_INPUT: Final = 256 * 1024
"""Bytes of a run input as JSON."""


class ListStart(msgspec.Struct, frozen=True):
    """Found in `Program.tables[TABLE]`.

    `template`: input members for those that the caller leaves out. `features`: what the operator must have switched on
    (`script`). `failure` gives the name of the definition to start when a run fails. The others are what the definition
    says of itself, empty or None where it says nothing.
    """

    template: Object = {}
    features: tuple[str, ...] = ()
    failure: Source | None = None
    description: str = ""
    label: str = ""
    timeout_s: int | None = None
    timeout_policy: str | None = None


def start_of(program: Program) -> ListStart | None:
    """What a list or graph says about its starts; None for other languages."""
    return cast("ListStart | None", program.tables.get(TABLE))


def list_start(builder: Builder, keys: Keys) -> ListStart:
    """Of a task list."""
    template = mapping(keys.mapping("inputTemplate"))
    seconds, policy = keys.get("timeoutSeconds"), keys.get("timeoutPolicy")
    return ListStart(
        template=put_in(template, builder.ctx.options.bundle, keys.at("inputTemplate")) if template else {},
        features=tuple(sorted(builder.features)),
        failure=_failure(builder, keys),
        description=text_or_empty(keys.get("description")),
        label=keys.text("userType"),
        timeout_s=seconds if isinstance(seconds, int) else None,
        timeout_policy=policy if isinstance(policy, str) else None,
    )


def graph_start(builder: Builder, doc: Object) -> ListStart:
    """Of a task graph."""
    return ListStart(features=tuple(sorted(builder.features)), description=text_or_empty(doc.get("description")))


def text_or_empty(value: Any) -> str:
    """A text; empty for whatever is none."""
    return value if isinstance(value, str) else ""


def _failure(builder: Builder, keys: Keys) -> Source | None:
    text = keys.text("failureWorkflow")
    if not text:
        return None
    where = keys.at("failureWorkflow")
    source = builder.data(text, Roots(builder, ()), where)
    if source is not None and not set(source.needs) <= {WORKFLOW}:
        builder.error("expression-path", where, "a failure workflow is named by facts and input of the run only")
        return None
    return source


def failure_name(start: ListStart, facts: Object) -> str:
    """The name of the definition to start when a run has failed; empty without one, or where it cannot be told.

    `facts` are those of the run: `input`, `id`, `name`, `version`, `by` and so on.
    """
    source = start.failure
    if source is None:
        return ""
    try:
        found: Any = source.evaluate(None, tuple(facts for _ in source.needs), Budget())
    except ExpressionFault:
        return ""
    return found if isinstance(found, str) else ""


def run_labels(workflow: str, owner: str, creator: str) -> Object:
    """The labels of a job that references may name: ids of its definition, its tenant, and who started it."""
    return {"workflowId": workflow, "customerId": owner, CREATED_BY: creator}


def failure_input(status: str, job: str, reason: str, task: str | None) -> Object:
    """What a failure workflow is told beside the input of the run that failed; `status` is that of the domain, `task`
    the id of the record of the task that failed first."""
    return {
        "workflowId": job,
        "reason": reason,
        "failureStatus": TASKLIST_STATUS.get(status, status),
        "failureTaskId": task,
    }
