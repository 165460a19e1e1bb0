from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_create_list_get_change_delete(http):
    made = await http.post("/roles", json={"id": "ops", "permissions": ["job.list", "event.*"]})
    assert (made.status_code, made.json()["permissions"]) == (201, ["event.receive", "job.list"])
    assert [role["id"] for role in (await http.get("/roles")).json()["items"]] == [
        "admin", "author", "operator", "ops", "viewer",
    ]  # fmt: skip
    changed = await http.patch("/roles/ops", json={"description": "text"})
    assert (changed.json()["description"], len(changed.json()["permissions"])) == ("text", 2)
    assert (await http.patch("/roles/ops", json={"permissions": []})).json()["permissions"] == []
    assert (await http.delete("/roles/ops")).status_code == 204
    assert (await http.get("/roles/ops")).status_code == 404


async def test_admin_cannot_be_written(http):
    assert (await http.patch("/roles/admin", json={"permissions": []})).status_code == 400
    assert (await http.delete("/roles/admin")).status_code == 400
    assert "administration.write" in (await http.get("/roles/admin")).json()["permissions"]


async def test_unknown_permissions_are_listed(http):
    reply = await http.post("/roles", json={"id": "ops", "permissions": ["job.fly", "a.b"]})
    assert reply.status_code == 400
    assert reply.json()["error"]["details"] == ["unknown permission job.fly", "unknown permission a.b"]


async def test_permissions_are_told(http):
    told = (await http.get("/permissions")).json()
    assert "job.create" in told["items"]
    assert told["bundles"]["job.start"] == ["job.create"]
