"""The fencing token: who was overtaken writes no more."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.store.lease import LEASE_MS, RENEW_MS, Lease


def until(sql: Any) -> int:
    return sql.execute("SELECT acquired_until FROM leases").fetchone()[0]


def test_a_new_owner_fences_the_old_one(sql: Any) -> None:
    first, second = Lease("one"), Lease("two")
    first.acquire(sql, 100)
    first.check(sql, 100)
    second.acquire(sql, 200)
    assert (first.token, second.token) == (1, 2)
    second.check(sql, 201)
    with pytest.raises(Unavailable, match="taken over"):
        first.check(sql, 202)


def test_it_is_renewed_now_and_then(sql: Any) -> None:
    lease = Lease("one")
    lease.acquire(sql, 0)
    lease.check(sql, RENEW_MS - 1)
    assert until(sql) == LEASE_MS
    lease.check(sql, RENEW_MS)
    assert until(sql) == RENEW_MS + LEASE_MS
    lease.check(sql, -100_000)  # the clock was set back
    assert until(sql) == LEASE_MS - 100_000
