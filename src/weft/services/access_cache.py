"""Credentials verified moments ago, so that Basic on every call does not cost a hash every time.

What is kept is a keyed hash of the credential and the principal, for 60 s at most; the key lives as long as the
process. Any change of a user, a role, an API key or a ticket forgets everything.
"""

from __future__ import annotations

import hashlib

from weft.domain.access import Principal
from weft.domain.credentials import Credential
from weft.ports.clock import Clock


class CredentialCache:
    """Bounded; used from the event loop only. `generation` counts the times everything was forgotten."""

    def __init__(self, clock: Clock, secret: bytes, *, ttl_s: float, size: int) -> None:
        self._clock = clock
        self._secret = secret
        self._ttl_s = ttl_s
        self._size = size
        self._entries: dict[bytes, tuple[float, Principal]] = {}
        self.generation = 0

    def key_of(self, credential: Credential) -> bytes:
        text = f"{credential.scheme} {credential.text}".encode()
        return hashlib.blake2b(text, digest_size=32, key=self._secret).digest()

    def get(self, key: bytes) -> Principal | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock.monotonic():
            del self._entries[key]
            return None
        return entry[1]

    def put(self, key: bytes, principal: Principal, generation: int, ttl_s: float | None = None) -> None:
        """Remember, unless something was forgotten since `generation`, when the verification began."""
        if generation != self.generation:
            return
        if len(self._entries) >= self._size:
            self._entries.pop(next(iter(self._entries)))
        lifetime = self._ttl_s if ttl_s is None else min(ttl_s, self._ttl_s)
        self._entries[key] = (self._clock.monotonic() + lifetime, principal)

    def forget(self) -> None:
        self._entries.clear()
        self.generation += 1
