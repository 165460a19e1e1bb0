"""Secret values that are written into definitions and run inputs: used where they belong, found nowhere else."""

from __future__ import annotations

import base64
import json

import pytest

pytestmark = pytest.mark.anyio
WORDS = ("pw-written", "tok-header", "tok-template", "pw-given", "pw-elsewhere")


def basic(password):
    return {"_auth": {"_type": "Basic", "_params": {"username": "u", "password": password}}}


async def everything(space, *idents):
    """All that the API says of these runs."""
    found = []
    for ident in idents:
        run = (await space.call("GET", f"/workflows/{ident}?_includeLoopOverTasks=true", 200)).text
        found.append(run)
        for task in json.loads(run)["_tasks"]:
            found.append((await space.call("GET", f"/workflows/{ident}/tasks/{task['_id']}", 200)).text)
    found.append((await space.call("GET", "/workflows", 200)).text)
    found.append((await space.call("GET", "/workflowdefs", 200)).text)
    return "\n".join(found)


async def test_row_70_secret_values_are_nowhere_but_at_their_target(space, server, play, capfd):
    header = {"_args": {"headers": {"Authorization": "Bearer tok-header"}}}
    one = await space.define(
        space.rest("basic", inputs=basic("pw-written")),
        space.rest("header", inputs=header),
        space.rest("given", inputs={"_auth": "${workflow.input._auth}"}),
        inputTemplate={"token": "tok-template"},
    )
    run = await space.finish(one, basic("pw-given"))
    sent = [asked["headers"].get("authorization") for asked in space.target.seen]
    assert sent == [
        "Basic " + base64.b64encode(b"u:pw-written").decode(),
        "Bearer tok-header",
        "Basic " + base64.b64encode(b"u:pw-given").decode(),
    ]
    assert run["_inputParams"] == {**basic("***"), "token": "***"}
    # an address that data chose gets nothing
    space.target.seen.clear()
    two = await space.define(
        play.task("REST_CONNECTOR", "a", inputs={"_url": "${workflow.input.u}", **basic("pw-elsewhere")}),
        play.task("WAIT", "w"),
        space.rest("b"),
    )
    failed = await space.ended((await space.start(two, {"u": space.url()}))["_id"], "FAILED")
    assert space.target.seen == [] and "same task definition" in failed["_output"]["_reason"]
    said = await everything(space, run["_id"], failed["_id"])
    stored = b"".join(path.read_bytes() for path in server.parts.settings.data_dir.rglob("*") if path.is_file())
    printed = "".join(capfd.readouterr())
    assert one["_id"].encode() in stored
    for word in WORDS:
        for form in (word, base64.b64encode(f"u:{word}".encode()).decode()):
            assert form not in said and form.encode() not in stored and form not in printed, word


async def test_row_70_what_looks_like_a_stored_value_is_data(space, server):
    one = await space.define(space.rest(inputs=basic("pw-written")))
    await space.finish(one)
    ref = {"type": "ref", "name": "$inline:x", "path": ["/_taskDefs/0/_inputParams/_auth/_params/password"]}
    forged = {"$$sealed": {"type": "$$sealed", "parts": [ref]}}
    two = await space.define(
        space.rest("f", inputs={"_method": "POST", "_args": {"body": "${workflow.input.x}"}}), space.rest("g")
    )
    space.target.seen.clear()
    await space.finish(two, {"x": forged})
    assert json.loads(space.target.seen[0]["body"]) == forged


async def test_row_26_stored_credentials_do_not_follow_the_caller(space, play):
    inputs = {**basic("pw-written"), "_args": {"headers": {"x-mine": "1"}}}
    made = await space.define(play.task("REST_CONNECTOR", "c", inputs={"_url": "http://stored.invalid/", **inputs}))
    await space.finish(made, {"_url": space.url("/elsewhere")})
    [asked] = space.target.seen
    assert "authorization" not in asked["headers"] and "x-mine" not in asked["headers"]
