from __future__ import annotations

import msgspec
import pytest

from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound
from weft.domain.secrets import Secret
from weft.services.resources import ResourceDraft

pytestmark = pytest.mark.anyio


async def opened(records, secret_id):
    return await records.store.read(lambda tx: records.secrets.open(tx, "default", secret_id))


@pytest.fixture
async def token(records):
    await records.secrets.create(records.root, "s", "token", {"token": "hunter2"})
    return records


async def test_sealed_and_opened(token):
    assert await opened(token, "s") == {"token": "hunter2"}
    record = await token.store.read(lambda tx: tx.of(Secret).get("s"))
    assert b"hunter2" not in record.sealed
    with pytest.raises(NotFound):
        await opened(token, "none")


async def test_update(token):
    await token.secrets.update(token.root, "s", None, {"token": "new"})
    assert await opened(token, "s") == {"token": "new"}
    with pytest.raises(Invalid):
        await token.secrets.update(token.root, "s", "basicAuth", msgspec.UNSET)
    with pytest.raises(Invalid):
        await token.secrets.update(token.root, "s", "none", {"token": "x"})
    changed = await token.secrets.update(token.root, "s", "basicAuth", {"username": "u", "password": "p"})
    assert changed.type == "basicAuth"
    await token.secrets.update(token.root, "s", None, msgspec.UNSET)
    assert await opened(token, "s") == {"username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("secret_id", "kind", "value"),
    [
        (None, "token", {}),
        ("a/b", "token", {"token": "t"}),
        ("a", "none", {}),
        ("a", "token", {}),
        ("a", "token", None),
    ],
)
async def test_refused(records, secret_id, kind, value):
    with pytest.raises(Invalid):
        await records.secrets.create(records.root, secret_id, kind, value)


async def test_taken_and_used(token):
    with pytest.raises(Conflict):
        await token.secrets.create(token.root, "s", "token", {"token": "t"})
    target = {"scheme": "http", "host": "h", "port": 80}
    draft = ResourceDraft("r", "generic.rest.resource.v1.0.0", "s", target)
    await token.resources.create(token.root, draft)
    with pytest.raises(InUse, match="used by resource r"):
        await token.secrets.delete(token.root, "s")
    await token.resources.delete(token.root, "r")
    await token.secrets.delete(token.root, "s")
    with pytest.raises(NotFound):
        await token.secrets.get(token.root, "s")


async def test_rotation_reaches_them(token):
    before = await token.store.read(lambda tx: tx.of(Secret).get("s").sealed)
    rotation = await token.vault.rotate()
    assert rotation.holders["secrets"] == 1
    after = await token.store.read(lambda tx: tx.of(Secret).get("s").sealed)
    assert before != after
    assert await opened(token, "s") == {"token": "hunter2"}


async def test_permissions(records, made):
    secrets, nobody = records.secrets, made.NOBODY
    for call in (
        secrets.create(nobody, "a", "token", {}), secrets.update(nobody, "a", None, {}), secrets.get(nobody, "a"),
        secrets.list_all(nobody), secrets.delete(nobody, "a"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
