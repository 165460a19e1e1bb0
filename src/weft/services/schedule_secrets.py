"""Secret values that are written into the input of a schedule: kept sealed and apart, put back for each start.

What stands in the schedule's record is `***`. A `***` that a caller sends back keeps the value that is stored for its
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weft.domain.workflows import SealedValues
from weft.dsl.graph.concealed import MASK, Value, is_secret_key, take_out
from weft.dsl.problems import pointer_of
from weft.ports.store import Tx
from weft.services.inline_secrets import InlineSecrets

SCHEDULE = "schedule:"


def bundle_of(schedule_id: str) -> str:
    """The name of the bundle that holds a schedule's values."""
    return SCHEDULE + schedule_id


class ScheduleSecrets:
    """Bundles of schedules. Nothing here gives a value to a caller of an API."""

    def __init__(self, inline: InlineSecrets) -> None:
        self._inline = inline

    async def prepare(self, tenant: str, values: Mapping[str, Value]) -> None:
        """To be awaited before the transaction that keeps values."""
        if values:
            await self._inline.prepare(tenant)

    def keep(self, tx: Tx, tenant: str, schedule_id: str, shown: Any, values: Mapping[str, Value]) -> None:
        """Keep new values, and the old ones whose place still says `***`; the others are forgotten."""
        bundle = bundle_of(schedule_id)
        old: dict[str, Value] = {}
        if tx.of(SealedValues).get(bundle, tenant=tenant) is not None:
            old = self._inline.read(tx, tenant, bundle)
        kept = {place: old[place] for place in places_of(shown) if place in old and place not in values}
        if values or kept:
            self._inline.write(tx, tenant, bundle, {**kept, **values})
        elif old:
            self.forget(tx, tenant, schedule_id)

    def open(self, tx: Tx, tenant: str, schedule_id: str, data: dict[str, Any]) -> dict[str, Any]:
        """A schedule's input with its values. Raises SealBroken."""
        if not places_of(data):
            return dict(data)
        bundle = bundle_of(schedule_id)
        if tx.of(SealedValues).get(bundle, tenant=tenant) is None:
            return dict(data)  # `***` was all that was ever given
        values = self._inline.read(tx, tenant, bundle)
        return cast("dict[str, Any]", _with_values(data, "", values))

    def forget(self, tx: Tx, tenant: str, schedule_id: str) -> None:
        tx.of(SealedValues).delete(bundle_of(schedule_id), tenant=tenant)


def conceal_input(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Value]]:
    """An input with `***` for its literal secrets, and the values by place."""
    shown, values = take_out(data, origins=False)
    return cast("dict[str, Any]", shown), values


def places_of(value: Any, pointer: str = "") -> list[str]:
    """The places of an input that say `***` under a secret's key."""
    found: list[str] = []
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            at = pointer + pointer_of(key)
            if item == MASK and is_secret_key(key):
                found.append(at)
            else:
                found += places_of(item, at)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            found += places_of(item, f"{pointer}/{index}")
    return found


def _with_values(value: Any, pointer: str, values: Mapping[str, Value]) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: _with_values(item, pointer + pointer_of(key), values) for key, item in members.items()}
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [_with_values(item, f"{pointer}/{index}", values) for index, item in enumerate(items)]
    if value == MASK and pointer in values:
        return values[pointer].text
    return value
