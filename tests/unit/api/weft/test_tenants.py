from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


async def test_create_list_get_change(http):
    made = await http.post("/tenants", json={"id": "acme", "uuid": UUID.upper(), "label": "Acme"})
    assert made.status_code == 201
    assert made.json().items() >= {
        "id": "acme", "uuid": UUID, "label": "Acme", "default_namespace": "acme", "disabled": False,
    }.items()  # fmt: skip
    assert [each["id"] for each in (await http.get("/tenants")).json()["items"]] == ["acme", "default"]
    assert (await http.get(f"/tenants/{UUID}")).json() == made.json()
    changed = await http.patch("/tenants/acme", json={"label": "", "disabled": True})
    assert (changed.json()["label"], changed.json()["disabled"]) == ("", True)
    assert (await http.patch("/tenants/acme", json={"disabled": False})).json()["disabled"] is False
    assert (await http.get("/tenants/none")).status_code == 404
    assert (await http.patch("/tenants/none", json={})).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "A"}, 400),
        ({}, 400),
        ({"id": "a", "uuid": "x"}, 400),
        ({"id": "default"}, 409),
        ({"id": "a", "x": 1}, 400),
    ],
)
async def test_refusals(http, body, status):
    assert (await http.post("/tenants", json=body)).status_code == status


async def test_the_superuser_of_a_tenant_sees_it_alone(http):
    for name in ("acme", "other"):
        await http.post("/tenants", json={"id": name})
    boss = {"name": "boss", "password": "password1", "roles": ["admin"]}
    await http.post("/users", json=boss, params={"tenant": "acme"})
    as_boss = {"auth": ("boss", "password1")}
    assert [each["id"] for each in (await http.get("/tenants", **as_boss)).json()["items"]] == ["acme"]
    assert (await http.get("/tenants/acme", **as_boss)).status_code == 200
    assert (await http.get("/tenants/other", **as_boss)).status_code == 404
    assert (await http.post("/tenants", json={"id": "mine"}, **as_boss)).status_code == 403
    assert (await http.patch("/tenants/acme", json={"label": "x"}, **as_boss)).status_code == 200
    assert (await http.patch("/tenants/acme", json={"disabled": True}, **as_boss)).status_code == 403
    await http.patch("/tenants/acme", json={"disabled": True})
    assert (await http.get("/tenants/acme", **as_boss)).status_code == 401
