"""The vault that keeps sealed values in the store's own columns: envelope encryption with AES-256-GCM.

A key-encryption key wraps data keys, one in use per tenant; the wrapped keys lie in the store. In memory the opened
keys stand in one mapping that is replaced as a whole, so that readers on other threads need no lock.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from weft.domain.errors import Conflict, Unavailable
from weft.domain.keys import DataKey
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.ports.vault import Rotation, SealBroken, SealedHolder
from weft.vaults.envelope import KEY_BYTES, KEY_ID_BYTES, key_id_of, open_sealed, seal

BATCH = 100
"""Values renewed in one transaction of a rotation."""
_MASTER_ID = b"\x00" * KEY_ID_BYTES


class _Ring(msgspec.Struct, frozen=True):
    """The opened keys: by id, and the one in use per tenant."""

    keys: Mapping[bytes, AESGCM]
    owners: Mapping[bytes, str]
    active: Mapping[str, bytes]


class EncryptedVault:
    """Implements `weft.ports.vault.Vault`. Call `open_keys` once before use.

    `previous_key` is the key-encryption key of before: data keys that it wrapped are wrapped anew when they are opened.
    """

    def __init__(self, store: Store, master_key: bytes, clock: Clock, previous_key: bytes | None = None) -> None:
        self._store = store
        self._master = AESGCM(master_key)
        self._previous = AESGCM(previous_key) if previous_key is not None else None
        self._clock = clock
        self._ring = _Ring({}, {}, {})
        self._holders: list[SealedHolder] = []
        self._change = asyncio.Lock()

    async def open_keys(self, tenants: tuple[str, ...]) -> None:
        """Load the data keys and make those that are missing. Raises SealBroken when the master key does not fit."""
        records = await self._store.read(lambda tx: tx.of(DataKey).find())
        if self._previous is not None:
            records = await self._rewrapped(records, self._previous)
        self._ring = self._opened(records)
        for tenant in tenants:
            await self.prepare(tenant)

    def seal(self, tenant: str, context: str, plain: bytes) -> bytes:
        ring = self._ring
        key_id = ring.active.get(tenant)
        if key_id is None:
            raise Unavailable(f"tenant {tenant} has no data key yet")
        return seal(ring.keys[key_id], key_id, tenant, context, plain)

    def open(self, tenant: str, context: str, sealed: bytes) -> bytes:
        ring = self._ring
        key_id = key_id_of(sealed)
        key = ring.keys.get(key_id)
        if key is None or ring.owners[key_id] != tenant:
            raise SealBroken("the value was sealed with a key that is not here")
        return open_sealed(key, tenant, context, sealed)

    async def prepare(self, tenant: str) -> None:
        if tenant in self._ring.active:
            return
        async with self._change:
            if tenant not in self._ring.active:
                await self._add_keys((tenant,))

    def register(self, holder: SealedHolder) -> None:
        self._holders.append(holder)

    async def rotate(self) -> Rotation:
        if self._change.locked():
            raise Conflict("a rotation of the keys is running")
        async with self._change:
            before = await self._store.read(lambda tx: tx.of(DataKey).find())
            tenants = tuple(sorted(self._ring.active))
            await self._add_keys(tenants)
            renewed: dict[str, int] = {}
            for holder in self._holders:
                renewed[holder.name] = await self._renew_all(holder)
            await self._forget([record for record in before if record.retired_at])
        return Rotation(keys=len(tenants), values=sum(renewed.values()), holders=renewed)

    async def _renew_all(self, holder: SealedHolder) -> int:
        keys = list(await holder.keys())
        count = 0
        for start in range(0, len(keys), BATCH):
            count += await holder.renew(keys[start : start + BATCH], self._renewed)
        return count

    def _renewed(self, tenant: str, context: str, sealed: bytes) -> bytes:
        if key_id_of(sealed) == self._ring.active.get(tenant):
            return sealed
        return self.seal(tenant, context, self.open(tenant, context, sealed))

    async def _add_keys(self, tenants: tuple[str, ...]) -> None:
        now = self._clock.now_ms()
        fresh: list[DataKey] = []
        for tenant in tenants:
            key_id = os.urandom(KEY_ID_BYTES)
            wrapped = seal(self._master, _MASTER_ID, tenant, f"key/{key_id.hex()}", os.urandom(KEY_BYTES))
            fresh.append(DataKey(id=key_id.hex(), owner=tenant, wrapped=wrapped, created_at=now))

        def work(tx: Tx) -> list[DataKey]:
            keys = tx.of(DataKey)
            for record in keys.find():
                if record.owner in tenants and not record.retired_at:
                    keys.put(msgspec.structs.replace(record, retired_at=now))
            for record in fresh:
                keys.insert(record)
            return keys.find()

        self._ring = self._opened(await self._store.write(work))

    async def _forget(self, old: list[DataKey]) -> None:
        """Drop keys that an earlier rotation retired: all that was sealed with them has been renewed since."""
        if not old:
            return

        def work(tx: Tx) -> list[DataKey]:
            keys = tx.of(DataKey)
            for record in old:
                keys.delete(record.id)
            return keys.find()

        self._ring = self._opened(await self._store.write(work))

    async def _rewrapped(self, records: list[DataKey], previous: AESGCM) -> list[DataKey]:
        """The records with every data key wrapped by the key of now; those that neither key opens stay as they are."""
        changed: list[DataKey] = []
        for record in records:
            context = f"key/{record.id}"
            try:
                key = open_sealed(previous, record.owner, context, record.wrapped)
            except SealBroken:
                continue
            wrapped = seal(self._master, _MASTER_ID, record.owner, context, key)
            changed.append(msgspec.structs.replace(record, wrapped=wrapped))
        if not changed:
            return records

        def work(tx: Tx) -> list[DataKey]:
            for record in changed:
                tx.of(DataKey).put(record)
            return tx.of(DataKey).find()

        return await self._store.write(work)

    def _opened(self, records: list[DataKey]) -> _Ring:
        keys: dict[bytes, AESGCM] = {}
        owners: dict[bytes, str] = {}
        active: dict[str, bytes] = {}
        for record in records:
            key_id = bytes.fromhex(record.id)
            try:
                keys[key_id] = AESGCM(open_sealed(self._master, record.owner, f"key/{record.id}", record.wrapped))
            except SealBroken:
                raise SealBroken("the master key does not fit this database: its data keys do not open") from None
            owners[key_id] = record.owner
            if not record.retired_at:
                active[record.owner] = key_id
        return _Ring(keys, owners, active)
