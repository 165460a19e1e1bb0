from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden
from weft.ports.run_list import RunPage, RunQuery
from weft.services.job_list import JobList


class Reads:
    async def read(self, work):
        return work("tx")


class Runs:
    def page(self, tx, query, *, tenant):
        return RunPage([], {"acme": 7}[tenant])


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_jobs_of_the_callers_tenant(anyio_backend):
    shown: list[str] = []

    async def show_begun() -> None:
        shown.append("rows")

    listed = JobList(Reads(), Runs(), show_begun)
    caller = Principal(name="x", tenant="acme", permissions=frozenset({"job.list"}))
    assert (await listed.listed(caller, RunQuery())).total == 7
    assert shown == ["rows"]
    with pytest.raises(Forbidden):
        await listed.listed(Principal(name="y", tenant="acme"), RunQuery())
