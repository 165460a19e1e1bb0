from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_create_list_get_change(http):
    await http.post("/tenants", json={"id": "acme"})
    made = await http.post("/namespaces", json={"id": "lab", "label": "L"}, params={"tenant": "acme"})
    assert (made.status_code, made.json()["tenant"], made.json()["default"]) == (201, "acme", False)
    listed = (await http.get("/namespaces", params={"tenant": "acme"})).json()["items"]
    assert [each["id"] for each in listed] == ["acme", "lab"]
    assert [each["id"] for each in (await http.get("/namespaces")).json()["items"]] == ["default"]
    changed = await http.patch("/namespaces/lab", json={"disabled": True})
    assert changed.json()["disabled"] is True
    assert (await http.get("/namespaces/lab")).json() == changed.json()
    assert (await http.get("/namespaces/none")).status_code == 404
    assert (await http.patch("/namespaces/acme", json={"disabled": True})).status_code == 409
    assert (await http.post("/namespaces", json={"id": "lab"})).status_code == 409
    assert (await http.post("/namespaces", json={"id": "a b"})).status_code == 400
