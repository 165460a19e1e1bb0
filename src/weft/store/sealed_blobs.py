"""Lets a rotation of keys reach the large values (`weft.ports.vault.SealedHolder`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import bindparam, select, update

from weft.domain.access import DEFAULT_TENANT
from weft.ports.store import Store, Tx
from weft.ports.vault import Renew
from weft.store.blobs import blobs
from weft.store.statements import text_of
from weft.store.unit import SqlTx

COMMIT_BYTES = 8 * 1024 * 1024
"""Bytes sealed anew in one transaction: more would keep other writers waiting."""
_KEYS = text_of(select(blobs.c.tenant, blobs.c.digest, blobs.c.size))
_GET = text_of(select(blobs.c.body).where(blobs.c.tenant == "", blobs.c.digest == b""))
_PUT = text_of(
    update(blobs).where(blobs.c.tenant == bindparam("t"), blobs.c.digest == bindparam("d")).values(body=bindparam("b"))
)


class SealedBlobs:
    """All blobs of all tenants. They are sealed with the key of `sealed_as`, the tenant of the blobs' cipher."""

    name = "blobs"

    def __init__(self, store: Store, sealed_as: str = DEFAULT_TENANT) -> None:
        self._store = store
        self._sealed_as = sealed_as

    async def keys(self) -> Sequence[str]:
        """`<size>/<digest>/<tenant>` of every blob."""

        def work(tx: Tx) -> list[str]:
            rows = cast("SqlTx", tx).sql.execute(_KEYS).fetchall()
            return [f"{size}/{digest.hex()}/{tenant}" for tenant, digest, size in rows]

        return await self._store.read(work)

    async def renew(self, keys: Sequence[str], renew: Renew) -> int:
        """Seal these anew, in as many transactions as their sizes ask for; blobs that are gone are skipped."""
        changed = 0
        batch: list[tuple[str, str]] = []
        size = 0
        for key in keys:
            length, digest, tenant = key.split("/", 2)
            batch.append((digest, tenant))
            size += int(length)
            if size >= COMMIT_BYTES:
                changed += await self._renew_batch(batch, renew)
                batch, size = [], 0
        return changed + (await self._renew_batch(batch, renew) if batch else 0)

    async def _renew_batch(self, batch: Sequence[tuple[str, str]], renew: Renew) -> int:
        def work(tx: Tx) -> int:
            sql = cast("SqlTx", tx).sql
            changed = 0
            for digest, tenant in batch:
                row = sql.execute(_GET, (tenant, bytes.fromhex(digest))).fetchone()
                if row is None:
                    continue
                fresh = renew(self._sealed_as, f"{tenant}/blob/{digest}", row[0])
                if fresh != row[0]:
                    sql.execute(_PUT, (fresh, tenant, bytes.fromhex(digest)))
                    changed += 1
            return changed

        return await self._store.write(work)
