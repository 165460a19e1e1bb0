from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Conflict, NotFound, QuotaExceeded, TooLarge
from weft.services.job_plans import JobRequest
from weft.services.job_starts import StartRules

pytestmark = pytest.mark.anyio
ROOT = Principal(name="root", superuser=True)


def call(name="c", url="https://h.example/a", **inputs):
    return {"_name": name, "_type": "REST_CONNECTOR", "_inputParams": {"_url": url, **inputs}}


def basic(password):
    return {"_type": "Basic", "_params": {"username": "u", "password": password}}


WAITING = {"_name": "w", "_type": "WAIT"}


async def test_a_start_by_id_is_a_job_in_its_namespace(lists):
    made = await lists.save("a", WAITING, scopes=("n", "m"), _userType="metering", _timeoutSeconds=9)
    job = await lists.start(made, {"x": 1}, namespace="m", business_key="k")
    assert (job.workflow_id, job.workflow_name, job.workflow_version) == (made.id, "a", "1.0.0")
    assert (job.namespace, job.label, job.timeout_s, job.input) == ("m", "metering", 9, {"x": 1})
    assert job.created_at == job.started_at and job.started_by == "root"
    with pytest.raises(NotFound):
        await lists.start(made, namespace="other")
    with pytest.raises(NotFound):
        await lists.jobs.start(ROOT, JobRequest(workflow_id="nonsense"))


async def test_also_is_part_of_the_start(lists):
    made = await lists.save("a", WAITING)
    seen = []

    def refuse(tx, job):
        seen.append(job.id)
        raise Conflict("no")

    with pytest.raises(Conflict):
        await lists.jobs.start(ROOT, JobRequest(workflow_id=made.id), also=refuse)
    assert lists.records.store.read_now(lambda tx: tx.jobs.runs_of(seen[0])) == []


async def test_what_the_caller_leaves_out_comes_from_the_template(lists):
    made = await lists.save("a", WAITING, _inputTemplate={"a": 1, "b": 2})
    job = await lists.start(made, {"b": 3})
    assert job.input == {"a": 1, "b": 3}


async def test_facts_of_the_run_that_references_name(lists):
    made = await lists.save(
        "a",
        {"_type": "SET_VARIABLE"},
        _outputParams={"by": "${workflow.createdBy}", "env": "${workflow.env.SITE}", "key": "${workflow.correlationId}",
                       "id": "${workflow._id}", "version": "${workflow.version}"},
    )  # fmt: skip
    job = await lists.start(made, business_key="k-1")
    assert job.output == {"by": ROOT.subject, "env": "north", "key": "k-1", "id": job.id, "version": 1}


async def test_an_input_that_is_too_large(lists):
    made = await lists.save("a", WAITING)
    with pytest.raises(TooLarge):
        await lists.start(made, {"x": "y" * (256 * 1024)})


async def test_a_full_namespace(lists):
    made = await lists.save("a", call(), scopes=("n", "m"))
    for _ in range(3):
        await lists.start(made, namespace="n")
    with pytest.raises(QuotaExceeded) as refused:
        await lists.start(made, namespace="n")
    assert refused.value.code == "quota_exceeded" and refused.value.retry_after
    await lists.start(made, namespace="m")


async def test_what_was_switched_off_since_it_was_saved(lists):
    lists.listed._features = frozenset({"script"})
    made = await lists.save("a", {"_type": "SCRIPT_EXECUTION", "_inputParams": {"_userType": "u", "_scriptName": "s"}})
    with pytest.raises(Conflict) as refused:
        await lists.start(made)
    assert refused.value.code == "task_type_disabled"
    lists.jobs.starts = StartRules(lists.inline, features=frozenset({"script"}))
    lists.records.programs._kept.clear()
    assert (await lists.start(made)).status in ("pending", "waiting", "running")


# -- the only REST call, laid over by the run input --


async def test_the_run_input_replaces_members_of_the_only_call(lists):
    made = await lists.save("a", call(_auth=basic("s3cr3t"), _method="GET"))
    await lists.start(made, {"_url": "https://h.example/b", "_method": "POST"})
    [task] = lists.poll()
    assert task.input["_url"] == "https://h.example/b" and task.input["_method"] == "POST"
    assert task.input["_auth"]["_params"]["password"] == "s3cr3t"


async def test_stored_credentials_never_go_elsewhere(lists):
    made = await lists.save("a", call(_auth=basic("s3cr3t"), _args={"headers": {"x-key": "k"}}))
    await lists.start(made, {"_url": "https://evil.example/b"})
    [task] = lists.poll()
    assert task.input == {"_url": "https://evil.example/b"}


async def test_two_calls_are_not_laid_over(lists):
    made = await lists.save("a", call("one"), call("two"))
    await lists.start(made, {"_url": "https://evil.example/b"})
    assert lists.poll()[0].input["_url"] == "https://h.example/a"


async def test_a_computed_address_never_gets_a_written_secret(lists):
    made = await lists.save("a", call("one", url="${workflow.input.u}", _auth=basic("s3cr3t")), call("two"))
    job = await lists.start(made, {"u": "https://evil.example"})
    assert lists.poll() == []
    await lists.engine.idle()
    assert lists.latest(job.id).fault["code"] == "SECRET_NOT_GRANTED"


# -- secret values of the run input --


async def test_secret_values_of_the_run_input_stay_sealed(lists):
    made = await lists.save("a", call())
    job = await lists.start(made, {"_auth": basic("s3cr3t"), "n": 1})
    assert job.input == {"_auth": basic("***"), "n": 1}
    [task] = lists.poll()
    assert task.input["_auth"]["_params"]["password"] == "s3cr3t"
    await lists.answer(task, {"_statusCode": 200})
    assert lists.latest(job.id).status == "completed"
    written = lists.bytes_on_disk()
    assert b"h.example" in written and b"s3cr3t" not in written
    _, events = await lists.jobs.history(ROOT, job.id, job.run)
    assert "s3cr3t" not in repr(events)


async def test_bundles_of_jobs_that_are_gone_are_swept(lists):
    made = await lists.save("a", call())
    job = await lists.start(made, {"_auth": basic("s3cr3t")})
    assert await lists.inline.sweep() == 0
    await lists.records.store.write(lambda tx: lists.inline.write(tx, "default", "job:gone", {}))
    assert await lists.inline.sweep() == 1
    assert lists.records.store.read_now(lambda tx: lists.inline.read(tx, "default", f"job:{job.id}"))
