"""Password hashes: argon2id, made and checked on threads, few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from weft.domain.errors import Busy

T = TypeVar("T")
AT_ONCE = 2
MAX_WAITING = 200


class Passwords:
    """`memory_bytes` and `passes` are argon2's costs. More than 200 checks waiting raise Busy."""

    def __init__(self, *, memory_bytes: int, passes: int) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=max(8, memory_bytes // 1024), parallelism=1)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._decoy = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash (no such user) as much time is spent, and the answer is no."""
        verified = await self._run(self._verify, password_hash or self._decoy, password)
        return verified and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *args: str) -> T:
        if self._waiting >= MAX_WAITING:
            raise Busy("too many logins at once", retry_after=1)
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *args)
        finally:
            self._waiting -= 1
