"""The administration API on a store in memory, asked without a socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from weft.api import weft as administration
from weft.app.access import build_access
from weft.app.clock import SystemClock
from weft.app.ids import SystemIds
from weft.app.sealing import register_sealed
from weft.app.settings import Settings
from weft.domain.access import SYSTEM
from weft.domain.tokens import SigningKey
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault
from weft.web.asgi_app import WebApp


class Quiet:
    def info(self, event: str, **values: Any) -> None:
        pass

    def error(self, event: str, **values: Any) -> None:
        raise AssertionError(values.get("exc_info"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def signing_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@asynccontextmanager
async def opened(signing_pem: bytes):
    clock = SystemClock()
    ids = SystemIds(clock)
    store = SqliteStore(":memory:", clock)
    await store.open()
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys(("default",))
    sealed = vault.seal("default", "signingKey/k1", signing_pem)
    await store.write(lambda tx: tx.of(SigningKey).insert(SigningKey(id="k1", sealed=sealed, created_at=1)))
    parts = await build_access(Settings(auth_argon2_memory=8192, auth_argon2_time=1), store, vault, clock, ids)
    register_sealed(vault, store)
    await parts.users.create(SYSTEM, "admin", "password1", ["admin"])

    async def checks():
        return {"store": True}

    state = administration.ServerState(version="1", started_at=5, checks=checks, stats=lambda: {"jobs": 3})
    dialect = administration.dialect(
        administration.WeftServices(
            users=parts.users,
            roles=parts.roles,
            keys=parts.keys,
            tenants=parts.tenants,
            namespaces=parts.namespaces,
            clients=parts.clients,
            rotation=parts.rotation,
            state=state,
        )
    )
    app = WebApp((dialect,), parts.access, clock=clock, ids=ids, log=Quiet())
    base = "http://weft.test/api/weft/v1"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=base, auth=("admin", "password1")
    ) as http:
        yield http
    await store.close()


@pytest.fixture
async def http(signing_pem: bytes):
    async with opened(signing_pem) as client:
        yield client
