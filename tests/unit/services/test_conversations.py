from __future__ import annotations

import asyncio

import pytest

from weft.domain.conversations import Exchange
from weft.domain.errors import Invalid
from weft.ports.connections import Place
from weft.services.conversations import Conversations
from weft.store.conversations import OrphanedConversations

pytestmark = pytest.mark.anyio
HERE = Place("default", "", "default", "j1", "r1", 1)


@pytest.fixture
def talks(world):
    return Conversations(world.store, OrphanedConversations(), world.clock)


async def test_parallel_tasks_lose_nothing(talks):
    await asyncio.gather(*(talks.add(HERE, "c", Exchange(f"a{n}", f"q{n}", "a")) for n in range(10)))
    assert {one.prompt for one in await talks.read(HERE, "c")} == {f"q{n}" for n in range(10)}


async def test_jobs_and_tenants_are_apart(talks):
    await talks.add(HERE, "c", Exchange("a", "q", "a"))
    for other in (Place("default", "", "default", "j2", "r2", 2), Place("acme", "", "acme", "j1", "r1", 1)):
        assert await talks.read(other, "c") == ()
    assert await talks.read(HERE, "d") == ()


async def test_sweeping(talks):
    await talks.add(HERE, "c", Exchange("a", "q", "a"))
    assert await talks.sweep() == 1 and await talks.read(HERE, "c") == ()


@pytest.mark.parametrize("name", ["", "x" * 256, "a\nb"])
async def test_names(talks, name):
    with pytest.raises(Invalid):
        await talks.read(HERE, name)
