"""A rotation of the keys reaches everything that is sealed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from weft.app.access import build_vault
from weft.app.clock import SystemClock
from weft.app.sealing import register_sealed
from weft.app.settings import Settings
from weft.domain.secrets import Secret
from weft.domain.secrets import context_of as secret_context
from weft.domain.tokens import SigningKey
from weft.domain.workflows import SealedValues
from weft.services.access_signing import signing_context
from weft.services.inline_secrets import context_of as inline_context
from weft.store import collections
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio
OTHER = "acme"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store():
    made = SqliteStore(":memory:", SystemClock())
    await made.open()
    yield made
    await made.close()


async def test_a_rotation_reaches_every_kind_in_every_tenant(tmp_path: Path, store: SqliteStore):
    vault = await build_vault(replace(Settings(data_dir=tmp_path)), store, SystemClock())
    await vault.prepare(OTHER)
    register_sealed(vault, store)
    key = SigningKey(id="k", sealed=b"", created_at=1)
    records = (
        msgspec.structs.replace(key, sealed=vault.seal("default", signing_context(key), b"1")),
        Secret(
            id="s", type="token", sealed=vault.seal(OTHER, secret_context("s"), b"2"), created_at=1, updated_at=1,
            tenant=OTHER,
        ),
        SealedValues(id="job:j", sealed=vault.seal(OTHER, inline_context("job:j"), b"3"), created_at=1, tenant=OTHER),
    )  # fmt: skip
    for record in records:
        await store.write(lambda tx, record=record: tx.of(type(record)).put(record))
    assert (await vault.rotate()).holders == {"blobs": 0, "signingKey": 1, "secrets": 1, "inline secrets": 1}
    for record in records:
        kept = store.read_now(lambda tx, record=record: tx.of(type(record)).get(record.id, tenant=record.tenant))
        assert kept.sealed != record.sealed
    values = store.read_now(lambda tx: tx.of(SealedValues).get("job:j", tenant=OTHER))
    assert vault.open(OTHER, inline_context("job:j"), values.sealed) == b"3"


def test_no_kind_of_record_with_something_sealed_is_left_out():
    kinds = {kind.__name__ for kind in collections._registered if "sealed" in kind.__struct_fields__}
    assert kinds == {"SigningKey", "Secret", "SealedValues"}
