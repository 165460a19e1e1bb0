from __future__ import annotations

import msgspec
import pytest

from weft.domain.access import Principal, Scope
from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from weft.domain.event_types import EventType
from weft.domain.workflows import WorkflowSave
from weft.services.definitions import Definition
from weft.services.listed_definitions import DefinitionQuery, ListedDefinition, forget_saves, shown_document

pytestmark = pytest.mark.anyio
ROOT = Principal(name="root", superuser=True)
SET = {"_name": "s", "_type": "SET_VARIABLE"}


def call(name="c", url="https://h.example/a", **inputs):
    return {"_name": name, "_type": "REST_CONNECTOR", "_inputParams": {"_url": url, **inputs}}


def basic(password):
    return {"_type": "Basic", "_params": {"username": "u", "password": password}}


def tasklist(name, *tasks, scopes=("",), **root):
    return ListedDefinition(document={"_name": name, "_taskDefs": list(tasks), **root}, hint="tasklist", scopes=scopes)


async def problems_of(lists, *tasks, **root):
    with pytest.raises(Invalid) as refused:
        await lists.save("bad", *tasks, **root)
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


async def test_a_definition_is_kept_by_number(lists):
    made = await lists.save("a", SET, _description="d", _userType="metering", _timeoutSeconds=5)
    assert (made.name, made.version, made.number, made.dialect) == ("a", "1.0.0", 1, "tasklist")
    assert (made.label, made.timeout_s, made.timeout_policy) == ("metering", 5, None)
    assert (made.description, made.created_by, made.updated_by, made.scopes) == ("d", "root", "root", ("",))
    lists.records.clock.pass_s(5)
    again = await lists.listed.replace(ROOT, made.id, tasklist("b", SET), scope="", if_number=1)
    assert (again.id, again.name, again.version, again.number) == (made.id, "b", "2.0.0", 2)
    assert again.created_at == made.created_at and again.updated_at == made.updated_at + 5000
    with pytest.raises(PreconditionFailed):
        await lists.listed.replace(ROOT, made.id, tasklist("c", SET), scope="", if_number=1)
    assert (await lists.listed.get(ROOT, made.id, scope="")).name == "b"


async def test_names_are_unique_in_each_namespace_over_all_languages(lists):
    await lists.save("a", SET, scopes=("", "n"))
    with pytest.raises(Conflict) as refused:
        await lists.save("a", SET, scopes=("n",))
    assert refused.value.code == "name_taken"
    await lists.save("a", SET, scopes=("m",))
    states = {"name": "a", "version": "7", "specVersion": "0.9", "states": [{"name": "S", "type": "inject", "data": {},
                                                                         "end": True}]}  # fmt: skip
    with pytest.raises(Conflict):
        await lists.records.workflows.create(ROOT, Definition(states, hint="cwm"))
    await lists.records.workflows.create(ROOT, Definition({**states, "name": "b"}, hint="cwm"))
    with pytest.raises(Conflict):
        await lists.save("b", SET)


async def test_what_is_seen_where(lists):
    made = await lists.save("a", SET, scopes=("n",))
    assert (await lists.listed.get(ROOT, made.id, scope=None)).id == made.id
    for call_ in (
        lists.listed.get(ROOT, made.id, scope=""),
        lists.listed.delete(ROOT, made.id, scope=""),
        lists.listed.replace(ROOT, made.id, tasklist("a", SET), scope=""),
        lists.start(made),
    ):
        with pytest.raises(NotFound):
            await call_
    assert (await lists.start(made, namespace="n")).namespace == "n"


async def test_another_language_is_read_only_here(lists):
    made = await lists.save("a", SET)
    graph = ListedDefinition(document={"name": "a", "tasks": [{"id": "t", "name": "noop"}]}, hint="graph")
    with pytest.raises(Conflict) as refused:
        await lists.listed.replace(ROOT, made.id, graph, scope="")
    assert refused.value.code == "read_only_definition"
    with pytest.raises(Conflict):
        await lists.records.workflows.update(ROOT, made.id, Definition({"name": "a", "version": "1", "specVersion":
            "0.9", "states": [{"name": "S", "type": "inject", "data": {}, "end": True}]}, hint="cwm"))  # fmt: skip


