"""Table of kept answers: `weft.ports.idempotency.KeptAnswers` on SQL."""

from __future__ import annotations

from typing import cast

import msgspec
from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, delete, func, select

from weft.domain.idempotency import Kept, KeptAnswer
from weft.ports.store import Tx
from weft.store.metadata import metadata
from weft.store.statements import text_of, upsert_text
from weft.store.unit import SqlTx

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("ix_kept_answers_created_at", kept_answers.c.created_at)

_PUT = upsert_text(kept_answers)
_GET = text_of(select(kept_answers).where(kept_answers.c.id == ""))
_COUNT = text_of(select(func.count()).select_from(kept_answers))
_OLDEST = text_of(
    select(kept_answers.c.id, kept_answers.c.created_at).order_by(kept_answers.c.created_at, kept_answers.c.id).limit(1)
)
_DELETE = text_of(delete(kept_answers).where(kept_answers.c.id == ""))
_encode = msgspec.msgpack.Encoder().encode
_headers: msgspec.msgpack.Decoder[dict[str, str]] = msgspec.msgpack.Decoder(dict[str, str])


class SqlKeptAnswers:
    """On the connection of the unit of work."""

    def get(self, tx: Tx, key: str) -> KeptAnswer | None:
        """See `weft.ports.idempotency`."""
        row = cast("SqlTx", tx).sql.execute(_GET, (key,)).fetchone()
        if row is None:
            return None
        id_, fingerprint, created_at, status, headers, body = row
        return KeptAnswer(id_, fingerprint, created_at, Kept(status, body, _headers.decode(headers)))

    def put(self, tx: Tx, answer: KeptAnswer) -> None:
        """See `weft.ports.idempotency`."""
        kept = answer.kept
        values = (answer.id, answer.fingerprint, answer.created_at, kept.status, _encode(kept.headers), kept.body)
        cast("SqlTx", tx).sql.execute(_PUT, values)

    def sweep(self, tx: Tx, before: int, most: int, limit: int) -> int:
        """See `weft.ports.idempotency`."""
        sql = cast("SqlTx", tx).sql
        surplus = sql.execute(_COUNT).fetchone()[0] - most
        oldest = sql.execute(_OLDEST, (limit, 0)).fetchall()
        gone = [(key,) for at, (key, created_at) in enumerate(oldest) if created_at < before or at < surplus]
        if gone:
            sql.executemany(_DELETE, gone)
        return len(gone)
