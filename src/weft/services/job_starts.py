"""What has to hold when a job is started, beyond its definition: input, switched-off work, and the operator's limits.

A task list or graph takes the members that its template names where the caller leaves them out, at most 256 KiB of
input, and keeps literal secret values of its input sealed, apart from the job.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from weft.domain.access import subject_id
from weft.domain.errors import Conflict, QuotaExceeded, TooLarge
from weft.domain.tenancy import SERVER_WIDE, Tenant
from weft.domain.workflows import Workflow
from weft.dsl.graph.concealed import shown
from weft.dsl.graph.start import MAX_INPUT, ListStart, run_labels, start_of
from weft.dsl.machine.program import Program
from weft.ports.engine import StartPlan
from weft.ports.run_list import RunList, RunQuery
from weft.ports.store import Tx
from weft.services.definitions import json_text
from weft.services.inline_secrets import Concealed, InlineSecrets, conceal
from weft.services.job_plans import JobRequest


class Prepared(msgspec.Struct):
    """A start that may be carried out: its plan, and the secret values to be stored with it."""

    plan: StartPlan
    concealed: Concealed | None = None


class StartRules:
    """`features` are what the operator has switched on; `max_queued` limits a namespace's pending jobs (0: not)."""

    def __init__(
        self,
        inline: InlineSecrets | None = None,
        *,
        features: frozenset[str] = frozenset(),
        max_queued: int = 0,
        run_list: RunList | None = None,
    ) -> None:
        self.inline = inline
        self._features = features
        self._max_queued = max_queued
        self._run_list = run_list

    def check_features(self, program: Program) -> None:
        """Raises Conflict `task_type_disabled` for a definition that needs what is switched off."""
        start = start_of(program)
        missing = set(start.features if start is not None else ()) - self._features
        if missing:
            raise Conflict(
                f"the definition needs what is switched off on this server: {', '.join(sorted(missing))}",
                code="task_type_disabled",
            )

    def check_quota(self, tx: Tx, tenant: str, namespace: str) -> None:
        """Raises QuotaExceeded while too many jobs of the namespace wait for their first task."""
        if not self._max_queued or self._run_list is None:
            return
        query = RunQuery(namespace=namespace, statuses=("pending",), limit=1)
        if self._run_list.page(tx, query, tenant=tenant).total >= self._max_queued:
            raise QuotaExceeded(f"{self._max_queued} jobs of this namespace wait to begin; try again later")

    def read_input(self, tx: Tx, workflow: Workflow, program: Program, request: JobRequest) -> Concealed | None:
        """Complete a request for a list or graph, and take the secret values out of its input. Raises TooLarge."""
        start = start_of(program)
        if start is None or not isinstance(request.data, dict):
            return None
        size = len(json_text(request.data).encode())
        if size > MAX_INPUT:
            raise TooLarge(f"the run input has {size} bytes, at most {MAX_INPUT} are taken")
        concealed = conceal(request.data, request.id) if self.inline is not None else None
        given = request.data if concealed is None else concealed.given
        fill(request, start, given)
        label(tx, workflow, request)
        return concealed

    async def prepare(self, tenant: str, concealed: Concealed | None) -> None:
        """To be awaited before the transaction of a start whose input holds secret values."""
        if concealed is not None and self.inline is not None:
            await self.inline.prepare(tenant)

    def store(self, tx: Tx, tenant: str, concealed: Concealed | None) -> None:
        """Keep the secret values of a run input. Raises Unavailable when the tenant has no data key."""
        if concealed is not None and self.inline is not None:
            self.inline.write(tx, tenant, concealed.bundle, concealed.values)


def label(tx: Tx, workflow: Workflow, request: JobRequest) -> None:
    """Put the labels into a request that references of lists and graphs may name."""
    tenant = tx.of(Tenant).get(request.tenant, tenant=SERVER_WIDE)
    owner = tenant.uuid if tenant is not None else ""
    request.labels = run_labels(workflow.id, owner, subject_id(request.started_by) if request.started_by else "")


def fill(request: JobRequest, start: ListStart, given: Any) -> None:
    """Put input and what people see of it into the request, the template's members where the input has none."""
    members = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    request.data = {**start.template, **members} if start.template else members
    request.shown = shown(request.data)
