"""Requests with an `Idempotency-Key`, as this dialect words what is wrong with the key."""

from __future__ import annotations

from weft.api.workflow_execution.problems import bad
from weft.domain.errors import Invalid
from weft.services.idempotency import Idempotency
from weft.web import once
from weft.web.once import KEY_HEADER, Work, key_of
from weft.web.operations import Answer, Call


class Once:
    """Carries out work once per key."""

    def __init__(self, idempotency: Idempotency) -> None:
        self._once = once.Once(idempotency)

    async def answer(self, call: Call, path: str, work: Work) -> Answer:
        """See `weft.web.once`. Raises BadRequest for a key that is none."""
        try:
            key = key_of(call)
        except Invalid as cause:
            raise bad(KEY_HEADER, cause.message) from None
        return await self._once.answer(call, key, path, work)
