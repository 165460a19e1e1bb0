"""What every operation of this dialect goes through: its place, its body, and requests that are made once.

An operation that takes `Idempotency-Key` hands its work to `Front.once`: the same key with the same request after a
success gives the stored answer again, and nothing runs twice. The key is taken per tenant, caller, method and path.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import msgspec

from weft.api.workflowsvc.errors import BODY, PARAMETER, Detail, Wrong, wrong_body
from weft.api.workflowsvc.scoping import Asked, Scoping
from weft.domain.errors import Invalid
from weft.services.idempotency import Idempotency
from weft.web.once import KEY_HEADER, Once, Work, key_of
from weft.web.operations import Answer, Call, Handler

Handle = Callable[[Asked], Awaitable[Answer]]


class Front:
    """Makes handlers, and carries out work once per key."""

    def __init__(self, scoping: Scoping, idempotency: Idempotency) -> None:
        self.scoping = scoping
        self._once = Once(idempotency)

    def handler(self, handle: Handle) -> Handler:
        """A handler of `web`."""

        async def answer(call: Call) -> Answer:
            return await handle(self.scoping.asked(call))

        return answer

    async def once(self, asked: Asked, path: str, work: Work) -> Answer:
        """Do the work, or repeat the answer that the same request had. `path` is the canonical one, ids folded.

        Raises Wrong for a key that is none, InUse while the first request is under way, Mismatch for another body.
        """
        try:
            key = key_of(asked.call)
        except Invalid as cause:
            detail = Detail(f"header/{KEY_HEADER}", PARAMETER, cause.message)
            raise Wrong(PARAMETER, (detail,)) from None
        return await self._once.answer(asked.call, key, path, work, place=asked.namespace.id)


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
