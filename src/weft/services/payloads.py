"""Payloads: results of tasks that are kept as bytes, and handed out to who may read the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.domain.access import Principal
from weft.domain.errors import NotFound
from weft.domain.jobs import Job
from weft.domain.payloads import Payload, payload_refs
from weft.ports.connections import Place
from weft.ports.payloads import PayloadFiles
from weft.ports.store import Store
from weft.services.job_control import find_job

OutputOf = Callable[[Job, str], Any]
"""The output of a task of a job, by the id of the task's record. Raises NotFound."""


class PayloadWriter:
    """For connectors: keeps what a task's output names."""

    def __init__(self, store: Store, files: PayloadFiles) -> None:
        self._store = store
        self._files = files

    async def keep(self, place: Place, data: bytes) -> str:
        """The digest under which the bytes are kept for the run. Raises TooLarge."""
        return await self._store.write(lambda tx: self._files.put(tx, place.key, place.tenant, data))


class Payloads:
    """For dialects."""

    def __init__(self, store: Store, files: PayloadFiles, output_of: OutputOf) -> None:
        self._store = store
        self._files = files
        self._output_of = output_of

    async def get(self, principal: Principal, job_id: str, task_id: str, *, scope: str | None) -> Payload:
        """The payload that a task's output names. `scope`: the namespace, as records name it; None for any.

        Raises NotFound for an unknown job or task, and for a task that has stored nothing.
        """
        principal.require("job.get")
        job = self._store.read_now(lambda tx: find_job(tx, principal.tenant, job_id, scope))
        for ref in payload_refs(self._output_of(job, task_id)):
            data = await self._store.read(lambda tx, ref=ref: self._files.get(tx, job.tenant, job.id, ref.digest))
            if data is not None:
                return Payload(data, ref.content_type)
        raise NotFound("the task has stored no payload")
