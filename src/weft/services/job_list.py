"""Lists of jobs by page number and total, as one of the caller's rights."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from weft.domain.access import Principal
from weft.ports.run_list import RunList, RunPage, RunQuery
from weft.ports.store import Store, Tx


class JobList:
    """One read, one snapshot: a page and the number of all matches.

    `show_begun` is called before: a run that has begun is not to be listed as one that waits to.
    """

    def __init__(self, store: Store, runs: RunList, show_begun: Callable[[], Awaitable[None]]) -> None:
        self._store = store
        self._runs = runs
        self._show_begun = show_begun

    async def listed(self, principal: Principal, query: RunQuery) -> RunPage:
        """Jobs of the tenant in which the caller stands."""
        principal.require("job.list")
        await self._show_begun()
        return await self._store.read(lambda tx: self._page(tx, query, principal.tenant))

    def _page(self, tx: Tx, query: RunQuery, tenant: str) -> RunPage:
        page = self._runs.page(tx, query, tenant=tenant)
        for job in page.jobs:
            if not job.closed:  # its tasks are shown as they were in this snapshot
                job.seq = tx.runs.last_seq(job.key)
        return page
