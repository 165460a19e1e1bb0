"""Conversations of jobs with language models: kept durably, at most 50 messages, until their job is removed."""

from __future__ import annotations

import msgspec

from weft.domain.conversations import MAX_NAME, Conversation, Exchange, conversation_id, with_exchange
from weft.domain.errors import Invalid
from weft.ports.clock import Clock
from weft.ports.connections import Place
from weft.ports.payloads import ConversationRows
from weft.ports.store import Store, Tx

SWEEP = 200
"""Conversations removed in one transaction."""


class Conversations:
    """For connectors only: no caller of an API reads conversations."""

    def __init__(self, store: Store, rows: ConversationRows, clock: Clock) -> None:
        self._store = store
        self._rows = rows
        self._clock = clock

    async def read(self, place: Place, name: str) -> tuple[Exchange, ...]:
        """What was said so far, oldest first. Raises Invalid for a name that is none."""
        key = conversation_id(place.job, _checked(name))
        found = self._store.read_now(lambda tx: tx.of(Conversation).get(key, tenant=place.tenant))
        return () if found is None else found.exchanges

    async def add(self, place: Place, name: str, said: Exchange) -> None:
        """Add an exchange; parallel tasks of one conversation lose nothing."""
        key, now = conversation_id(place.job, _checked(name)), self._clock.now_ms()

        def work(tx: Tx) -> None:
            found = tx.of(Conversation).get(key, tenant=place.tenant)
            if found is None:
                found = Conversation(id=key, job=place.job, tenant=place.tenant)
            exchanges = with_exchange(found.exchanges, said)
            tx.of(Conversation).put(msgspec.structs.replace(found, exchanges=exchanges, updated_at=now))

        await self._store.write(work)

    async def sweep(self) -> int:
        """Remove some of those whose job is gone; how many. To be called until it gives 0."""
        return await self._store.write(lambda tx: self._rows.sweep(tx, SWEEP))


def _checked(name: str) -> str:
    if not name or len(name) > MAX_NAME or any(ord(sign) < 32 for sign in name):
        raise Invalid(f"the name of a conversation has 1 to {MAX_NAME} characters, none of them a control character")
    return name
