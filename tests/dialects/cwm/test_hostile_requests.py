"""Whatever is sent, the answer is a documented one: no defect, no undocumented status, no undocumented body."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

B = "/crosswork/cwm/v"
names = st.sampled_from(
    ["definition", "wfTags", "name", "version", "states", "document", "secret", "secretId", "secretType", "resource",
     "resourceId", "resourceTypeId", "workerName", "activities", "startWorker", "force", "workerProfile", "profileName",
     "memMin", "kind", "type", "payloadAttrs", "correlation", "createWorkflow", "specversion", "id", "source", "data",
     "defaultStatus", "createWorker", "specVersion", "functions", "actions", "ids"]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    scalars | st.sampled_from(["token", "consumed", "generic.rest.resource.v1.0.0", "1.0", "inject", "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)
parts = st.sampled_from(["x", "default", "%2f", "%00", "a b", "ä", "x" * 300, "basicAuth", "..", "%ff", "start"])


@pytest.fixture
def served(tmp_path, made):
    """A world with a loop of its own, so that many requests of one test share it."""
    loop = asyncio.new_event_loop()
    world = made.RecordWorld(tmp_path)
    loop.run_until_complete(world.open())
    yield loop, world
    loop.run_until_complete(world.close())
    loop.close()


def bodies(value) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        import json

        return json.dumps(value).encode()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    choice=st.integers(0, 10_000),
    part=parts,
    value=values,
    query=st.dictionaries(names, st.text(max_size=8), max_size=2),
)
def test_every_operation(served, choice, part, value, query):
    loop, world = served
    operations = [one for one in world.dialect.operations if not one.hidden]
    operation = operations[choice % len(operations)]
    path = "/".join(part if piece.startswith("{") else piece for piece in operation.path.split("/"))
    address = f"{B}{1 + choice % 2}{path}"
    answer = loop.run_until_complete(world.http.request(operation.method, address, content=bodies(value), params=query))
    assert answer.status_code < 500 or answer.status_code in (501, 503), (operation.name, answer.text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary(max_size=200), media=st.sampled_from(["", "application/yaml", "text/plain", "multipart/form-data"])
)
def test_any_bytes(served, raw, media):
    loop, world = served
    for path in ("workflow", "adapter", "event/http", "secret", "workflowImport"):
        answer = loop.run_until_complete(
            world.http.post(f"{B}1/{path}", content=raw, headers={"Content-Type": media} if media else {})
        )
        assert answer.status_code < 500, (path, answer.text)
