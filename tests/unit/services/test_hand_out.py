"""The hand-out of a task: resource and secret opened, sealed values only for the resource's own secret."""

from __future__ import annotations

import pytest

from weft.domain.adapters import Adapter
from weft.domain.jobs import Job
from weft.domain.resources import Resource
from weft.dsl.expr.sealed import Sealed, SecretRef
from weft.dsl.graph.concealed import Value, sealed_place
from weft.dsl.machine.commands import ScheduleActivity
from weft.dsl.machine.faults import Fault
from weft.ports.engine import ResolvedActivity, Task
from weft.services.hand_out import HandOuts, text_at
from weft.services.inline_secrets import InlineSecrets
from weft.services.secrets import Secrets
from weft.services.type_registry import register_builtin

pytestmark = pytest.mark.anyio
JOB = Job(id="j", run="r", name="n", workflow_name="w", workflow_version="1", workflow_id="d", revision="x",
          status="running", started_at=1)  # fmt: skip


def task(config, value=None):
    command = ScheduleActivity("a1", 1, "adapter", "a.b.v1.0.0.c.D", arguments={"input": value, "config": config},
                               start_to_close_ms=5_000)  # fmt: skip
    resolved = ResolvedActivity("a.b.v1.0.0", "a.b.v1.0.0.c.D", "a.b.v1.0.0")
    return Task("r", 1, "a1", 1, "r-a1-1", resolved, 1_000, command)


@pytest.fixture
async def hand_outs(world):
    await register_builtin(world.store)
    secrets = Secrets(world.store, world.vault, world.clock)
    await secrets.create(world.root, "Key", "token", {"token": "hidden-value"})
    await secrets.create(world.root, "Other", "token", {"token": "other-value"})
    for name, secret in (("Lab", "Key"), ("Bare", ""), ("Lost", "Gone")):
        record = Resource(id=name, type="t", values={"host": "h"}, created_at=1, updated_at=1, secret=secret)
        await world.store.write(lambda tx, record=record: tx.of(Resource).insert(record))
    return HandOuts(world.store, secrets)


async def test_resource_and_secret_are_opened(hand_outs):
    out = hand_outs.open(JOB, task({"resourceId": "Lab"}, {"path": "x"}))
    assert (out.resource, out.secret, out.input) == ({"host": "h"}, {"token": "hidden-value"}, {"path": "x"})
    assert out.attempt_id == "r-a1-1" and out.activity == "a.b.v1.0.0.c.D"
    assert "hidden" not in repr(out)


async def test_without_a_resource(hand_outs):
    out = hand_outs.open(JOB, task({}))
    assert out.resource is None and out.secret is None


@pytest.mark.parametrize(
    ("config", "code"),
    [({"resourceId": "Nowhere"}, "RESOURCE_NOT_FOUND"), ({"resourceId": 5}, "RESOURCE_NOT_FOUND"),
     ({"resourceId": "Lost"}, "SECRET_NOT_FOUND")],
)  # fmt: skip
async def test_what_is_missing_is_a_fault_that_is_not_retried(hand_outs, config, code):
    found = hand_outs.open(JOB, task(config))
    assert isinstance(found, Fault) and found.code == code and not found.retryable


async def test_a_sealed_value_is_opened_for_its_resource_only(hand_outs):
    bearer = {"header": Sealed(("Bearer ", SecretRef("Key", ("token",))))}
    out = hand_outs.open(JOB, task({"resourceId": "Lab"}, bearer))
    assert out.input == {"header": "Bearer hidden-value"}
    for config in ({"resourceId": "Bare"}, {}):
        found = hand_outs.open(JOB, task(config, bearer))
        assert isinstance(found, Fault) and found.code == "SECRET_NOT_GRANTED" and found.kind == "authorization"
    other = {"header": Sealed((SecretRef("Other", ("token",)),))}
    assert isinstance(hand_outs.open(JOB, task({"resourceId": "Lab"}, other)), Fault)


async def test_another_tenants_resource_is_not_there(hand_outs):
    job = Job(**{**{f: getattr(JOB, f) for f in JOB.__struct_fields__}, "tenant": "other"})
    found = hand_outs.open(job, task({"resourceId": "Lab"}))
    assert isinstance(found, Fault) and found.code == "RESOURCE_NOT_FOUND"


async def test_a_subject_may_be_the_resource(hand_outs, world):
    assert hand_outs.open(JOB, task({"subjectId": "Lab"})).resource == {"host": "h"}
    assert hand_outs.open(JOB, task({"resourceId": "Bare", "subjectId": "Lab"})).secret is None
    assert hand_outs.open(JOB, task({"subjectId": "nothing"})).resource is None
    needy = Adapter(id="a.b.v1.0.0", vendor="a", product="b", version="v1.0.0", created_at=1, updated_at=1,
                    resource_type="a.type", deployed=True)  # fmt: skip
    await world.store.write(lambda tx: tx.of(Adapter).insert(needy))
    found = hand_outs.open(JOB, task({"subjectId": "nothing"}))
    assert isinstance(found, Fault) and found.code == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    ("url", "granted"),
    [("https://h/a", True), ("https://H:443/b", True), ("http://h/a", False), ("https://evil/a", False), (None, False)],
)
async def test_a_named_secret_goes_where_a_resource_stands_that_names_it(hand_outs, url, granted):
    value = {"_url": url, "x": Sealed((SecretRef("Key", ("token",)),))}
    found = hand_outs.open(JOB, task({}, value))
    if granted:
        assert found.input["x"] == "hidden-value"
    else:
        assert isinstance(found, Fault) and found.code == "SECRET_NOT_GRANTED"


@pytest.mark.parametrize(
    ("url", "place", "code"),
    [("https://h/a", "/p", ""), ("/a", "/p", ""), ("https://evil/a", "/p", "SECRET_NOT_GRANTED"),
     ("https://evil/a", "/free", ""), ("https://h/a", "/gone", "SECRET_NOT_FOUND")],
)  # fmt: skip
async def test_a_written_secret_goes_to_the_addresses_of_its_task(hand_outs, world, url, place, code):
    inline = InlineSecrets(world.store, world.vault, world.clock)
    values = {"/p": Value("s3cr3t", ("https://h:443",)), "/free": Value("s3cr3t")}
    await world.store.write(lambda tx: inline.write(tx, "default", "b1", values))
    hand_outs._inline = inline
    found = hand_outs.open(JOB, task({}, {"_url": url, "token": sealed_place("b1", place)}))
    if code:
        assert isinstance(found, Fault) and found.code == code and "s3cr3t" not in repr(found)
    else:
        assert found.input["token"] == "s3cr3t"


def test_text_at():
    assert text_at({"token": "t"}, SecretRef("s")) == "t"
    assert text_at({"a": {"b": 5}}, SecretRef("s", ("a", "b"))) == "5"
    with pytest.raises(Exception, match=r"secret s\.a is no text"):
        text_at({"a": [1]}, SecretRef("s", ("a",)))
