"""Login tickets and the bearer tokens made from them.

A ticket is 256 random bits behind `TGT-`; the store keeps its hash. A token is valid while its ticket's record is
there and its user is enabled, so that ending the ticket voids its tokens at once.
"""

from __future__ import annotations

import base64

import msgspec

from weft.domain.errors import NotFound
from weft.domain.tokens import Ticket
from weft.domain.users import User
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.access import Access, digest_of
from weft.services.access_cache import CredentialCache
from weft.services.access_rights import find_user
from weft.services.access_signing import TokenSigner

PREFIX = "TGT-"
MAX_SERVICE = 2048
_UNKNOWN = "the ticket is not known or has expired"


class Tickets:
    """`lifetime_s` holds for tickets and tokens; a user has at most `most` tickets, the oldest goes."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        access: Access,
        signer: TokenSigner,
        cache: CredentialCache,
        *,
        lifetime_s: int,
        most: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._access = access
        self._signer = signer
        self._cache = cache
        self._lifetime_s = lifetime_s
        self._most = most

    async def login(self, name: str, password: str, address: str) -> str:
        """A new ticket. Raises Unauthenticated."""
        user = await self._access.login(name, password, address)
        secret = PREFIX + base64.urlsafe_b64encode(self._ids.token(32)).decode().rstrip("=")
        now = self._clock.now_ms()
        ticket = Ticket(id=digest_of(secret), user=user.name, created_at=now, expires_at=now + self._lifetime_s * 1000)

        def work(tx: Tx) -> None:
            tickets = tx.of(Ticket)
            mine = sorted(tickets.find(user=user.name), key=lambda each: each.created_at)
            over = len(mine) + 1 - self._most
            for position, old in enumerate(mine):
                if position < over or max(old.expires_at, old.tokens_until) <= now:
                    tickets.delete(old.id)
            tickets.insert(ticket)

        await self._store.write(work)
        return secret

    async def token(self, secret: str, service: str) -> str:
        """A bearer token. Raises NotFound for a ticket that is unknown, expired, or whose user cannot log in."""
        digest = digest_of(secret)
        now = self._clock.now_ms()

        def look(tx: Tx) -> tuple[Ticket, User] | None:
            ticket = tx.of(Ticket).get(digest)
            user = find_user(tx, ticket.user) if ticket is not None else None
            if ticket is None or ticket.expires_at <= now or user is None or user.disabled:
                return None
            return ticket, user

        found = await self._store.read(look)
        if found is None:
            raise NotFound(_UNKNOWN)
        text, expires_at = self._signer.sign(found[1], found[0], self._lifetime_s)

        def note(tx: Tx) -> bool:
            ticket = tx.of(Ticket).get(digest)
            if ticket is None:
                return False
            tx.of(Ticket).put(
                msgspec.structs.replace(
                    ticket, tokens_until=max(ticket.tokens_until, expires_at * 1000), service=service[:MAX_SERVICE]
                )
            )
            return True

        if not await self._store.write(note):
            raise NotFound(_UNKNOWN)
        return text

    async def end(self, secret: str) -> None:
        """Make the ticket and its tokens void. Raises NotFound."""
        digest = digest_of(secret)

        def work(tx: Tx) -> bool:
            tx.after_commit(self._cache.forget)
            return tx.of(Ticket).delete(digest)

        if not await self._store.write(work):
            raise NotFound(_UNKNOWN)
