from __future__ import annotations

import hashlib

import pytest

from weft.connectors.failures import AttemptFailed
from weft.domain.errors import TooLarge
from weft.dsl.machine.nodes.facts import task_id
from weft.ports.connections import OpenedResource

pytestmark = pytest.mark.anyio
REST, GRAPH = "tasklist:REST_CONNECTOR", "graph:http"


async def test_keys_of_the_output(desk):
    assert desk.attempt(REST, {}).key("body") == "_body" and desk.attempt(GRAPH, None).key("body") == "body"


async def test_the_task_it_belongs_to(desk):
    assert desk.attempt(REST, {}, config={"task": "fetch__2"}).task_id == task_id("job-1", "fetch__2")


async def test_a_resource_only_where_one_is_named(desk):
    assert desk.attempt(REST, {}, resource={"host": "h"}).resource is None
    found = desk.attempt(REST, {}, config={"resourceId": "r"}, resource={"host": "h"}, secret={"token": "t0ken"})
    assert found.resource == OpenedResource({"host": "h"}, {"token": "t0ken"})
    assert "t0ken" not in repr(found.resource)


async def test_secrets_by_their_names_are_masked(desk):
    input = {"_auth": {"_params": {"password": "hunter2-and"}}, "l": [{"apiKey": "key-1234"}], "x": "shown-text"}
    attempt = desk.attempt(REST, input, secret={"username": "someone"})
    attempt.hide("later-one")
    text = attempt.redacted("hunter2-and key-1234 shown-text someone later-one")
    assert text == "*** *** shown-text *** ***"


async def test_payloads(desk):
    attempt = desk.attempt(REST, {})
    found = await attempt.keep(b"data", "text/x")
    assert found == {"_size": 4, "_contentType": "text/x", "_sha256": hashlib.sha256(b"data").hexdigest()}

    async def refuse(place, data):
        raise TooLarge("too large")

    desk.records.keep = refuse
    with pytest.raises(AttemptFailed) as caught:
        await attempt.keep(b"data", "")
    assert caught.value.code == "RESULT_TOO_LARGE" and not caught.value.retryable


async def test_what_is_not_granted(desk):
    attempt = desk.attempt(REST, {})
    for look_up in (attempt.resource_of("no"), attempt.secret_of("no", [])):
        with pytest.raises(AttemptFailed) as caught:
            await look_up
        assert caught.value.code.endswith("_NOT_FOUND") and not caught.value.retryable
