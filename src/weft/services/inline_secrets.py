"""Secret values that are written into definitions and run inputs: kept sealed and apart, opened for one hand-out.

What stands in the text, the job's row and the log is `***` or a sealed value that names a bundle and a place in it.
A bundle belongs to one save of a definition, or to one job (`job:<id>`), and to one tenant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from weft.domain.errors import NotFound, Refusal
from weft.domain.tenancy import EVERY_TENANT
from weft.domain.workflows import SealedValues
from weft.dsl.graph.concealed import Value, put_in, take_out
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.ports.vault import Vault

JOB = "job:"
SWEEP_S = 3600.0
"""Time between two removals of what belongs to jobs that are gone."""
SWEPT = 500
"""Bundles that one unit of work removes at most."""
_log = structlog.get_logger("weft.secrets")


class Concealed(msgspec.Struct, frozen=True):
    """A run input: `given` with sealed values for the machine, `shown` with `***` for people, `values` to be stored."""

    given: Any
    shown: Any
    values: Mapping[str, Value]
    bundle: str


def context_of(bundle: str) -> str:
    """What the sealed bytes of a bundle are bound to, beside their tenant."""
    return f"inline/{bundle}"


def conceal(data: Any, job_id: str) -> Concealed | None:
    """A run input with its literal secrets taken out; None where it has none."""
    shown, values = take_out(data, origins=False)
    if not values:
        return None
    bundle = JOB + job_id
    return Concealed(put_in(shown, bundle), shown, values, bundle)


class InlineSecrets:
    """Writes and opens bundles. Nothing here gives a value to a caller of an API."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def prepare(self, tenant: str) -> None:
        """To be awaited before the transaction that writes a bundle: the tenant's data key exists then."""
        await self._vault.prepare(tenant)

    def write(self, tx: Tx, tenant: str, bundle: str, values: Mapping[str, Value]) -> None:
        """Raises Unavailable when the tenant has no data key."""
        body = {place: [value.text, value.origins] for place, value in values.items()}
        sealed = self._vault.seal(tenant, context_of(bundle), msgspec.json.encode(body))
        now = self._clock.now_ms()
        tx.of(SealedValues).put(SealedValues(id=bundle, sealed=sealed, created_at=now, tenant=tenant))

    def read(self, tx: Tx, tenant: str, bundle: str) -> dict[str, Value]:
        """The values of a bundle by place. Raises NotFound (SECRET_NOT_FOUND), SealBroken."""
        record = tx.of(SealedValues).get(bundle, tenant=tenant)
        if record is None:
            raise NotFound("the secret values of this run or definition are gone", code="SECRET_NOT_FOUND")
        opened = msgspec.json.decode(
            self._vault.open(tenant, context_of(bundle), record.sealed),
            type=dict[str, tuple[str, tuple[str, ...] | None]],
        )
        return {place: Value(text, origins) for place, (text, origins) in opened.items()}

    async def sweep(self, at_once: int = SWEPT) -> int:
        """Remove the bundles of jobs that are gone; how many. They are looked for beside the writer, which removes
        `at_once` of them in a unit of work."""
        left = await self._store.read(_orphans)
        for start in range(0, len(left), at_once):
            part = left[start : start + at_once]
            await self._store.write(lambda tx, part=part: _remove(tx, part))
        return len(left)

    async def sweep_now_and_then(self) -> None:
        """Sweep for ever; a store that cannot write now is tried again."""
        while True:
            try:
                await self.sweep()
            except Refusal as cause:
                _log.warning("secret values of jobs that are gone were not removed", reason=cause.message)
            await asyncio.sleep(SWEEP_S)


def _orphans(tx: Tx) -> list[tuple[str, str]]:
    """Tenant and id of the bundles whose job is gone."""
    kept = tx.of(SealedValues).find(tenant=EVERY_TENANT)
    return [(record.tenant, record.id) for record in kept if _is_orphan(tx, record.id)]


def _is_orphan(tx: Tx, bundle: str) -> bool:
    return bundle.startswith(JOB) and tx.jobs.latest(bundle.removeprefix(JOB)) is None


def _remove(tx: Tx, bundles: Sequence[tuple[str, str]]) -> None:
    for tenant, bundle in bundles:
        if _is_orphan(tx, bundle):  # it may have been started again under its id since
            tx.of(SealedValues).delete(bundle, tenant=tenant)
