"""Acceptance rows 1 to 4: the token endpoint."""

from __future__ import annotations

import base64

import pytest

pytestmark = pytest.mark.anyio
FIELDS = {"client_id": "importer", "client_secret": "s3cr3t-importer", "grant_type": "client_credentials"}
OPEN = {"authorization": ""}


async def ask(world, play, fields=FIELDS, **more):
    return await world.http.post(play.TOKEN, data=fields, headers={**OPEN, **more.pop("headers", {})}, **more)


async def test_row_1_a_token(world, play):
    answer = await ask(world, play, {**FIELDS, "scope": "workflow_api"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "expires_in", "token_type", "scope"}
    assert (body["expires_in"], body["token_type"], body["scope"]) == (3600, "Bearer", "workflow_api")
    assert answer.headers["cache-control"] == "no-store"
    again = await world.http.get(world.path(), headers={"authorization": f"Bearer {body['access_token']}"})
    assert again.status_code == 200
    folded = await world.http.post(play.TOKEN.upper(), data=FIELDS, headers=OPEN)
    assert folded.status_code == 200


async def test_row_2_no_form_or_no_client(world, play):
    as_json = await world.http.post(play.TOKEN, json=FIELDS, headers=OPEN)
    without = await ask(world, play, {name: value for name, value in FIELDS.items() if name != "client_id"})
    for answer in (as_json, without):
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


async def test_row_3_wrong_grant_wrong_secret_wrong_header(world, play):
    answer = await ask(world, play, {**FIELDS, "grant_type": "password"})
    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})
    answer = await ask(world, play, {**FIELDS, "client_secret": "wrong"})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})
    basic = "Basic " + base64.b64encode(b"importer:wrong").decode()
    answer = await ask(world, play, {"grant_type": "client_credentials"}, headers={"authorization": basic})
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["www-authenticate"] == "Basic"


async def test_row_4_another_field_and_no_scope(world, play):
    answer = await ask(world, play, {**FIELDS, "resource": "x"})
    assert (answer.status_code, answer.json()["scope"]) == (200, "workflow_api")


async def test_any_scope_is_given_back(world, play):
    assert (await ask(world, play, {**FIELDS, "scope": "a b"})).json()["scope"] == "a b"


async def test_too_many_failures_are_429(world, play):
    await world.client("other", "guessed", "viewer")
    wrong = {**FIELDS, "client_id": "guessed", "client_secret": "wrong"}
    async with world.from_address("192.0.2.66") as caller:
        statuses = [(await caller.post(play.TOKEN, data=wrong)).status_code for _ in range(12)]
        last = await caller.post(play.TOKEN, data=wrong)
    assert statuses[:10] == [400] * 10
    assert (last.status_code, last.json()) == (429, {"error": "too_many_requests"})
    assert int(last.headers["retry-after"]) > 0


async def test_only_post(world, play):
    answer = await world.http.get(play.TOKEN, headers=OPEN)
    assert (answer.status_code, answer.json()) == (405, {"error": "invalid_request"})
    assert "POST" in answer.headers["allow"]
