"""Commands on jobs as they are named by those who only know the job: pause, resume, retry, terminate.

Which command a job takes follows from the status of its latest run:

    status                  pause       resume      retry       terminate
    pending                 suspended   -           -           terminated
    running, waiting        suspended   -           -           terminated
    suspended               unchanged   goes on     -           terminated
    completed               -           -           -           -
    faulted, timed_out      -           -           new run     terminated
    cancelled, terminated   -           -           new run     unchanged

`-` is refused (InUse, code `illegal_state`). Commands on a job are serialized: each is one unit of work, and its answer
is the row that the unit leaves. A command that changes nothing writes nothing.

A retry is a new run of the same job, which the parent of a sub-workflow hears nothing of: the parent took the failure
as the end of its task, acted on it, and does not wait any more. So it is allowed while the parent is open, as
repairing the child's own work, and refused (code `retry_parent`) once the parent has ended: then retrying the parent
is what starts the work again, with a new child.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import InUse, Invalid, NotFound
from weft.domain.jobs import FAILED, STOPPED, Job
from weft.ports.engine import ControlKind, Engine
from weft.ports.store import Also, Store, Tx

Verb = Literal["pause", "resume", "retry", "terminate"]
MAX_REASON = 1_000
DEFAULT_REASON = "Terminated by command"
_CONTROLS: dict[Verb, ControlKind] = {"pause": "suspend", "resume": "resume", "terminate": "terminate"}


class JobControl:
    """See the module. A job is looked for in the caller's tenant, and in one namespace where `scope` is given."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    async def get(self, principal: Principal, job_id: str, *, scope: str | None) -> Job:
        """The latest row of a job. Raises NotFound."""
        principal.require("job.get")
        job = self._store.read_now(lambda tx: find_job(tx, principal.tenant, job_id, scope))
        if job.status == "pending" and self._engine.listed.begun(job):
            await self._engine.listed.show_begun()
            job = self._store.read_now(lambda tx: find_job(tx, principal.tenant, job_id, scope))
        return self._as_known(job)

    async def command(
        self,
        principal: Principal,
        job_id: str,
        verb: Verb,
        *,
        scope: str | None,
        reason: str | None = None,
        also: Also[Job] | None = None,
    ) -> Job:
        """Carry out a command and give back the job's latest row.

        Raises NotFound, Invalid (a reason that is too long), InUse (`illegal_state`, `retry_parent`), Busy.
        """
        principal.require("run.control")
        if reason is not None and len(reason) > MAX_REASON:
            raise Invalid(f"a reason has at most {MAX_REASON} characters", code="invalid_body")
        if verb == "retry":
            self._engine.capacity()

        def work(tx: Tx) -> Job:
            job = find_job(tx, principal.tenant, job_id, scope)
            answer = self._carry_out(tx, principal, job, verb, reason or "")
            if also is not None:
                also(tx, answer)
            return answer

        return await self._store.write(work)

    def _carry_out(self, tx: Tx, principal: Principal, job: Job, verb: Verb, reason: str) -> Job:
        if verb == "retry":
            return self._retry(tx, principal, job)
        if verb == "pause" and job.status == "suspended":
            return job
        if verb == "terminate":
            if job.status in STOPPED:
                return job
            if job.status in FAILED:
                return self._engine.listed.terminate_closed(tx, job.run, reason, principal.name)
            reason = reason or DEFAULT_REASON
        if job.closed or (verb == "resume" and job.status != "suspended"):
            raise _illegal(job, verb)
        self._engine.control(tx, job.run, _CONTROLS[verb], reason, principal.name)
        return find_job(tx, principal.tenant, job.id, None)

    def _retry(self, tx: Tx, principal: Principal, job: Job) -> Job:
        if job.status not in FAILED | STOPPED:
            raise _illegal(job, "retry")
        if job.parent_run and job.on_parent_close == "terminate":
            parent = tx.jobs.latest(job.parent_job, principal.tenant)
            if parent is None or parent.closed:
                raise InUse(
                    f"job {job.id} was started by job {job.parent_job}, which has ended: retry that one",
                    code="retry_parent",
                )
        again = self._engine.retry(tx, job.run, principal.name)
        return find_job(tx, principal.tenant, again.id, None)

    def _as_known(self, job: Job) -> Job:
        if job.status == "pending" and self._engine.listed.begun(job):
            return msgspec.structs.replace(job, status="running")
        return job


def find_job(tx: Tx, tenant: str, job_id: str, scope: str | None) -> Job:
    """The latest row of a job of a tenant, in one namespace where `scope` is given; ids are compared without case.

    Its `seq` says which state of the run it belongs to. Raises NotFound.
    """
    job = tx.jobs.latest(job_id, tenant) or tx.jobs.latest(job_id.lower(), tenant)
    if job is None or (scope is not None and job.namespace != scope):
        raise NotFound(f"job {job_id[:64]} does not exist")
    job.seq = tx.runs.last_seq(job.key)
    return job


def _illegal(job: Job, verb: Verb) -> InUse:
    done = {"pause": "paused", "resume": "resumed", "retry": "retried", "terminate": "terminated"}[verb]
    return InUse(f"job {job.id} is {job.status} and cannot be {done}", code="illegal_state")
