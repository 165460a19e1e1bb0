from __future__ import annotations

import pytest

from weft.app.readiness import Readiness
from weft.domain.errors import Unavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Store:
    works = True
    asked = 0

    async def write(self, work):
        self.asked += 1
        if not self.works:
            raise Unavailable("disk full")
        return work(None)


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def now_ms(self) -> int:
        return 0


async def test_asked_at_most_every_two_seconds():
    store, clock = Store(), Clock()
    readiness = Readiness(store, clock)
    assert [await readiness.checks() for _ in range(5)] == [{"store": True}] * 5
    assert store.asked == 1
    store.works = False
    clock.now = 2.0
    assert await readiness.checks() == {"store": False}
