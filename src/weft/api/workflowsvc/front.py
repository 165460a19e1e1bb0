"""What every operation of this dialect goes through: its place, its body, and requests that are made once.

An operation that takes `Idempotency-Key` hands its work to `Front.once`: the same key with the same request after a
success gives the stored answer again, and nothing runs twice. The key is taken per tenant, caller, method and path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

import msgspec

from weft.api.workflowsvc.errors import BODY, PARAMETER, Detail, Wrong, wrong_body
from weft.api.workflowsvc.scoping import Asked, Scoping
from weft.domain.errors import Invalid
from weft.ports.store import Tx
from weft.services.idempotency import Idempotency, Kept, read_key
from weft.web.answers import encode
from weft.web.operations import Answer, Call, Handler

KEY_HEADER: Final = "idempotency-key"
Handle = Callable[[Asked], Awaitable[Answer]]
Keep = Callable[[Tx, Answer], None]
"""Stores the answer in the transaction that makes the change."""
Work = Callable[[Keep], Awaitable[Answer]]


class Front:
    """Makes handlers, and carries out work once per key."""

    def __init__(self, scoping: Scoping, idempotency: Idempotency) -> None:
        self.scoping = scoping
        self._idempotency = idempotency

    def handler(self, handle: Handle) -> Handler:
        """A handler of `web`."""

        async def answer(call: Call) -> Answer:
            return await handle(self.scoping.asked(call))

        return answer

    async def once(self, asked: Asked, path: str, work: Work) -> Answer:
        """Do the work, or repeat the answer that the same request had. `path` is the canonical one, ids folded.

        Raises Wrong for a key that is none, InUse while the first request is under way, Mismatch for another body.
        """
        given = asked.call.headers.get(KEY_HEADER)
        if given is None:
            return await work(_keep_nothing)
        try:
            key = read_key(given)
        except Invalid as cause:
            detail = Detail("header/Idempotency-Key", PARAMETER, cause.message)
            raise Wrong(PARAMETER, (detail,)) from None
        scope = "\n".join((asked.tenant.id, asked.principal.name, asked.call.method, path, key))

        async def guarded(keep: Callable[[Tx, Kept], None]) -> Kept:
            return kept_of(await work(lambda tx, answer: keep(tx, kept_of(answer))))

        kept, replayed = await self._idempotency.guarded(scope, await fingerprint(asked), guarded)
        headers = {**kept.headers, "Idempotent-Replayed": "true"} if replayed else dict(kept.headers)
        return Answer(status=kept.status, body=kept.body, headers=headers)


def _keep_nothing(tx: Tx, answer: Answer) -> None:
    """Without a key nothing is kept."""


def kept_of(answer: Answer) -> Kept:
    """An answer as it is stored."""
    return Kept(answer.status, encode(answer), dict(answer.headers))


async def fingerprint(asked: Asked) -> str:
    """The namespace and the body with its keys sorted, in short; white space does not count."""
    text = json.dumps(await asked.call.body(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{asked.namespace.id}\n{text}".encode()).hexdigest()


async def members(asked: Asked, code: str = BODY) -> Mapping[str, Any]:
    """The body, which must be an object. Raises Wrong with the word `code`."""
    body = await asked.call.body()
    if not isinstance(body, dict):
        raise wrong_body("", "the body must be a JSON object", code)
    return cast("dict[str, Any]", body)


class Problems(msgspec.Struct):
    """Problems of one body, gathered so that all come at once."""

    code: str
    found: list[Detail] = msgspec.field(default_factory=list)

    def add(self, path: str, message: str) -> None:
        """Note one."""
        self.found.append(Detail(path, self.code, message))

    def done(self) -> None:
        """Raises Wrong if there are any."""
        if self.found:
            raise Wrong(self.code, self.found)


def page_body(offset: int, limit: int, total: int, shown: list[Any]) -> dict[str, Any]:
    """A list, in exactly four keys."""
    return {"_offset": offset, "_pageSize": limit, "_total": total, "_list": shown}
