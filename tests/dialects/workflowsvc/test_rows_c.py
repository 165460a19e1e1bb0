"""Tasks that reach other systems, through the whole product: retries, egress, MQTT, scripts, models, payloads."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from weft.services.resources import ResourceDraft

pytestmark = pytest.mark.anyio


def _contract() -> ModuleType:
    """The real servers of the contract tests."""
    name = "weft_contract_connectors"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "contract" / "connectors" / "conftest.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


mosquitto = _contract().mosquitto


@pytest.fixture(scope="module")
async def server(play, target, mosquitto, tmp_path_factory, anyio_backend):
    """A product with scripts, that may reach the target and the broker, and the port where nobody listens."""
    folder = tmp_path_factory.mktemp("connectors")
    (folder / "scripts").mkdir()
    allow = (f"127.0.0.1:{mosquitto.plain}", "127.0.0.1:9")
    async with play.served(
        folder, target, allow=allow, scripts_enabled=True, scripts_inline=True, scripts_dir=str(folder / "scripts")
    ) as found:
        found.scripts = folder / "scripts"
        yield found


def script(play, text: str, language: str = "shell", **more: Any) -> dict[str, Any]:
    more.setdefault("retryCount", 0)
    return play.task("SCRIPT_EXECUTION", "s", inputs={"_script": text, "_language": language}, **more)


async def make_resource(space, name: str, kind: str, values: dict[str, Any], secret: dict[str, str]) -> None:
    running, who = space.server.parts.running, space.server.inside("acme")
    await running.secrets.create(who, f"{name}-secret", "token" if "token" in secret else "basicAuth", secret)
    draft = ResourceDraft(id=name, type=kind, values=values, secret=f"{name}-secret")
    await running.resources.create(who, draft)


async def test_row_58_retries_with_growing_delays(space, target):
    target.answer = lambda asked: (503, "busy")
    more = {"retryLogic": "EXPONENTIAL_BACKOFF", "retryDelaySeconds": 2, "retryCount": 3}
    run = await space.start(await space.define(space.rest(**more)))
    for asked, delay in enumerate((2, 4, 8), 1):
        await space.until(run["_id"], lambda found, asked=asked: len(target.seen) == asked, f"{asked} requests")
        await space.waiting(run["_id"], "fetch", "QUEUED")
        await space.pushed(delay - 0.9)
        assert len(target.seen) == asked
        await space.pushed(0.9)
    ended = await space.ended(run["_id"], "FAILED")
    found = await space.task(ended, "fetch")
    assert found["_attempt"] == 4 and found["_reason"] == "busy" and len(target.seen) == 4


async def test_row_59_what_is_retried(space, target):
    target.answer = lambda asked: (404, "nobody here")
    definition = await space.define(space.rest(retryCount=3, retryDelaySeconds=0))
    ended = await space.finish(definition, status="FAILED")
    assert (await space.task(ended, "fetch"))["_attempt"] == 1 and len(target.seen) == 1
    rest = space.rest(retryCount=1, retryDelaySeconds=0)
    rest["_inputParams"]["_url"] = "http://127.0.0.1:9/"
    ended = await space.finish(await space.define(rest), status="FAILED")
    assert (await space.task(ended, "fetch"))["_attempt"] == 2


async def test_row_71_the_second_of_two_brokers(space, play, mosquitto):
    up = {"_url": f"tcp://127.0.0.1:{mosquitto.plain}", "_username": "app", "_password": "secret"}
    targets = [{"_type": "none", "_config": {"_url": "tcp://127.0.0.1:9"}}, {"_type": "password", "_config": up}]
    inputs = {"_mqtt_target": targets, "_topic": "site/north", "_messages": ["a", {"b": 1}]}
    ended = await space.finish(await space.define(play.task("MQTT_PUBLISH", "m", inputs=inputs, retryCount=0)))
    found = await space.task(ended, "m")
    assert found["_output"] == {"_target": 1, "_topic": "site/north", "_published": 2}
    assert "secret" not in str(found["_inputParams"])


async def test_row_73_scripts(space, play):
    failing = script(play, "echo 'no luck' >&2; exit 3", retryCount=1, retryDelaySeconds=0)
    ended = await space.finish(await space.define(failing), status="FAILED")
    found = await space.task(ended, "s")
    assert found["_attempt"] == 2 and found["_reason"] == "no luck"
    ended = await space.finish(await space.define(script(play, "echo '[1]'")))
    assert (await space.task(ended, "s"))["_output"] == {"result": [1]}


async def test_an_installed_script_gets_arguments_and_knows_its_task(space, play):
    folder = space.server.scripts / space.n / "ops"
    folder.mkdir(parents=True)
    (folder / "echo.sh").write_text("cat")
    inputs = {"_userType": "ops", "_scriptName": "echo", "site": "${workflow.input.site}"}
    definition = await space.define(play.task("SCRIPT_EXECUTION", "s", inputs=inputs))
    ended = await space.finish(definition, {"site": "north"})
    found = await space.task(ended, "s")
    assert found["_output"]["input"] == {"site": "north"}
    context = found["_output"]["context"]
    assert context["taskId"] == found["_id"] and context["workflowId"] == ended["_id"]
    assert context["namespace"] == space.n and context["attemptId"]


async def test_row_74_egress(space):
    for url in ("http://127.0.0.1:1/", "http://10.1.2.3/", "http://169.254.169.254/latest"):
        rest = space.rest(retryCount=3, retryDelaySeconds=0)
        rest["_inputParams"]["_url"] = url
        ended = await space.finish(await space.define(rest), status="FAILED")
        found = await space.task(ended, "fetch")
        assert found["_attempt"] == 1 and "egress" in found["_reason"], url


async def test_row_75_a_model_that_asks_to_wait(space, play, target):
    name = f"ai-{space.n}"
    values = {"baseUrl": f"http://127.0.0.1:{target.port}/v1", "model": "m-1"}
    await make_resource(space, name, "generic.ai.resource.v1.0.0", values, {"token": "k3y"})
    answers = [(429, {"error": "slow down"}), (200, {"choices": [{"message": {"content": "hello"}}]})]
    target.answer = lambda asked: answers.pop(0)
    target.headers = {"Retry-After": "5"}
    try:
        inputs = {"_resourceId": name, "_userPrompt": "hi"}
        chat = play.task("AI_CONVERSE", "ask", inputs=inputs, retryCount=1, retryDelaySeconds=0)
        run = await space.start(await space.define(chat))
        await space.waiting(run["_id"], "ask", "QUEUED")
        await space.until(run["_id"], lambda found: len(target.seen) == 1, "the first request")
        await space.waiting(run["_id"], "ask", "QUEUED")
        await space.pushed(3.5)
        assert len(target.seen) == 1
        await space.pushed(1.5)
        ended = await space.ended(run["_id"])
    finally:
        target.headers = {}
    found = await space.task(ended, "ask")
    assert found["_attempt"] == 2 and found["_output"]["_response"] == "hello"
    assert target.seen[0]["headers"]["authorization"] == "Bearer k3y"


async def test_a_payload_is_stored_and_answered(space, target):
    target.answer = lambda asked: (200, '{"big": true}')
    rest = space.rest()
    rest["_inputParams"]["_to"] = "file"
    ended = await space.finish(await space.define(rest, space.rest("second", sequenceno=2)))
    found = await space.task(ended, "fetch")
    digest = hashlib.sha256(b'{"big": true}').hexdigest()
    assert found["_output"] == {"_payload": {"_size": 13, "_contentType": "application/json", "_sha256": digest}}
    path = f"/workflows/{ended['_id']}/tasks/{found['_id']}/payload"
    answer = await space.call("GET", path, 200)
    assert answer.content == b'{"big": true}' and answer.headers["content-type"] == "application/json"
    await space.call("GET", path, 404, ns=space.m)
    other = await space.task(ended, "second")
    await space.call("GET", f"/workflows/{ended['_id']}/tasks/{other['_id']}/payload", 404)


async def test_a_secret_of_a_resource_goes_to_the_resource(space, target):
    name = f"meters-{space.n}"
    values = {"scheme": "http", "host": "127.0.0.1", "port": target.port, "basePath": "v2"}
    await make_resource(
        space, name, "generic.rest.resource.v1.0.0", values, {"username": "u", "password": "pass-word-1"}
    )
    rest = space.rest()
    rest["_inputParams"] = {"_resourceId": name, "_url": "readings"}
    ended = await space.finish(await space.define(rest))
    assert target.seen[0]["path"] == "/v2/readings" and target.seen[0]["headers"]["authorization"].startswith("Basic ")
    assert "pass-word-1" not in str(ended) + str(await space.task(ended, "fetch"))
    login = space.rest(inputs={"_auth": {"_type": "Basic", "_secretId": f"{name}-secret"}})
    await space.finish(await space.define(login))
    assert target.seen[1]["headers"]["authorization"] == target.seen[0]["headers"]["authorization"]
