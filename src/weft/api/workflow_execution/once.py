"""Requests with an `Idempotency-Key`: done once, answered again with what was stored.

A key belongs to customer, caller, method and path with ids in lower case; the fingerprint is the parsed body. What is
stored is the answer as it was given (the state at acceptance), in the transaction that made the change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from weft.api.workflow_execution.problems import bad
from weft.domain.errors import Invalid
from weft.ports.store import Tx
from weft.services.idempotency import Kept, read_key
from weft.web.answers import encode
from weft.web.operations import Answer, Call

if TYPE_CHECKING:
    from weft.services.idempotency import Idempotency

HEADER: Final = "Idempotency-Key"
Keep = Callable[[Tx, Answer], None]
"""Stores the answer in the transaction that makes the change."""


class Once:
    """Carries out work once per key."""

    def __init__(self, idempotency: Idempotency) -> None:
        self._idempotency = idempotency

    async def answer(self, call: Call, path: str, work: Callable[[Keep], Awaitable[Answer]]) -> Answer:
        """Do the work, or give the answer that the same request had. `path` is the canonical path of the request.

        Raises BadRequest for a key that is none, InUse while the first request is under way, Mismatch for another body.
        """
        given = call.headers.get(HEADER.lower())
        if given is None:
            return await work(_keep_nothing)
        try:
            key = read_key(given)
        except Invalid as cause:
            raise bad(HEADER, cause.message) from None
        scope = "\n".join((call.principal.tenant, call.principal.name, call.method, path, key))

        async def guarded(keep: Callable[[Tx, Kept], None]) -> Kept:
            return _kept(await work(lambda tx, answer: keep(tx, _kept(answer))))

        kept, replayed = await self._idempotency.guarded(scope, fingerprint(await call.body()), guarded)
        headers = {**kept.headers, "Idempotent-Replayed": "true"} if replayed else dict(kept.headers)
        return Answer(status=kept.status, body=kept.body, headers=headers)


def fingerprint(body: object) -> str:
    """The body in short; the order of members and white space do not count."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _keep_nothing(tx: Tx, answer: Answer) -> None:
    """Without a key nothing is kept."""


def _kept(answer: Answer) -> Kept:
    return Kept(answer.status, encode(answer), dict(answer.headers))
