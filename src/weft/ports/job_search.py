"""Lists over the job index: pages, counts, tags. Reads only."""

from __future__ import annotations

from typing import Protocol

from weft.domain.filters import Filter, JobQuery
from weft.domain.jobs import Job
from weft.ports.store import Tx


class JobSearch(Protocol):
    """Every method sees one tenant's jobs only. Jobs of a page come without their input, output and fault loaded
    unless `whole` is asked for."""

    def page(self, tx: Tx, query: JobQuery, *, tenant: str, whole: bool = True) -> list[Job]:
        """At most `query.limit` jobs in the order of the query."""
        ...

    def position(self, job: Job, query: JobQuery) -> tuple[object, ...]:
        """Where a job stands in the query's order: what `JobQuery.after` takes."""
        ...

    def count(self, tx: Tx, where: Filter | None, *, tenant: str) -> int: ...

    def tags(self, tx: Tx, *, tenant: str) -> list[str]:
        """The tags of all retained jobs, sorted, distinct."""
        ...
