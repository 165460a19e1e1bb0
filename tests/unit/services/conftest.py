"""What the tests of services share: a clock that is moved by hand, and access on a store in memory."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from weft.app.access import AccessParts, build_access
from weft.app.ids import SystemIds
from weft.app.settings import Settings
from weft.domain.access import Principal
from weft.domain.tokens import SigningKey
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault

ROOT = Principal(name="root", roles=("admin",), superuser=True)


class MovingClock:
    """Implements `weft.ports.clock.Clock`; time passes only when `pass_s` is called."""

    def __init__(self) -> None:
        self.ms = 1_770_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def pass_s(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@dataclass(frozen=True)
class AccessWorld:
    """Access as the server builds it, with quick password hashes."""

    store: SqliteStore
    clock: MovingClock
    ids: SystemIds
    vault: EncryptedVault
    parts: AccessParts
    root: Principal = ROOT


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def signing_pem() -> bytes:
    """One RSA key for all tests: making one takes longer than most tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
async def world(signing_pem):
    clock = MovingClock()
    ids = SystemIds(clock)
    store = SqliteStore(":memory:", clock)
    await store.open()
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys(("default",))
    sealed = vault.seal("default", "signingKey/k1", signing_pem)
    await store.write(lambda tx: tx.of(SigningKey).insert(SigningKey(id="k1", sealed=sealed, created_at=1)))
    settings = Settings(auth_argon2_memory=8192, auth_argon2_time=1, auth_max_failures=3, auth_address_failures=6)
    parts = await build_access(settings, store, vault, clock, ids)
    yield AccessWorld(store, clock, ids, vault, parts)
    await store.close()


@pytest.fixture
def made() -> ModuleType:
    """The builders of archives and definitions that the dialect's tests use as well."""
    name = "weft_record_world"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "dialects/cwm/record_world.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
async def records(tmp_path: Path, made: ModuleType, anyio_backend: str):
    """The services of definitions, resources, secrets, adapters, workers and events on a store in memory."""
    found = made.RecordWorld(tmp_path)
    await found.open()
    yield found
    await found.close()