async def test_who_may_not_write_in_every_namespace(lists):
    rights = frozenset({"workflow.create"})
    scope = Scope(namespaces={"n": rights, "m": frozenset({"workflow.list"})})
    ann = Principal(name="ann", permissions=rights, scopes={"default": scope})
    given = tasklist("a", SET, scopes=("n", "m"))
    with pytest.raises(Forbidden):
        await lists.listed.create(ann, given)
    assert (await lists.listed.create(ann, tasklist("a", SET, scopes=("n",)))).created_by == "ann"


async def test_a_shared_definition_is_changed_by_who_may_write_wherever_it_is_seen(lists):
    """Else a right in one namespace would reach into the others."""
    rights = frozenset({"workflow.create", "workflow.update", "workflow.delete"})
    shared = await lists.save("shared", SET, scopes=("n", "m"))
    part = Principal(name="ann", permissions=rights, scopes={"default": Scope(namespaces={"n": rights})})
    for scopes in ((), ("n",)):
        with pytest.raises(Forbidden):
            await lists.listed.replace(part, shared.id, tasklist("shared", SET, scopes=scopes), scope="n")
    with pytest.raises(Forbidden):
        await lists.listed.delete(part, shared.id, scope="n")
    both = Principal(name="bob", permissions=rights, scopes={"default": Scope(namespaces={"n": rights, "m": rights})})
    changed = await lists.listed.replace(both, shared.id, tasklist("shared", SET, scopes=("n",)), scope="m")
    assert (changed.scopes, changed.updated_by) == (("n",), "bob")
    await lists.listed.delete(part, shared.id, scope="n")


async def test_pages_are_filtered_ordered_and_counted(lists):
    for name, label in (("beta", "x"), ("Alpha", ""), ("gamma", "x")):
        await lists.save(name, SET, **({"_userType": label} if label else {}))
    await lists.save("other", SET, scopes=("n",))

    async def names(**query):
        found, total = await lists.listed.page(ROOT, DefinitionQuery(**{"scope": "", **query}))
        return [one.name for one in found], total

    assert await names(order=(("name", False),)) == (["Alpha", "beta", "gamma"], 3)
    assert await names(name="A", order=(("name", True),), limit=2) == (["gamma", "beta"], 3)
    assert await names(label="x", order=(("name", False),), offset=1) == (["gamma"], 2)
    assert (await names(order=(("label", False), ("name", False))))[0] == ["Alpha", "beta", "gamma"]
    assert (await names(scope=None))[1] == 4


async def test_deleting_takes_along_what_hangs_under_it(lists):
    gone = []
    lists.listed.removing.append(lambda tx, workflow: gone.append(workflow.id))
    made = await lists.save("a", SET)
    with pytest.raises(PreconditionFailed):
        await lists.listed.delete(ROOT, made.id, scope="", if_number=2)
    await lists.listed.delete(ROOT, made.id, scope="")
    assert gone[-1] == made.id
    with pytest.raises(NotFound):
        await lists.listed.get(ROOT, made.id, scope=None)


async def test_deleting_through_another_service_takes_the_same_along(lists):
    workflows = lists.records.workflows
    workflows.removing.append(forget_saves)
    made = await lists.save("a", SET)
    assert lists.records.store.read_now(lambda tx: tx.of(WorkflowSave).find(workflow_id=made.id)) != []
    await workflows.delete(ROOT, made.id)
    assert lists.records.store.read_now(lambda tx: tx.of(WorkflowSave).find(workflow_id=made.id)) == []


async def test_a_save_of_somebody_else_in_between(lists):
    made = await lists.save("a", call(_auth=basic("s3cr3t-one")))
    given = ListedDefinition(document=shown_document(made), hint="tasklist")
    read, times = lists.listed._read, []

    async def slow(tenant, wanted, old):
        draft = await read(tenant, wanted, old)
        if not times:
            times.append(1)
            await lists.listed.replace(ROOT, made.id, tasklist("a", call(_auth=basic("s3cr3t-two"))), scope="")
        return draft

    lists.listed._read = slow
    again = await lists.listed.replace(ROOT, made.id, given, scope="")
    assert again.number == 3
    await lists.start(again)
    assert lists.poll()[0].input["_auth"]["_params"]["password"] == "s3cr3t-two"


async def test_also_is_part_of_the_transaction(lists):
    def refuse(tx, workflow):
        raise Conflict(workflow.name)

    with pytest.raises(Conflict):
        await lists.listed.create(ROOT, tasklist("a", SET), also=refuse)
    assert (await lists.listed.page(ROOT, DefinitionQuery()))[1] == 0


