from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from weft.api.weft.clients import ClientPatch, change_of

pytestmark = pytest.mark.anyio


async def test_a_secret_is_shown_once(http):
    await http.post("/tenants", json={"id": "acme"})
    grants = [{"tenant": "acme", "namespace": "acme", "roles": ["viewer"]}]
    made = await http.post("/clients", json={"id": "imp", "roles": ["operator"], "grants": grants})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    secret = made.json()["secret"]
    assert made.json()["grants"] == grants
    for path in ("/clients", "/clients/imp"):
        reply = await http.get(path)
        assert secret not in reply.text
        assert "digest" not in reply.text and "hash" not in reply.text
    renewed = await http.post("/clients/imp/secret", json={})
    assert renewed.json()["secret"] not in (None, secret)
    chosen = await http.post("/clients/imp/secret", json={"secret": "s3cr3t"})
    assert (chosen.json()["secret"], "s3cr3t" in chosen.text) == (None, False)


async def test_change_and_delete(http):
    await http.post("/clients", json={"id": "imp", "expires_at": "2030-01-01T00:00:00Z"})
    changed = await http.patch("/clients/imp", json={"disabled": True, "label": "x"})
    assert (changed.json()["disabled"], changed.json()["expires_at"]) == (True, "2030-01-01T00:00:00.000Z")
    assert (await http.patch("/clients/imp", json={"expires_at": None})).json()["expires_at"] is None
    assert (await http.delete("/clients/imp")).status_code == 204
    assert (await http.get("/clients/imp")).status_code == 404
    assert (await http.post("/clients/imp/secret", json={})).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{"id": "a/b"}, {"secret": "x"}, {"roles": ["none"]}, {"grants": [{"tenant": "default"}]}, {"expires_at": "soon"},
     {"grants": [{"tenant": "none", "roles": ["viewer"]}]}, {"unknown": 1}],
)  # fmt: skip
async def test_refusals(http, body):
    reply = await http.post("/clients", json=body)
    assert (reply.status_code, set(reply.json()["error"])) == (400, {"code", "message", "details"})


def test_what_is_left_out_stays():
    assert change_of(ClientPatch()).expires_at is None
    assert change_of(msgspec.convert({"expires_at": None}, ClientPatch)).expires_at == 0
    assert change_of(ClientPatch(expires_at=datetime(1970, 1, 2, tzinfo=UTC))).expires_at == 86_400_000
