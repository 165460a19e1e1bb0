from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_a_key_is_shown_once_and_works(http):
    await http.post("/roles", json={"id": "readers", "permissions": ["administration.read"]})
    late = {"name": "ci", "roles": ["readers"], "expires_at": "2090-01-01T00:00:00Z"}
    made = await http.post("/tokens", json=late)
    assert made.status_code == 400
    made = await http.post("/tokens", json={"name": "ci", "roles": ["readers"]})
    assert made.status_code == 201
    key = made.json()["key"]
    assert key not in (await http.get("/tokens")).text
    assert key not in (await http.get("/tokens/ci")).text
    headers = {"x-api-key": key}
    assert (await http.get("/users", headers=headers, auth=None)).status_code == 200
    assert (await http.post("/users", headers=headers, auth=None, json={})).status_code == 403
    changed = await http.patch(f"/tokens/{made.json()['id']}", json={"disabled": True})
    assert changed.json()["disabled"] is True
    assert (await http.get("/users", headers=headers, auth=None)).status_code == 401
    assert (await http.delete("/tokens/ci")).status_code == 204
    assert (await http.get("/tokens/ci")).status_code == 404


@pytest.mark.parametrize("at", ["2027-01-01T00:00:00", "2001-01-01T00:00:00Z", "soon", 5])
async def test_expiry_needs_an_offset_and_the_future(http, at):
    assert (await http.post("/tokens", json={"name": "ci", "expires_at": at})).status_code == 400


async def test_expiry_is_told_back(http):
    made = await http.post("/tokens", json={"name": "ci"})
    at = made.json()["expires_at"]
    assert at.endswith("Z")
    reply = await http.patch("/tokens/ci", json={"expires_at": at})
    assert reply.json()["expires_at"] == at
