"""Collections whose records hold one sealed field, made known to rotations of the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from weft.domain.tenancy import EVERY_TENANT
from weft.ports.store import Store, Tx
from weft.ports.vault import Renew

R = TypeVar("R", bound=msgspec.Struct)


class CollectionHolder(Generic[R]):
    """Renews field `sealed_field` of every record of a type, in every tenant. Its keys are `<tenant>/<key>`.

    `context` gives the context that a record's value was sealed with.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        record: type[R],
        *,
        key_field: str,
        sealed_field: str,
        context: Callable[[R], str],
    ) -> None:
        self.name = name
        self._store = store
        self._record = record
        self._key_field = key_field
        self._sealed_field = sealed_field
        self._context = context

    async def keys(self) -> Sequence[str]:
        def work(tx: Tx) -> list[str]:
            found: list[Any] = list(tx.of(self._record).find(tenant=EVERY_TENANT))
            return [f"{record.tenant}/{getattr(record, self._key_field)}" for record in found]

        return await self._store.read(work)

    async def renew(self, keys: Sequence[str], renew: Renew) -> int:
        def work(tx: Tx) -> int:
            records = tx.of(self._record)
            changed = 0
            for text in keys:
                tenant, _, key = text.partition("/")
                record = records.get(key, tenant=tenant)
                sealed: Any = getattr(record, self._sealed_field, b"") if record is not None else b""
                if record is None or not sealed:
                    continue
                fresh = renew(tenant, self._context(record), sealed)
                if fresh != sealed:
                    records.put(msgspec.structs.replace(record, **{self._sealed_field: fresh}))
                    changed += 1
            return changed

        return await self._store.write(work)
