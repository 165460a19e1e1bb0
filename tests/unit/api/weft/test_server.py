from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_the_server_tells_of_itself(http):
    reply = await http.get("/server")
    assert reply.json() == {
        "version": "1", "started_at": "1970-01-01T00:00:00.005Z", "parts": {"store": True}, "stats": {"jobs": 3},
    }  # fmt: skip


async def test_keys_are_rotated(http):
    assert (await http.post("/keys/rotate")).json() == {
        "keys": 1, "values": 1, "nouns": {"blobs": 0, "signingKey": 1, "secrets": 0, "inline secrets": 0}
    }  # fmt: skip


async def test_both_need_their_permission(http):
    await http.post("/roles", json={"id": "readers", "permissions": ["administration.read"]})
    await http.post("/users", json={"name": "r", "password": "password1", "roles": ["readers"]})
    await http.post("/users", json={"name": "n", "password": "password1"})
    assert (await http.get("/server", auth=("r", "password1"))).status_code == 200
    assert (await http.post("/keys/rotate", auth=("r", "password1"))).status_code == 403
    assert (await http.get("/server", auth=("n", "password1"))).status_code == 403
