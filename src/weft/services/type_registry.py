"""Resource and secret types: the built-in ones, and those that deployed adapters bring.

A type id belongs to whoever declared it first: another vendor and product may declare it too, but only with an equal
schema. A type is gone when no deployed adapter declares it any more; built-in ones stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from weft.domain.adapters import read_ref
from weft.domain.builtin_types import builtin_resource_types, builtin_secret_types
from weft.domain.errors import Conflict, Invalid
from weft.domain.resources import Resource, ResourceType
from weft.domain.schemas import check_schema
from weft.domain.secrets import Secret, SecretType
from weft.domain.tenancy import EVERY_TENANT, SERVER_WIDE
from weft.ports.store import Store, Tx

AnyType = TypeVar("AnyType", ResourceType, SecretType)


class Declaration(Protocol):
    """A type as a manifest declares it."""

    @property
    def id(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def schema(self) -> Any: ...


async def register_builtin(store: Store) -> None:
    """Write the built-in types, once at every start."""

    def work(tx: Tx) -> None:
        for resource_type in builtin_resource_types():
            _put_builtin(tx, resource_type)
        for secret_type in builtin_secret_types():
            _put_builtin(tx, secret_type)

    await store.write(work)


def _put_builtin(tx: Tx, wanted: ResourceType | SecretType) -> None:
    old = tx.of(type(wanted)).get(wanted.id, tenant=SERVER_WIDE)
    if old is not None:
        wanted.adapters = old.adapters
    tx.of(type(wanted)).put(wanted)


def declare(tx: Tx, record: type[AnyType], adapter_id: str, declared: Sequence[Declaration]) -> None:
    """Register what an adapter declares, and take back what it declared before and does no more.

    Raises Conflict for a type of another vendor and product with another schema, Invalid for a bad schema.
    """
    check_declared(tx, record, adapter_id, declared)
    types = tx.of(record)
    for item in declared:
        old = types.get(item.id, tenant=SERVER_WIDE)
        builtin = old is not None and old.builtin
        others = () if old is None else tuple(name for name in old.adapters if name != adapter_id)
        schema = old.schema if old is not None and builtin else item.schema
        types.put(
            record(
                id=item.id,
                description=item.description or (old.description if old is not None else ""),
                schema=schema,
                adapters=(*others, adapter_id),
                builtin=builtin,
            )
        )
    withdraw(tx, record, adapter_id, keep=frozenset(item.id for item in declared))


def check_declared(tx: Tx, record: type[AnyType], adapter_id: str, declared: Sequence[Declaration]) -> None:
    """Raises what `declare` would raise, and writes nothing."""
    for item in declared:
        check_schema(item.schema, f"the schema of {item.id}")
        old = tx.of(record).get(item.id, tenant=SERVER_WIDE)
        if old is not None and old.schema != item.schema and _foreign(old, adapter_id):
            owner = old.adapters[0] if old.adapters else "the server"
            raise Conflict(f"type {item.id} is declared by {owner} with another schema")


def _foreign(old: ResourceType | SecretType, adapter_id: str) -> bool:
    mine = read_ref(adapter_id)
    if old.builtin and not old.adapters:
        return not _same_family(old.id, adapter_id)
    return any((ref := read_ref(name)) is None or mine is None or ref.family != mine.family for name in old.adapters)


def _same_family(type_id: str, adapter_id: str) -> bool:
    return type_id.split(".")[:2] == adapter_id.split(".")[:2]


def withdraw(tx: Tx, record: type[AnyType], adapter_id: str, keep: frozenset[str] = frozenset()) -> None:
    """An adapter declares only `keep` from now on; types that nobody declares are removed."""
    types = tx.of(record)
    for known in types.find(tenant=SERVER_WIDE):
        if adapter_id not in known.adapters or known.id in keep:
            continue
        known.adapters = tuple(name for name in known.adapters if name != adapter_id)
        if known.adapters or known.builtin:
            types.put(known)
        else:
            types.delete(known.id, tenant=SERVER_WIDE)


def only_declared_by(tx: Tx, adapter_id: str) -> tuple[list[str], list[str]]:
    """The ids of the resource and secret types that would be gone without this adapter."""
    return (
        [known.id for known in tx.of(ResourceType).find(tenant=SERVER_WIDE) if _sole(known, adapter_id)],
        [known.id for known in tx.of(SecretType).find(tenant=SERVER_WIDE) if _sole(known, adapter_id)],
    )


def _sole(known: ResourceType | SecretType, adapter_id: str) -> bool:
    return known.adapters == (adapter_id,) and not known.builtin


def users_of_types(tx: Tx, adapter_id: str) -> list[str]:
    """`resource X has type T` and `secret Y has type T` for the types that only this adapter declares."""
    resource_types, secret_types = only_declared_by(tx, adapter_id)
    found: list[str] = []
    for type_id in resource_types:
        users = tx.of(Resource).find(tenant=EVERY_TENANT, type=type_id)
        found += [f"resource {one.id} has type {type_id}" for one in users]
    for type_id in secret_types:
        holders = tx.of(Secret).find(tenant=EVERY_TENANT, type=type_id)
        found += [f"secret {one.id} has type {type_id}" for one in holders]
    return found


def resource_type_of(tx: Tx, type_id: str) -> ResourceType:
    """Raises Invalid for an unknown type."""
    found = tx.of(ResourceType).get(type_id, tenant=SERVER_WIDE)
    if found is None:
        raise Invalid(f"resource type {type_id} does not exist")
    return found


def secret_type_of(tx: Tx, type_id: str) -> SecretType:
    """Raises Invalid for an unknown type."""
    found = tx.of(SecretType).get(type_id, tenant=SERVER_WIDE)
    if found is None:
        raise Invalid(f"secret type {type_id} does not exist")
    return found
