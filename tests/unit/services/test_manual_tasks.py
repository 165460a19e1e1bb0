"""Answers of people to tasks on the real engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden, InUse, Invalid, NotFound
from weft.domain.manual_tasks import ManualTask
from weft.services.manual_tasks import ManualTasks

pytestmark = pytest.mark.anyio

FORM = {"decision": {"type": "string", "enum": ["ok", "no"], "required": True}, "note": {"type": "string"}}


def ask(**more: Any) -> dict[str, Any]:
    return {"_name": "ask", "_type": "USER_INPUT", "_inputParams": {"_userInput": FORM}, **more}


def open_tasks(world: Any) -> list[ManualTask]:
    return world.store.read_now(lambda tx: tx.of(ManualTask).find())


async def test_an_answer_ends_the_task(listed: Any, listed_made: Any) -> None:
    listed.list(ask(), listed_made.http("b"))
    job = await listed.start()
    record = listed.record(job, "ask")
    assert (record.status, record.form, record.fields, record.answered, job.status) == (
        "running", "user-input", FORM, True, "waiting",
    )  # fmt: skip
    (task,) = open_tasks(listed)
    assert (task.id, task.job, task.task, task.title, task.fields) == (record.id, job.id, "ask", "ask", FORM)
    await listed.answer(job, "ask", {"decision": "ok"})
    assert listed.record(job, "ask").output == {"_userInput": {"decision": "ok"}}
    assert (listed.states(job), open_tasks(listed)) == ({"ask": "completed", "b": "queued"}, [])
    with pytest.raises(InUse) as refused:
        await listed.answer(job, "ask", {"decision": "ok"})
    assert refused.value.code == "illegal_state"


@pytest.mark.parametrize("value", [{"decision": "maybe"}, {"decision": "ok", "other": 1}, {}, None, [], "x"])
async def test_answers_that_do_not_fit(listed: Any, value: Any) -> None:
    listed.list(ask())
    job = await listed.start()
    with pytest.raises(Invalid) as refused:
        await listed.answer(job, "ask", value)
    assert refused.value.code == "invalid_user_input"
    assert listed.states(job) == {"ask": "running"}


async def test_an_answer_may_fail_the_task(listed: Any) -> None:
    listed.list(ask())
    job = await listed.start()
    await listed.answer(job, "ask", None, failed=True, reason="not today")
    row = listed.row(job)
    assert (row.status, row.fault["reason"], listed.states(job)) == ("faulted", "not today", {"ask": "faulted"})


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ({"_userType": "user", "_id": "me"}, True),
        ({"_userType": "user", "_id": "user:me"}, True),
        ({"_userType": "user", "_id": Principal(name="user:me").subject}, True),
        ({"_userType": "group", "_id": "clerks"}, True),
        ({"_userType": "role", "_id": "clerks"}, True),
        ({"_userType": "role", "_id": "me"}, False),
        ({"_userType": "user", "_id": "clerks"}, False),
        ({"_userType": "user", "_id": "other"}, False),
    ],
)
async def test_who_may_answer(listed: Any, who: Any, allowed: bool) -> None:
    listed.list(ask(_userInputPermissions=[who]))
    job = await listed.start()
    if allowed:
        await listed.answer(job, "ask", {"decision": "ok"})
        assert listed.row(job).status == "completed"
        return
    with pytest.raises(Forbidden) as refused:
        await listed.answer(job, "ask", {"decision": "ok"})
    assert refused.value.code == "not_assignee"


async def test_exactly_one_of_two_answers_is_taken(listed: Any, listed_made: Any) -> None:
    listed.list(ask())
    job = await listed.start()
    ident = listed.record(job, "ask").id

    async def answer(word: str) -> str:
        try:
            await listed.manual.complete(
                listed_made.ME, job.id, ident, scope=None, answer={"decision": "ok", "note": word}
            )
        except InUse as refused:
            return refused.code
        return word

    found = await asyncio.gather(answer("a"), answer("b"))
    assert sorted(found) in (["a", "illegal_state"], ["b", "illegal_state"])
    assert listed.record(job, "ask").output["_userInput"]["note"] in found


async def test_while_the_run_is_suspended(listed: Any, listed_made: Any) -> None:
    listed.list(ask(), listed_made.http("b"))
    job = await listed.start()
    await listed.command(job, "pause")
    await listed.answer(job, "ask", {"decision": "ok"})
    assert listed.states(job) == {"ask": "completed", "b": "suspended"}
    with pytest.raises(InUse):
        await listed.answer(job, "ask", {"decision": "ok"})
    await listed.command(job, "resume")
    assert listed.states(job)["b"] == "queued"


@pytest.mark.parametrize(
    "task",
    [{"_type": "HUMAN"}, {"_type": "WAIT"}, {"_type": "USER_INPUT"}, {"_type": "USER_INPUT", "_inputParams": {}}],
)
async def test_tasks_without_a_form_take_any_object(listed: Any, task: Any) -> None:
    listed.list({"_name": "t", **task})
    job = await listed.start()
    with pytest.raises(Invalid):
        await listed.answer(job, "t", 5)
    await listed.answer(job, "t", {"any": [1]})
    assert listed.record(job, "t").output == {"_userInput": {"any": [1]}}


async def test_an_answer_after_the_work(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a", _asyncComplete=True))
    job = await listed.start()
    with pytest.raises(InUse):  # not yet
        await listed.answer(job, "a", {})
    await listed.done(listed.poll()["a"])
    assert listed.states(job) == {"a": "running"}
    await listed.answer(job, "a", {"n": 1})
    assert listed.row(job).status == "completed"


async def test_what_does_not_wait_for_an_answer(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"), ask())
    job = await listed.start()
    for name in ("a", "ask"):
        with pytest.raises(InUse):
            await listed.answer(job, name, {"decision": "ok"})
    with pytest.raises(NotFound):
        await listed.manual.complete(listed_made.ME, job.id, "none", scope=None, answer={})
    with pytest.raises(NotFound):
        await listed.manual.complete(listed_made.ME, "none", "none", scope=None, answer={})
    with pytest.raises(NotFound):
        await listed.manual.complete(listed_made.ME, job.id, listed.record(job, "a").id, scope="n", answer={})


@pytest.mark.parametrize("how", ["terminate", "retry", "timeout"])
async def test_a_task_of_a_run_that_ends_is_closed(listed: Any, how: str) -> None:
    listed.list(ask(), _timeoutSeconds=60)
    job = await listed.start()
    if how == "timeout":
        await listed.advance(61)
    else:
        await listed.command(job, "terminate")
    assert open_tasks(listed) == []
    if how != "retry":
        return
    await listed.command(job, "retry")
    assert [task.id for task in open_tasks(listed)] == [listed.record(job, "ask").id]
    await listed.answer(job, "ask", {"decision": "no"})
    assert listed.row(job).status == "completed"


async def test_what_else_is_told_in_the_same_unit(listed: Any) -> None:
    listed.list(ask())
    job = await listed.start()

    def refuse(tx: Any, found: Any) -> None:
        raise Invalid("no")

    with pytest.raises(Invalid):
        await listed.answer(job, "ask", {"decision": "ok"}, also=refuse)
    assert (listed.states(job), len(open_tasks(listed))) == ({"ask": "running"}, 1)
    told: list[str] = []
    await listed.answer(job, "ask", {"decision": "ok"}, also=lambda tx, found: told.append(found.id))
    assert told == [job.id]


async def test_a_task_of_another_job_is_unknown(listed: Any, listed_made: Any) -> None:
    listed.list(ask())
    one, other = await listed.start(), await listed.start()
    ident = listed.record(other, "ask").id
    with pytest.raises(InUse):
        await listed.manual.complete(listed_made.ME, one.id, ident, scope=None, answer={"decision": "ok"})
    assert len(open_tasks(listed)) == 2


async def test_forms_of_other_languages(listed: Any, listed_made: Any) -> None:
    ask_ = {
        "name": "Ask", "type": "callback", "eventRef": "approve", "action": {"functionRef": {"refName": "noop"}},
        "metadata": {"taskName": "Approve", "formData": "${ {a: 1} }"}, "end": True,
    }  # fmt: skip
    event = {"name": "approve", "type": "cwm.forms.Approve", "kind": "consumed", "source": "system.internal.cwm"}
    function = {"name": "noop", "operation": "system.function.@latest.common.NoOp"}
    listed.host.add(
        {
            "id": "form", "name": "form", "version": "1.0", "specVersion": "0.9", "start": "Ask", "states": [ask_],
            "events": [event], "functions": [function],
        }
    )  # fmt: skip
    job = await listed.start("form")
    for found in listed.poll().values():
        await listed.done(found)
    (task,) = open_tasks(listed)
    assert (task.job, task.title, task.fields) == (job.id, "Approve", {})
    await listed.manual.complete(listed_made.ME, job.id, task.id.upper(), scope=None, answer={"ok": True})
    await listed.engine.idle()
    assert (listed.row(job).status, open_tasks(listed)) == ("completed", [])


async def test_it_survives_a_restart(listed_made: Any, tmp_path: Any, anyio_backend: str) -> None:
    world = listed_made.ListedWorld(tmp_path / "w.db")
    await world.open()
    world.list(ask())
    job = await world.start()
    await world.reopen()
    await world.answer(job, "ask", {"decision": "ok"})
    assert world.row(job).status == "completed"
    await world.close()


async def test_denied_first() -> None:
    manual: Any = ManualTasks(None, None, None)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await manual.complete(Principal(name="n"), "j", "t", scope=None, answer={})
