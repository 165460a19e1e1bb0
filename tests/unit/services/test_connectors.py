from __future__ import annotations

import hashlib

import pytest

from weft.domain.conversations import Exchange
from weft.domain.errors import Forbidden, NotFound
from weft.domain.jobs import Job
from weft.domain.origins import Origin
from weft.domain.resources import Resource
from weft.domain.tenancy import Tenant
from weft.ports.connections import Place
from weft.services.connectors import ADAPTER, QUEUE, TARGETS, ConnectorRecords, resolve
from weft.services.conversations import Conversations
from weft.services.payloads import PayloadWriter
from weft.services.secrets import Secrets
from weft.services.type_registry import register_builtin
from weft.store.conversations import OrphanedConversations
from weft.store.payloads import SqlPayloads
from weft.vaults.cipher import BlobCipher

pytestmark = pytest.mark.anyio
PLACE = Place("default", "", "default", "j", "r", 1)


def job(run: str, key: int, **more) -> Job:
    return Job(id="j", run=run, name="n", workflow_name="w", workflow_version="1", workflow_id="d", revision="x",
               status="running", started_at=1, key=key, **more)  # fmt: skip


@pytest.fixture
async def records(world):
    store = world.store
    store.use_cipher(BlobCipher(world.vault))
    await register_builtin(store)
    secrets = Secrets(store, world.vault, world.clock)
    await secrets.create(world.root, "Key", "token", {"token": "hidden-value"})

    def fill(tx):
        tx.of(Resource).insert(Resource(id="Lab", type="t", values={"scheme": "http", "host": "h", "port": 81},
                                        created_at=1, updated_at=1, secret="Key"))  # fmt: skip
        tx.of(Resource).insert(Resource(id="Bare", type="t", values={}, created_at=1, updated_at=1))
        tx.of(Resource).insert(Resource(id="Lost", type="t", values={}, created_at=1, updated_at=1, secret="Gone"))
        tx.of(Tenant).insert(Tenant(id="acme", uuid="u", default_namespace="acme_main"))
        tx.jobs.insert(job("r", 1))
        tx.jobs.insert(job("r2", 2, tenant="acme", namespace="plant"))
        tx.jobs.insert(job("r3", 3, tenant="acme"))

    await store.write(fill)
    payloads = PayloadWriter(store, SqlPayloads(store.ciphers))
    return ConnectorRecords(store, secrets, payloads, Conversations(store, OrphanedConversations(), world.clock))


def test_targets():
    assert len(TARGETS) == 11
    for target in TARGETS:
        found = resolve(target)
        assert found is not None and (found.queue, found.activity, found.adapter) == (QUEUE, target, ADAPTER)
    assert resolve("tasklist:SWITCH") is None and resolve("") is None


async def test_places(records):
    assert await records.place("r") == PLACE
    found = await records.place("r2")
    assert (found.namespace, found.namespace_id) == ("plant", "plant")
    found = await records.place("r3")
    assert (found.namespace, found.namespace_id) == ("", "acme_main")
    with pytest.raises(NotFound):
        await records.place("gone")


async def test_resources(records):
    found = await records.resource(PLACE, "Lab")
    assert found.values["host"] == "h" and found.secret == {"token": "hidden-value"} and "hidden" not in repr(found)
    assert (await records.resource(PLACE, "Bare")).secret is None
    for name, code in (("No", "RESOURCE_NOT_FOUND"), ("Lost", "SECRET_NOT_FOUND")):
        with pytest.raises(NotFound) as caught:
            await records.resource(PLACE, name)
        assert caught.value.code == code


async def test_a_secret_goes_where_a_resource_names_it(records):
    own = Origin("http", "h", 81)
    assert await records.secret(PLACE, "Key", [own]) == {"token": "hidden-value"}
    for origins in ([Origin("https", "h", 81)], [Origin("http", "h", 80)], [own, Origin("http", "x", 81)]):
        with pytest.raises(Forbidden) as caught:
            await records.secret(PLACE, "Key", origins)
        assert caught.value.code == "SECRET_NOT_GRANTED"
    with pytest.raises(NotFound):
        await records.secret(PLACE, "Gone", [])
    with pytest.raises(NotFound):
        await records.secret(await records.place("r2"), "Key", [own])


async def test_what_is_kept(records):
    assert await records.keep(PLACE, b"data") == hashlib.sha256(b"data").hexdigest()
    await records.remember(PLACE, "c", Exchange("a", "q", "a"))
    assert [one.prompt for one in await records.exchanges(PLACE, "c")] == ["q"]
    assert await records.sweep() == 0
