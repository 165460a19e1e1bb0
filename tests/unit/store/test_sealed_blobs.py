from __future__ import annotations

import pytest

from weft.domain.keys import DataKey
from weft.store import sealed_blobs
from weft.store.blobs import blobs
from weft.store.sealed_blobs import SealedBlobs
from weft.store.sqlite import SqliteStore
from weft.vaults.cipher import BlobCipher
from weft.vaults.encrypted import EncryptedVault

pytestmark = pytest.mark.anyio


class Clock:
    ms = 1

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store():
    store = SqliteStore(":memory:", Clock())
    await store.open()
    yield store
    await store.close()


async def test_blobs_survive_rotations_and_their_old_keys_do_not(store, monkeypatch):
    monkeypatch.setattr(sealed_blobs, "COMMIT_BYTES", 150_000)
    vault = EncryptedVault(store, b"m" * 32, Clock())
    await vault.open_keys(("default",))
    store.use_cipher(BlobCipher(vault))
    vault.register(SealedBlobs(store))
    values = {run: [str(run) * 70_000, tenant] for run, tenant in ((1, "default"), (2, "default"), (3, "acme"))}
    bodies = {
        run: await store.write(lambda tx, run=run: tx.blobs.pack(run, values[run][1], values[run])) for run in values
    }

    def bytes_at_rest():
        return store.read_now(lambda tx: sorted(row[0] for row in tx.sql.execute(f"SELECT body FROM {blobs.name}")))

    before, first = bytes_at_rest(), {key.id for key in store.read_now(lambda tx: tx.of(DataKey).find())}
    for _ in range(3):
        assert (await vault.rotate()).holders == {"blobs": 3}
    assert not set(before) & set(bytes_at_rest())
    assert not first & {key.id for key in store.read_now(lambda tx: tx.of(DataKey).find())}
    for run, body in bodies.items():
        assert store.read_now(lambda tx, body=body: tx.blobs.value(body)) == values[run]


async def test_a_blob_that_is_gone_is_skipped(store):
    assert await SealedBlobs(store).renew([f"5/{'00' * 32}/default"], lambda *_: b"") == 0
    assert await SealedBlobs(store).keys() == []