async def test_all_problems_come_at_once_with_their_places(lists):
    found = await problems_of(
        lists,
        {"_name": "x", "_type": "NOOP"},
        {"_name": "x", "_type": "SIMPLE", "_activity": "a.b.v1.0.0.f.A"},
        {"_type": "SCRIPT_EXECUTION", "_inputParams": {"_userType": "u", "_scriptName": "s"}},
    )
    assert ("unsupported-task-type", "/_taskDefs/0/_type") in found
    assert ("ref-adapter", "/_taskDefs/1/_activity") in found
    assert ("task-type-disabled", "/_taskDefs/2/_type") in found


async def test_what_is_switched_off_has_a_word_of_its_own(lists):
    with pytest.raises(Invalid) as refused:
        await lists.save("a", {"_type": "SCRIPT_EXECUTION", "_inputParams": {"_userType": "u", "_scriptName": "s"}})
    assert refused.value.code == "task_type_disabled"


async def test_activities_of_the_server_are_known(lists):
    await lists.save("a", {"_name": "n", "_type": "SIMPLE", "_activity": "system.function.@latest.common.NoOp"})


async def test_events_need_their_event_types(lists):
    event = {"_name": "e", "_type": "EVENT", "_sink": "event:order.done"}
    assert await problems_of(lists, event) == [("ref-event-type", "/_taskDefs/0/_sink")]
    assert await problems_of(lists, {**event, "_sink": "kafka:x"}) == [("unsupported-sink", "/_taskDefs/0/_sink")]
    await lists.save("own", {**event, "_sink": "conductor:x"})
    record = EventType(name="d", type="order.done", source="any", kind="produced", created_at=1, updated_at=1)
    await lists.records.store.write(lambda tx: tx.of(EventType).insert(record))
    await lists.save("declared", event)


# -- secret values --


async def test_secret_values_are_shown_as_stars_and_kept_by_stars(lists):
    made = await lists.save("a", call(_auth=basic("s3cr3t-one")), call("d", _auth=basic("s3cr3t-two")))
    shown = shown_document(made)
    assert [task["_inputParams"]["_auth"]["_params"]["password"] for task in shown["_taskDefs"]] == ["***", "***"]
    moved = {**shown, "_taskDefs": shown["_taskDefs"][::-1]}
    again = await lists.listed.replace(ROOT, made.id, ListedDefinition(document=moved, hint="tasklist"), scope="")
    await lists.start(again)
    [task] = lists.poll()
    assert task.input["_auth"]["_params"] == {"username": "u", "password": "s3cr3t-two"}
    assert b"s3cr3t" not in lists.bytes_on_disk()


async def test_stars_without_a_stored_value_are_refused(lists):
    found = await problems_of(lists, call(_auth=basic("***")))
    assert found == [("secret-missing", "/_taskDefs/0/_inputParams/_auth/_params/password")]


async def test_a_stored_value_does_not_move_to_another_origin(lists):
    made = await lists.save("a", call(_auth=basic("s3cr3t")))
    shown = shown_document(made)
    shown["_taskDefs"][0]["_inputParams"]["_url"] = "https://evil.example/"
    with pytest.raises(Invalid) as refused:
        await lists.listed.replace(ROOT, made.id, ListedDefinition(document=shown, hint="tasklist"), scope="")
    assert refused.value.problems[0].code == "secret-origin"
    shown["_taskDefs"][0]["_inputParams"]["_url"] = "https://h.example/elsewhere"
    await lists.listed.replace(ROOT, made.id, ListedDefinition(document=shown, hint="tasklist"), scope="")


async def test_equal_texts_with_other_secrets_are_other_revisions(lists):
    one = await lists.save("a", call(_auth=basic("s3cr3t-one")), scopes=("n",))
    two = await lists.save("a", call(_auth=basic("s3cr3t-two")), scopes=("m",))
    assert one.definition == two.definition and one.revision != two.revision


async def test_a_secret_value_outside_of_calls_is_refused(lists):
    found = await problems_of(lists, {"_name": "v", "_type": "SET_VARIABLE", "_inputParams": {"token": "s3cr3t"}})
    assert found == [("secret-leak", "/_taskDefs/0/_inputParams/token")]


async def test_too_large_a_definition(lists):
    with pytest.raises(Invalid, match="at most"):
        await lists.save("a", SET, _note="x" * (1 << 20))


def test_shown_document_is_the_stored_text():
    class Stored(msgspec.Struct):
        definition: str

    assert shown_document(Stored('{"a":1}')) == {"a": 1}
