"""Answers of people to the tasks that wait for them."""

from __future__ import annotations

from typing import Any

from weft.domain.access import Principal
from weft.domain.errors import InUse
from weft.domain.jobs import Job
from weft.domain.manual_tasks import ManualTask, check_answer, check_assignee
from weft.dsl.machine.nodes.task_people import failed_answer
from weft.ports.engine import Engine
from weft.ports.store import Also, Store, Tx
from weft.services.job_control import MAX_REASON, find_job
from weft.services.job_tasks import JobTasks


class ManualTasks:
    """One method, one transaction: of several answers exactly one is taken, also while the run is suspended."""

    def __init__(self, store: Store, engine: Engine, tasks: JobTasks) -> None:
        self._store = store
        self._engine = engine
        self._tasks = tasks

    async def complete(
        self,
        principal: Principal,
        job_id: str,
        task_id: str,
        *,
        scope: str | None,
        answer: Any,
        failed: bool = False,
        reason: str = "",
        also: Also[Job] | None = None,
    ) -> None:
        """End a task of a job with an answer; `failed` fails it for good with `reason` instead.

        Raises NotFound (job, task), Forbidden (code `not_assignee`), InUse (code `illegal_state`: it does not wait for
        an answer, or has had one), Invalid (code `invalid_user_input`), Busy.
        """
        principal.require("task.complete")
        job = self._store.read_now(lambda tx: find_job(tx, principal.tenant, job_id, scope))
        ident = task_id.lower()

        def work(tx: Tx) -> None:
            task = tx.of(ManualTask).get(ident, tenant=principal.tenant)
            if task is None or task.job != job.id:
                raise _not_waiting(job, task_id)
            check_assignee(task, principal)
            if failed:
                result: Any = failed_answer(reason[:MAX_REASON])
            else:
                check_answer(task, answer)
                result = answer
            self._engine.listed.answer(tx, task.run, task.ref, result, principal.name)
            if also is not None:
                also(tx, job)

        if self._store.read_now(lambda tx: tx.of(ManualTask).get(ident, tenant=principal.tenant)) is None:
            self._tasks.record(job, task_id)  # unknown, or known and not waiting
            raise _not_waiting(job, task_id)
        await self._store.write(work)


def _not_waiting(job: Job, task_id: str) -> InUse:
    return InUse(f"task {task_id[:64]} of job {job.id} does not wait for an answer", code="illegal_state")
