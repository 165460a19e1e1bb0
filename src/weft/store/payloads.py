"""Payloads as blobs: `weft.ports.payloads.PayloadFiles` on the table of large values.

A payload's digest is that of its bytes. It shares the table with the parts of large values, is sealed like them, and
goes when no run refers to it any more.
"""

from __future__ import annotations

import hashlib
from typing import cast

from sqlalchemy import select

from weft.domain.errors import TooLarge, Unavailable
from weft.ports.blobs import VALUE_LIMIT
from weft.ports.store import Tx
from weft.store.blobs import Ciphers, blob_refs, blobs
from weft.store.jobs import jobs
from weft.store.statements import text_of
from weft.store.unit import SqlTx

_INSERT = text_of(blobs.insert().prefix_with("OR IGNORE"))
_INSERT_REF = text_of(blob_refs.insert().prefix_with("OR IGNORE"))
_GET = text_of(
    select(blobs.c.body)
    .join(blob_refs, (blob_refs.c.tenant == blobs.c.tenant) & (blob_refs.c.digest == blobs.c.digest))
    .join(jobs, jobs.c.key == blob_refs.c.run)
    .where(blobs.c.tenant == "", blobs.c.digest == b"", jobs.c.id == "")
    .limit(1)
)


class SqlPayloads:
    """See the port. `ciphers` is the store's own, so that a rotation of keys reaches payloads with all blobs."""

    def __init__(self, ciphers: Ciphers) -> None:
        self._ciphers = ciphers

    def put(self, tx: Tx, run: int, tenant: str, data: bytes) -> str:
        """See the port."""
        if len(data) > VALUE_LIMIT:
            raise TooLarge(f"a payload of {len(data)} bytes; the limit is {VALUE_LIMIT}")
        sql = cast("SqlTx", tx).sql
        digest = hashlib.sha256(data).digest()
        sealed = self._ciphers.get().seal(data, _context(tenant, digest))
        sql.execute(_INSERT, (tenant, digest, len(data), sealed))
        sql.execute(_INSERT_REF, (run, tenant, digest))
        return digest.hex()

    def get(self, tx: Tx, tenant: str, job_id: str, digest: str) -> bytes | None:
        """See the port."""
        raw = bytes.fromhex(digest)
        row = cast("SqlTx", tx).sql.execute(_GET, (tenant, raw, job_id, 1, 0)).fetchone()
        if row is None:
            return None
        try:
            return self._ciphers.get().open(row[0], _context(tenant, raw))
        except ValueError:
            raise Unavailable(f"payload {digest} cannot be opened", code="blob_sealed") from None


def _context(tenant: str, digest: bytes) -> str:
    return f"{tenant}/blob/{digest.hex()}"
