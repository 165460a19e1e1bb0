from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound
from weft.domain.workflows import REVISIONS, Revision
from weft.services import workflows as workflows_module
from weft.services.definitions import Definition
from weft.services.workflows import check_input

pytestmark = pytest.mark.anyio


def definition(value, **more):
    return Definition(value, hint="cwm", **more)


async def save(records, value, **more):
    return await records.workflows.create(records.root, definition(value, **more))


async def test_every_method_asks_for_its_permission(records, made):
    workflows, nobody = records.workflows, made.NOBODY
    given = definition(made.small("A"))
    for call in (
        workflows.create(nobody, given), workflows.update(nobody, "x", given), workflows.get(nobody, "x"),
        workflows.update_named(nobody, "x", "1", given), workflows.get_named(nobody, "x", "1"),
        workflows.delete(nobody, "x"), workflows.delete_named(nobody, "x", "1"), workflows.list_all(nobody),
        workflows.tags(nobody), workflows.validate(nobody, given), workflows.validate_input(nobody, "x", "1", {}),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call


async def test_revisions_outlive_changes(records, made):
    first = await save(records, made.small("A"))
    second = await records.workflows.update(records.root, first.id, definition(made.small("A", description="new")))
    assert (second.id, second.created_at) == (first.id, first.created_at)
    await records.workflows.delete(records.root, first.id)
    for digest in (first.revision, second.revision):
        kept = await records.store.read(lambda tx, one=digest: tx.of(Revision).get(one, tenant=REVISIONS))
        assert kept.digest == digest
    with pytest.raises(NotFound):
        await records.workflows.get(records.root, first.id)


async def test_an_update_cannot_take_anothers_pair(records, made):
    await save(records, made.small("A"))
    other = await save(records, made.small("B"))
    with pytest.raises(Conflict):
        await records.workflows.update(records.root, other.id, definition(made.small("A")))
    renamed = await records.workflows.update_named(records.root, "B", "1.0", definition(made.small("C")))
    assert (renamed.id, renamed.name) == (other.id, "C")


async def test_two_at_once_one_wins(records, made):
    results = await asyncio.gather(
        *(save(records, made.small("A", description=str(n))) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, Conflict) for one in results) == 4


async def test_find_takes_the_highest_version(records, made):
    for version in ("1.9", "1.10", "1.2"):
        await save(records, made.small("A", version))
    found = await records.store.read(lambda tx: records.workflows.find(tx, "default", "A"))
    assert found.version == "1.10"
    exact = await records.store.read(lambda tx: records.workflows.find(tx, "default", "A", "1.2"))
    assert exact.version == "1.2"
    assert await records.store.read(lambda tx: records.workflows.find(tx, "default", "A", "3")) is None
    assert await records.store.read(lambda tx: records.workflows.find(tx, "other", "A")) is None


async def test_find_child_by_name_then_own_id(records, made):
    await save(records, made.small("A", id="B"))
    named = await save(records, made.small("B", id="x"))
    by_name = await records.store.read(lambda tx: records.workflows.find_child(tx, "default", "B"))
    assert by_name.id == named.id
    by_id = await records.store.read(lambda tx: records.workflows.find_child(tx, "default", "x", "1.0"))
    assert by_id.id == named.id
    assert await records.store.read(lambda tx: records.workflows.find_child(tx, "default", "x", "2")) is None


async def test_a_definition_may_call_itself(records, made):
    await save(records, made.small("Loop", children=["Loop", {"workflowId": "Loop", "version": "1.0"}]))
    with pytest.raises(Invalid):
        await save(records, made.small("Loop", "2.0", children=[{"workflowId": "Loop", "version": "3.0"}]))


async def test_forms_do_not_exist_yet(records, made):
    with pytest.raises(Invalid, match="form f does not exist"):
        await save(records, made.small("A"), form="f")


async def test_tags_are_kept_once_in_order(records, made):
    record = await save(records, made.small("A"), tags=("b", "a", "b"), folder="/lab")
    assert (record.tags, record.folder) == (("b", "a"), "/lab")
    assert [one.name for one in await records.workflows.list_all(records.root, ["b", "x"])] == ["A"]
    assert await records.workflows.list_all(records.root, ["x"]) == []


async def test_large_definitions_compile_too(records, made):
    record = await save(records, made.json_of(made.small("Big", annotations=["x" * 40_000])))
    assert record.name == "Big"


async def test_check_input(records, made):
    record = await save(records, made.definition())
    check_input(record, {"device": "r1"})
    for data in ({}, {"device": 7}, []):
        with pytest.raises(Invalid, match="input data invalid"):
            check_input(record, data)
    check_input(await save(records, made.small("Free")), {"anything": 1})


async def test_an_updated_definition_brings_its_own_input_schema(records, made):
    old = await save(records, made.small("Same", dataInputSchema={"type": "object", "required": ["a"]}))
    with pytest.raises(Invalid):
        check_input(old, {})
    given = definition(made.small("Same", dataInputSchema={"type": "object", "required": ["b"]}))
    new = await records.workflows.update(records.root, old.id, given)
    check_input(new, {"b": 1})
    with pytest.raises(Invalid):
        check_input(new, {"a": 1})
    check_input(old, {"a": 1})


async def test_only_so_many_input_schemas_are_kept(records, made, monkeypatch):
    monkeypatch.setattr(workflows_module, "KEPT_SCHEMAS", 2)
    for number in range(5):
        schema = {"type": "object", "required": [f"m{number}"]}
        record = await save(records, made.small(f"Many{number}", dataInputSchema=schema))
        check_input(record, {f"m{number}": 1})
        assert len(workflows_module._schemas) <= 2
