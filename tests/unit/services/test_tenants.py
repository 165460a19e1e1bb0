from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound, Unavailable
from weft.domain.tenancy import SERVER_WIDE, Tenant
from weft.services.access_rights import user_principal
from weft.services.namespaces import NamespaceChange
from weft.services.tenants import TenantChange, TenantDraft, Tenants, check_label

pytestmark = pytest.mark.anyio
UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


@pytest.fixture
def tenants(world):
    return world.parts.tenants


@pytest.fixture
async def chief(world, tenants):
    """The superuser of tenant `acme`."""
    await tenants.create(world.root, TenantDraft(id="acme", uuid=UUID.upper(), label="Acme"))
    user = await world.parts.users.create(world.root.within("acme"), "chief", "password1", ["admin"])
    return world.store.read_now(lambda tx: user_principal(tx, user))


async def test_the_default_tenant_is_there_from_the_start(world, tenants):
    assert (tenants.default.id, tenants.default.default_namespace) == ("default", "default")
    assert tenants.of_uuid(tenants.default.uuid) == tenants.default
    assert tenants.namespace("default").default


async def test_without_a_first_start_there_is_none(world):
    await world.store.write(lambda tx: tx.of(Tenant).delete("default", tenant=SERVER_WIDE))
    with pytest.raises(Unavailable):
        _ = Tenants(world.store, world.clock, world.ids, world.parts.cache).default


async def test_look_ups_see_every_change(world, tenants, chief):
    assert tenants.tenant("acme").uuid == UUID
    assert tenants.of_uuid(UUID).id == "acme"
    assert (tenants.tenant("none"), tenants.of_uuid("none"), tenants.namespace("none")) == (None, None, None)
    await world.parts.namespaces.create(chief, "lab")
    assert tenants.namespace("lab").owner == "acme"
    await world.parts.namespaces.change(chief, "lab", NamespaceChange(disabled=True))
    assert tenants.namespace("lab") is None
    await world.parts.namespaces.change(chief, "lab", NamespaceChange(disabled=False))
    assert tenants.namespace("lab") is not None
    await tenants.change(world.root, "acme", TenantChange(disabled=True))
    assert (tenants.tenant("acme"), tenants.of_uuid(UUID), tenants.namespace("lab")) == (None, None, None)
    await tenants.change(world.root, UUID, TenantChange(disabled=False, label="A", uuid=UUID.replace("3c", "4d")))
    assert tenants.of_uuid(UUID) is None
    assert tenants.tenant("acme").label == "A"


async def test_the_uuid_is_made_up_or_given(world, tenants):
    made = await tenants.create(world.root, TenantDraft(id="b", default_namespace="b-main"))
    assert len(made.uuid) == 36
    assert made.default_namespace == "b-main"
    assert tenants.namespace("b-main").default
    assert tenants.namespace("b") is None


@pytest.mark.parametrize(
    ("draft", "refused"),
    [
        (TenantDraft(id="Bad"), Invalid), (TenantDraft(id="b", uuid="x"), Invalid), (TenantDraft(id=""), Invalid),
        (TenantDraft(id="b", default_namespace="a b"), Invalid), (TenantDraft(id="b", label="x" * 256), Invalid),
        (TenantDraft(id="acme", default_namespace="x"), Conflict), (TenantDraft(id="b", uuid=UUID), Conflict),
        (TenantDraft(id="b", default_namespace="acme"), Conflict),
    ],
)  # fmt: skip
async def test_refused_tenants_leave_nothing(world, tenants, chief, draft, refused):
    with pytest.raises(refused):
        await tenants.create(world.root, draft)
    assert [tenant.id for tenant in await tenants.list(world.root)] == ["acme", "default"]


async def test_only_the_operator_makes_and_changes(world, tenants, chief):
    for call in (
        tenants.create(chief, TenantDraft(id="b")), tenants.change(chief, "acme", TenantChange(disabled=True)),
        tenants.change(chief, "acme", TenantChange(uuid=UUID)),
        tenants.change(Principal(name="n"), "acme", TenantChange(label="x")),
        tenants.create(Principal(name="w", permissions=frozenset({"administration.write"})), TenantDraft(id="b")),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call


async def test_who_administers_a_tenant_reads_it_and_no_other(world, tenants, chief):
    assert [tenant.id for tenant in await tenants.list(chief)] == ["acme"]
    assert (await tenants.get(chief, UUID)).label == "Acme"
    for reference in ("default", "none"):
        with pytest.raises(NotFound):
            await tenants.get(chief, reference)
        with pytest.raises(NotFound):
            await tenants.change(chief, reference, TenantChange(label="x"))
        assert tenants.enter(chief, reference) is None
    assert (await tenants.change(chief, "acme", TenantChange(label="Acme Ltd"))).label == "Acme Ltd"
    with pytest.raises(Forbidden):
        await tenants.list(Principal(name="nobody"))


async def test_entering(world, tenants, chief):
    assert tenants.enter(world.root, UUID).tenant == "acme"
    await tenants.change(world.root, "acme", TenantChange(disabled=True))
    assert tenants.enter(world.root, "acme").superuser
    assert tenants.owner_of("acme") == "acme"
    assert tenants.owner_of("none") is None


async def test_the_default_tenant_stays_enabled(world, tenants):
    with pytest.raises(InUse):
        await tenants.change(world.root, "default", TenantChange(disabled=True))
    with pytest.raises(NotFound):
        await tenants.change(world.root, "none", TenantChange())
    with pytest.raises(Invalid):
        await tenants.change(world.root, "default", TenantChange(uuid="none"))


async def test_a_uuid_stays_that_of_one(world, tenants, chief):
    with pytest.raises(Conflict):
        await tenants.change(world.root, "default", TenantChange(uuid=UUID))
    assert (await tenants.change(world.root, "acme", TenantChange(uuid=UUID))).uuid == UUID


async def test_names_of_namespaces(world, tenants, chief):
    assert tenants.namespace_id("acme", None) is None
    assert tenants.namespace_id("acme", "") == "acme"
    assert tenants.namespace_id("acme", "lab") == "lab"
    assert tenants.namespace_id("gone", "") is None


def test_labels():
    assert check_label("Ä b") == "Ä b"
    for text in ("x" * 256, "a\nb"):
        with pytest.raises(Invalid):
            check_label(text)
