"""Use cases of schedules on a real store."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from weft.app.ids import SystemIds
from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound, QuotaExceeded, TooLarge
from weft.domain.schedules import Schedule
from weft.domain.workflows import SealedValues, Workflow
from weft.services import schedules as module
from weft.services.inline_secrets import InlineSecrets
from weft.services.schedule_secrets import ScheduleSecrets
from weft.services.schedules import ScheduleQuery, ScheduleRequest, Schedules
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault

pytestmark = pytest.mark.anyio
ROOT = Principal(name="root", superuser=True)
OTHER = Principal(name="eve", superuser=True, tenant="other")
NOON = ScheduleRequest(cron="0 0 12 * * ?", input={"site": "north"})
DAY_MS = 86_400_000


class Clock:
    ms = 1_770_000_000_000  # 2026-02-02T02:40:00Z

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


@pytest.fixture
async def w(anyio_backend):
    clock = Clock()
    store = SqliteStore(":memory:", clock)
    await store.open()
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys(("default",))
    schedules = Schedules(store, clock, SystemIds(clock), ScheduleSecrets(InlineSecrets(store, vault, clock)))

    def definition(tx, name, *namespaces, tenant="default"):
        tx.of(Workflow).put(
            Workflow(
                id=name, name=name, version="1.0.0", revision="r", definition="{}", created_at=1, updated_at=1,
                namespaces=namespaces, tenant=tenant,
            )
        )  # fmt: skip

    await store.write(lambda tx: definition(tx, "W", "n", "m"))
    await store.write(lambda tx: definition(tx, "V"))
    world = SimpleNamespace(clock=clock, store=store, schedules=schedules, changes=[])
    schedules.on_change(lambda: world.changes.append(1))
    yield world
    await store.close()


async def make(w, given=NOON, **more):
    return await w.schedules.create(ROOT, "W", given, **{"scope": "n", **more})


async def test_a_new_schedule_knows_its_next_time(w):
    made = await make(w)
    assert made.next_at == made.due_at == 1_770_033_600_000  # 2026-02-02T12:00:00Z
    assert (made.status, made.previous_at, made.zone, made.input) == ("active", 0, "UTC", {"site": "north"})
    assert (made.namespace, made.scopes, made.created_by) == ("n", ("n",), "root")
    assert await w.schedules.get(ROOT, "W", made.id, scope="n") == made
    assert w.changes


async def test_a_paused_one_has_no_next_time_and_forgets_what_passed(w):
    made = await make(w, ScheduleRequest(cron="0 0 12 * * ?", paused=True))
    assert (made.status, made.next_at, made.due_at) == ("paused", 0, 0)
    w.clock.ms += 3 * DAY_MS
    resumed = await w.schedules.resume(ROOT, "W", made.id, scope="n")
    assert (resumed.status, resumed.next_at) == ("active", 1_770_033_600_000 + 3 * DAY_MS)
    paused = await w.schedules.pause(ROOT, "W", made.id, scope="n")
    assert (paused.status, paused.next_at, paused.due_at) == ("paused", 0, 0)


@pytest.mark.parametrize(
    "given",
    [
        ScheduleRequest(cron="*/5 * * * *"),
        ScheduleRequest(cron="0 0 0 1 1 ? 1999"),
        ScheduleRequest(cron="0 0 12 * * ?", zone="Mars/Base"),
        ScheduleRequest(cron="0 0 0 1 1 ? 1999", paused=True),
        ScheduleRequest(cron="0 0 12 * * ?", input=[]),  # type: ignore[arg-type]
    ],
)
async def test_wrong_content_is_refused_and_nothing_stored(w, given):
    with pytest.raises(Invalid) as caught:
        await make(w, given)
    assert caught.value.code == "invalid_schedule"
    good = await make(w)
    with pytest.raises(Invalid):
        await w.schedules.replace(ROOT, "W", good.id, given, scope="n")
    assert await w.schedules.get(ROOT, "W", good.id, scope="n") == good


async def test_a_large_input_is_refused(w):
    with pytest.raises(TooLarge):
        await make(w, ScheduleRequest(cron="0 0 12 * * ?", input={"x": "y" * module.MAX_INPUT}))


async def test_the_scheduling_job_is_one_per_definition_and_goes_with_the_last(w):
    first, second = await make(w), await make(w)
    other = await w.schedules.create(ROOT, "V", NOON, scope="")
    assert first.job_id == second.job_id != other.job_id
    (job,) = await w.schedules.jobs(ROOT, "W", scope="n")
    assert (job.id, job.workflow_id, set(job.triggers)) == (first.job_id, "W", {first.id, second.id})
    await w.schedules.delete(ROOT, "W", first.id, scope="n", job_id=first.job_id)
    with pytest.raises(NotFound):
        await w.schedules.delete(ROOT, "W", second.id, scope="n", job_id="another")
    await w.schedules.delete(ROOT, "W", second.id, scope="n")
    assert await w.schedules.jobs(ROOT, "W", scope="n") == []
    assert (await make(w)).job_id != first.job_id


async def test_it_is_seen_only_in_its_namespaces_and_tenant(w):
    made = await make(w)
    both = await make(w, ScheduleRequest(cron="0 0 12 * * ?", scopes=("n", "m")))
    assert [s.id for s in (await w.schedules.page(ROOT, ScheduleQuery(workflow_id="W", scope="m")))[0]] == [both.id]
    assert (await w.schedules.jobs(ROOT, "W", scope="m"))[0].triggers == (both.id,)
    for who, workflow, scope in ((ROOT, "W", "m"), (ROOT, "W", "x"), (ROOT, "V", None), (OTHER, "W", None)):
        with pytest.raises(NotFound):
            await w.schedules.get(who, workflow, made.id, scope=scope)
        with pytest.raises(NotFound):
            await w.schedules.replace(who, workflow, made.id, NOON, scope=scope)
        with pytest.raises(NotFound):
            await w.schedules.delete(who, workflow, made.id, scope=scope)
    with pytest.raises(NotFound):
        await w.schedules.create(ROOT, "nothing", NOON, scope="n")
    with pytest.raises(NotFound):
        await w.schedules.create(ROOT, "W", NOON, scope="x")
    assert (await w.schedules.get(ROOT, "W", made.id, scope=None)).id == made.id


async def test_replacing(w):
    made = await make(w, ScheduleRequest(cron="0 0 12 * * ?", scopes=("n", "m")))
    w.clock.ms += 1000
    editor = Principal(name="ed", permissions=frozenset({"schedule.update"}))
    changed = await w.schedules.replace(
        editor, "W", made.id, ScheduleRequest(cron="0 0 13 * * ?", zone="Europe/Berlin", input={"a": 1}), scope="n"
    )
    assert (changed.next_at, changed.input, changed.scopes) == (made.next_at, {"a": 1}, ("n", "m"))
    assert (changed.created_by, changed.updated_by) == ("root", "ed")
    assert (changed.created_at, changed.updated_at) == (made.created_at, w.clock.ms)
    moved = await w.schedules.replace(ROOT, "W", made.id, ScheduleRequest(cron=NOON.cron, scopes=("m",)), scope="n")
    assert (moved.namespace, moved.scopes) == ("m", ("m",))


async def test_the_same_times_again_keep_what_is_due(w):
    made = await make(w)
    w.clock.ms = made.next_at + 5
    same = await w.schedules.replace(ROOT, "W", made.id, ScheduleRequest(cron=NOON.cron, input={"b": 2}), scope="n")
    assert (same.next_at, same.input) == (made.next_at, {"b": 2})


async def test_pages_and_their_order(w):
    ids = []
    for number in range(5):
        w.clock.ms += 1000
        ids.append((await make(w, ScheduleRequest(cron=f"0 {5 - number} 12 * * ?"))).id)
    page, total = await w.schedules.page(ROOT, ScheduleQuery(workflow_id="W", scope="n", limit=2))
    assert ([s.id for s in page], total) == (ids[:-3:-1], 5)
    page, total = await w.schedules.page(ROOT, ScheduleQuery(workflow_id="W", scope="n", offset=50))
    assert (page, total) == ([], 5)
    by_time = ScheduleQuery(workflow_id="W", scope="n", order=(("next_at", False),))
    assert [s.id for s in (await w.schedules.page(ROOT, by_time))[0]] == ids[::-1]
    ties = ScheduleQuery(workflow_id="W", scope="n", order=(("created_by", True), ("status", False)))
    assert [s.id for s in (await w.schedules.page(ROOT, ties))[0]] == sorted(ids)


async def test_a_definition_has_a_bounded_number(w, monkeypatch):
    monkeypatch.setattr(module, "MAX_PER_DEFINITION", 2)
    await make(w)
    await make(w)
    with pytest.raises(QuotaExceeded):
        await make(w)


async def test_they_go_with_their_definition(w):
    first = await make(w)
    await make(w)
    kept = await w.schedules.create(ROOT, "V", NOON, scope="")
    w.changes.clear()
    assert await w.store.write(lambda tx: w.schedules.definition_deleted(tx, "default", "W")) == 2
    assert w.changes
    left = await w.store.read(lambda tx: tx.of(Schedule).find())
    assert [s.id for s in left] == [kept.id]
    assert await w.store.write(lambda tx: w.schedules.definition_deleted(tx, "other", "V")) == 0
    assert first.id not in {s.id for s in left}


async def test_what_goes_along_is_in_the_same_transaction(w):
    seen = []
    made = await make(w, also=lambda tx, made: seen.append((made, tx.of(Schedule).get(made.id))))
    assert seen == [(made, made)]

    def fail(tx, made):
        raise Conflict("no")

    with pytest.raises(Conflict):
        await make(w, also=fail)
    assert (await w.schedules.page(ROOT, ScheduleQuery(workflow_id="W")))[1] == 1


async def test_secret_values_of_the_input_are_kept_apart(w):
    given = {"_auth": {"_params": {"token": "s3cret-1"}}, "list": [{"password": "s3cret-2"}], "site": "north"}
    hidden = {"_auth": {"_params": {"token": "***"}}, "list": [{"password": "***"}], "site": "north"}
    made = await make(w, ScheduleRequest(cron=NOON.cron, input=given))
    assert made.input == hidden
    assert w.store.read_now(lambda tx: w.schedules.input_of(tx, made)) == given
    moved = {**hidden, "_auth": {"_params": {"token": "s3cret-3"}}}
    changed = await w.schedules.replace(ROOT, "W", made.id, ScheduleRequest(cron=NOON.cron, input=moved), scope="n")
    assert changed.input == hidden
    expected = {**given, "_auth": {"_params": {"token": "s3cret-3"}}}
    assert w.store.read_now(lambda tx: w.schedules.input_of(tx, changed)) == expected
    rows = w.store.read_now(lambda tx: [str(tuple(row)) for row in tx.sql.execute("SELECT * FROM schedules")])
    assert "s3cret" not in "".join(rows)
    bare = await w.schedules.replace(ROOT, "W", made.id, ScheduleRequest(cron=NOON.cron), scope="n")
    assert (bare.input, w.store.read_now(lambda tx: w.schedules.input_of(tx, bare))) == ({}, {})
    assert w.store.read_now(lambda tx: tx.of(SealedValues).find()) == []


async def test_secret_values_go_with_their_schedule(w):
    given = ScheduleRequest(cron=NOON.cron, input={"token": "s3cret"})
    first, _ = await make(w, given), await make(w, given)
    await w.schedules.delete(ROOT, "W", first.id, scope="n")
    assert len(w.store.read_now(lambda tx: tx.of(SealedValues).find())) == 1
    await w.store.write(lambda tx: w.schedules.definition_deleted(tx, "default", "W"))
    assert w.store.read_now(lambda tx: tx.of(SealedValues).find()) == []


@pytest.mark.parametrize(
    ("needs", "call"),
    [
        ("create", lambda s, who: s.create(who, "W", NOON, scope="n")),
        ("get", lambda s, who: s.get(who, "W", "x", scope="n")),
        ("update", lambda s, who: s.replace(who, "W", "x", NOON, scope="n")),
        ("update", lambda s, who: s.pause(who, "W", "x", scope="n")),
        ("update", lambda s, who: s.resume(who, "W", "x", scope="n")),
        ("delete", lambda s, who: s.delete(who, "W", "x", scope="n")),
        ("list", lambda s, who: s.page(who, ScheduleQuery(workflow_id="W"))),
        ("list", lambda s, who: s.jobs(who, "W", scope="n")),
    ],
)
async def test_each_use_case_needs_its_permission(w, needs, call):
    every = {"create", "get", "update", "delete", "list"}
    others = frozenset(f"schedule.{verb}" for verb in every - {needs})
    with pytest.raises(Forbidden):
        await call(w.schedules, Principal(name="p", permissions=others))
