"""Requests with an `Idempotency-Key`: done once, answered again with what was stored.

A key belongs to tenant, caller, method and path; the fingerprint is the place that is asked in and the parsed body.
What is stored is the answer as it was given, in the transaction that made the change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Final

from weft.ports.store import Tx
from weft.services.idempotency import Idempotency, Kept, read_key
from weft.web.answers import encode
from weft.web.operations import Answer, Call

KEY_HEADER: Final = "Idempotency-Key"
Keep = Callable[[Tx, Answer], None]
"""Stores the answer in the transaction that makes the change."""
Work = Callable[[Keep], Awaitable[Answer]]


def key_of(call: Call) -> str | None:
    """The key of a request, None without one. Raises Invalid for one that is none."""
    given = call.headers.get(KEY_HEADER.lower())
    return None if given is None else read_key(given)


class Once:
    """Carries out work once per key."""

    def __init__(self, idempotency: Idempotency) -> None:
        self._idempotency = idempotency

    async def answer(self, call: Call, key: str | None, path: str, work: Work, *, place: str = "") -> Answer:
        """Do the work, or give the answer that the same request had.

        `path` is the canonical path, ids folded; `place` what the request stands in beside it (a namespace). Raises
        what the work raises, InUse while the first request is under way, Mismatch for another place or body.
        """
        if key is None:
            return await work(_keep_nothing)
        scope = "\n".join((call.principal.tenant, call.principal.name, call.method, path, key))

        async def guarded(keep: Callable[[Tx, Kept], None]) -> Kept:
            return _kept(await work(lambda tx, answer: keep(tx, _kept(answer))))

        kept, replayed = await self._idempotency.guarded(scope, fingerprint(place, await call.body()), guarded)
        headers = {**kept.headers, "Idempotent-Replayed": "true"} if replayed else dict(kept.headers)
        return Answer(status=kept.status, body=kept.body, headers=headers)


def fingerprint(place: str, body: object) -> str:
    """Place and body in short; the order of members and white space do not count."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{place}\n{text}".encode()).hexdigest()


def _keep_nothing(tx: Tx, answer: Answer) -> None:
    """Without a key nothing is kept."""


def _kept(answer: Answer) -> Kept:
    return Kept(answer.status, encode(answer), dict(answer.headers))
