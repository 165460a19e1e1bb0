from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_create_list_get_change_delete(http):
    made = await http.post("/users", json={"name": "ann smith", "password": "password1", "roles": ["admin"]})
    assert made.status_code == 201
    assert made.json()["created_at"].endswith("Z")
    assert "hash" not in made.text
    listed = (await http.get("/users")).json()["items"]
    assert [user["name"] for user in listed] == ["admin", "ann smith"]
    assert (await http.get("/users/ann%20smith")).json()["roles"] == ["admin"]
    changed = await http.patch("/users/ann%20smith", json={"disabled": True, "roles": []})
    assert (changed.json()["disabled"], changed.json()["roles"]) == (True, [])
    login = await http.get("/users", auth=("ann smith", "password1"))
    assert login.status_code == 401
    gone = await http.delete("/users/ann%20smith")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await http.get("/users/ann%20smith")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"name": "a"}, 400, "password"),
        ({"name": "a", "password": "password1", "rolez": []}, 400, "rolez"),
        ({"name": 5, "password": "password1"}, 400, "name"),
        ({"name": "a", "password": "short"}, 400, "8 characters"),
        ({"name": "a", "password": "password1", "roles": ["none"]}, 400, "none"),
        ({"name": "admin", "password": "password1"}, 409, "admin"),
        ([], 400, "object"),
    ],
)
async def test_refusals_say_what_is_wrong(http, body, status, word):
    reply = await http.post("/users", json=body)
    error = reply.json()["error"]
    assert reply.status_code == status
    assert word in error["message"]
    assert set(error) == {"code", "message", "details"}


async def test_the_last_administrator_stays(http):
    assert (await http.delete("/users/admin")).status_code == 409


async def test_too_many_failed_logins_are_429(http):
    for _ in range(10):
        assert (await http.get("/users", auth=("admin", "wrong"))).status_code == 401
    reply = await http.get("/users", auth=("admin", "wrong"))
    assert reply.status_code == 429
    assert int(reply.headers["retry-after"]) > 200
