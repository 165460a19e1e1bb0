from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
BOSS = ("boss", "password1")


@pytest.fixture
async def two(http):
    """Tenants `acme` and `other`; `boss` is the superuser of the first, `clerk` nobody anywhere."""
    for name in ("acme", "other"):
        await http.post("/tenants", json={"id": name})
        await http.post("/namespaces", json={"id": f"{name}-lab"}, params={"tenant": name})
        await http.post("/clients", json={"id": f"{name}-client"}, params={"tenant": name})
    for name, roles in (("boss", ["admin"]), ("clerk", [])):
        body = {"name": name, "password": "password1", "roles": roles}
        await http.post("/users", json=body, params={"tenant": "acme"})
    return http


async def test_the_tenant_named_the_things_tenant_the_home_tenant(two):
    assert (await two.get("/clients/acme-client")).json()["tenant"] == "acme"
    assert (await two.get("/namespaces/other-lab")).json()["tenant"] == "other"
    assert (await two.get("/clients")).json()["items"] == []
    uuid = (await two.get("/tenants/acme")).json()["uuid"]
    assert [each["id"] for each in (await two.get("/clients", params={"tenant": uuid})).json()["items"]] == [
        "acme-client"
    ]
    assert (await two.get("/clients/acme-client", params={"tenant": "other"})).status_code == 404
    assert [each["id"] for each in (await two.get("/clients", auth=BOSS)).json()["items"]] == ["acme-client"]


@pytest.mark.parametrize(
    "path", ["/clients/other-client", "/namespaces/other-lab", "/namespaces/none", "/clients/none"]
)
async def test_what_is_another_tenants_is_unknown(two, path):
    for params in ({}, {"tenant": "other"}, {"tenant": "none"}, {"tenant": "default"}):
        assert (await two.get(path, params=params, auth=BOSS)).status_code == 404
        assert (await two.patch(path, params=params, auth=BOSS, json={"label": "x"})).status_code == 404


async def test_who_may_not_is_told_so_before_anything_else(two):
    for params in ({}, {"tenant": "other"}, {"tenant": "none"}):
        assert (await two.get("/users", params=params, auth=("clerk", "password1"))).status_code == 403


async def test_one_tenant_only(two):
    assert (await two.get("/clients?tenant=acme&tenant=other")).status_code == 400
    assert (await two.get("/clients?tenant=acme&tenant=acme")).status_code == 200


async def test_what_is_the_servers_is_the_default_tenants(two):
    assert (await two.get("/server", auth=BOSS)).status_code == 403
    assert (await two.post("/keys/rotate", auth=BOSS)).status_code == 403


async def test_roles_of_a_tenant(two):
    body = {"id": "own", "permissions": ["job.read"]}
    assert (await two.post("/roles", json=body, auth=BOSS)).json()["tenant"] == "acme"
    assert (await two.get("/roles/own")).status_code == 404
    assert (await two.get("/roles/own", params={"tenant": "acme"})).status_code == 200
    assert (await two.get("/roles/viewer", auth=BOSS)).json()["tenant"] is None
    assert (await two.patch("/roles/viewer", json={"permissions": []}, auth=BOSS)).status_code == 400
    shared = {"id": "everywhere", "permissions": ["job.list"], "shared": True}
    assert (await two.post("/roles", json=shared, auth=BOSS)).status_code == 403
    assert (await two.post("/roles", json=shared)).status_code == 201
    assert (await two.get("/roles/everywhere", auth=BOSS)).json()["shared"] is True
    assert (await two.delete("/roles/everywhere", auth=BOSS)).status_code == 400


async def test_grants_of_users_and_keys(two):
    grants = [{"tenant": "acme", "namespace": "acme-lab", "roles": ["operator"]}]
    made = await two.post("/users", json={"name": "ann", "password": "password1", "grants": grants}, auth=BOSS)
    assert (made.status_code, made.json()["grants"], made.json()["tenant"]) == (201, grants, "acme")
    assert (await two.patch("/users/ann", json={"grants": []}, auth=BOSS)).json()["grants"] == []
    key = await two.post("/tokens", json={"name": "ci", "grants": grants})
    assert (key.json()["grants"], key.json()["tenant"]) == (grants, "default")
    assert (await two.patch("/tokens/ci", json={"grants": []})).json()["grants"] == []
    foreign = [{"tenant": "other", "roles": ["viewer"]}]
    assert (await two.patch("/users/ann", json={"grants": foreign}, auth=BOSS)).status_code == 400
    await two.patch("/users/ann", json={"grants": foreign}, params={"tenant": "acme"})
    assert (await two.patch("/users/ann", json={"password": "password2"}, auth=BOSS)).status_code == 403
