"""Adapters (packages of activities) and how activity names are read.

Ids: adapter `<vendor>.<product>.v<x.y.z>`, activity `<adapter id>.<feature>.<Name>`; `@latest` may stand for the
version. Adapters belong to the server, not to a tenant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from weft.domain.tenancy import SERVER_WIDE
from weft.domain.versions import highest

LATEST = "@latest"
SYSTEM_ADAPTER = "system.function.v1.0.0"

_REF = re.compile(
    r"(?P<vendor>[^./@\s]+)\.(?P<product>[^./@\s]+)\.(?P<version>v\d+\.\d+\.\d+|@latest)"
    r"(?:\.(?P<feature>[^./@\s]+)(?:\.(?P<name>[^./@\s]+))?)?"
)


class Activity(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A function that an adapter offers. Schemas are JSON Schemas."""

    id: str
    adapter: str
    feature: str
    name: str
    description: str = ""
    input_schema: Any = None
    output_schema: Any = None
    idempotent: bool = False


class Adapter(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An uploaded adapter. `version` is `v<x.y.z>`; `digest` the SHA-256 of the stored file.

    `activities` and the type ids are those of the deployed code, which stays when a new file replaces the old one;
    `deployed_digest` tells which file that was.
    """

    id: str
    vendor: str
    product: str
    version: str
    created_at: int
    updated_at: int
    author: str = ""
    description: str = ""
    resource_type: str = "none"
    platform: str = ""
    digest: str = ""
    deployed_digest: str = ""
    file: str = ""
    uploaded: bool = False
    deployed: bool = False
    default: bool = False
    verified: bool = False
    builtin: bool = False
    activities: tuple[Activity, ...] = ()
    resource_types: tuple[str, ...] = ()
    secret_types: tuple[str, ...] = ()
    tenant: str = SERVER_WIDE


class ActivityRef(msgspec.Struct, frozen=True):
    """A name taken apart. `feature` and `name` are empty where the name ends before them."""

    vendor: str
    product: str
    version: str
    feature: str = ""
    name: str = ""

    @property
    def family(self) -> tuple[str, str]:
        return self.vendor, self.product

    @property
    def adapter(self) -> str:
        return f"{self.vendor}.{self.product}.{self.version}"


def read_ref(text: str) -> ActivityRef | None:
    """Adapter id, `<adapter id>.<feature>` or activity id, taken apart; None for anything else."""
    match = _REF.fullmatch(text) if len(text) <= 512 else None
    if match is None:
        return None
    parts = match.groupdict(default="")
    return ActivityRef(parts["vendor"], parts["product"], parts["version"], parts["feature"], parts["name"])


def latest(adapters: Iterable[Adapter]) -> Adapter | None:
    """What `@latest` means among the adapters of one vendor and product: the default, else the highest deployed."""
    deployed = [adapter for adapter in adapters if adapter.deployed]
    for adapter in deployed:
        if adapter.default:
            return adapter
    return highest(deployed, lambda adapter: adapter.version.removeprefix("v"))


def choose(ref: ActivityRef, family: Iterable[Adapter]) -> Adapter | None:
    """The deployed adapter that serves a name, of those with its vendor and product.

    An exact version that is deployed serves itself; any other version of a built-in adapter is served by the built-in
    one; everything else is served by nobody.
    """
    members = list(family)
    if ref.version == LATEST:
        return latest(members)
    for adapter in members:
        if adapter.version == ref.version and adapter.deployed:
            return adapter
    return latest(adapter for adapter in members if adapter.builtin)


def _system(name: str, description: str, schema: Any) -> Activity:
    activity = f"{SYSTEM_ADAPTER}.common.{name}"
    return Activity(
        id=activity,
        adapter=SYSTEM_ADAPTER,
        feature="common",
        name=name,
        description=description,
        input_schema=schema,
        output_schema={"type": "object"},
        idempotent=True,
    )


SYSTEM_FUNCTIONS: tuple[Activity, ...] = (
    _system("NoOp", "Does nothing and gives an empty object", {}),
    _system(
        "FailJob",
        "Fails with the given code, which is never retried",
        {"type": "object", "properties": {"message": {"type": "string"}, "code": {"type": "string"}}},
    ),
)
"""The activities that need no adapter; they run in the server on the queue `default`."""
