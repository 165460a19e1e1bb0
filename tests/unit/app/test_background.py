from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from weft.app.background import keep_up

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_it_ends_with_the_stack_and_not_before():
    told: list[str] = []
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            told.append("ended")

    async with AsyncExitStack() as stack:
        keep_up(work(), stack)
        await asyncio.wait_for(begun.wait(), 5)
        assert told == []
    assert told == ["ended"]


async def test_work_that_has_failed_does_not_keep_the_server_from_stopping():
    async def work() -> None:
        raise ValueError("no")

    async with AsyncExitStack() as stack:
        keep_up(work(), stack)
        await asyncio.sleep(0)
