"""Table of conversations, and the removal of those whose job is gone."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Column, Index, Text, delete, exists, select

from weft.domain.conversations import Conversation
from weft.ports.store import Tx
from weft.store.collections import record_table, register
from weft.store.jobs import jobs
from weft.store.statements import text_of
from weft.store.unit import SqlTx

conversations = record_table("conversations", Column("id", Text), Column("job", Text, nullable=False), key="id")
Index("ix_conversations_job", conversations.c.job)
register(Conversation, conversations, key="id")

_ORPHANS = text_of(
    select(conversations.c.tenant, conversations.c.id).where(~exists().where(jobs.c.id == conversations.c.job)).limit(1)
)
_DELETE = text_of(delete(conversations).where(conversations.c.tenant == "", conversations.c.id == ""))


class OrphanedConversations:
    """`weft.ports.payloads.ConversationRows` over SQL."""

    def sweep(self, tx: Tx, limit: int) -> int:
        """See the port."""
        sql = cast("SqlTx", tx).sql
        found = sql.execute(_ORPHANS, (limit, 0)).fetchall()
        sql.executemany(_DELETE, found)
        return len(found)
