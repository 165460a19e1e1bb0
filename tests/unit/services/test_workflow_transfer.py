from __future__ import annotations

import pytest

from weft.domain.errors import Conflict, Forbidden, Invalid
from weft.services.definitions import Definition, read_definition
from weft.services.workflow_transfer import Wanted, children_first

pytestmark = pytest.mark.anyio


def entry(value, **more):
    return Definition(value, hint="cwm", **more)


def drafts(made, **children):
    return [read_definition(entry(made.small(name, children=called))) for name, called in children.items()]


async def test_children_first(made):
    ordered = children_first(drafts(made, A=["B", "C"], B=["D"], C=[], D=[], E=["A"]))
    assert [one.name for one in ordered] == ["D", "B", "C", "A", "E"]
    assert [one.name for one in children_first(drafts(made, X=[], Y=[], Z=[]))] == ["X", "Y", "Z"]


async def test_cycles_end(made):
    assert len(children_first(drafts(made, A=["B"], B=["A"]))) == 2


async def test_long_chains_do_not_recurse(made):
    chain = {f"W{n}": [f"W{n + 1}"] for n in range(1500)} | {"W1500": []}
    assert [one.name for one in children_first(drafts(made, **chain))][:2] == ["W1500", "W1499"]


async def test_ids_are_kept_where_free(records, made):
    transfer, root = records.transfer, records.root
    assert await transfer.import_all(root, [entry(made.small("A"), id="kept")], override=False) == 1
    assert (await transfer.export(root, [Wanted(id="kept")]))[0].name == "A"
    assert await transfer.import_all(root, [entry(made.small("B"), id="kept")], override=False) == 1
    assert (await transfer.export(root, [Wanted(name="B", version="1.0")]))[0].id != "kept"


async def test_nothing_is_written_when_one_fails(records, made):
    with pytest.raises(Invalid, match="entry 1"):
        await records.transfer.import_all(records.root, [entry(made.small("A")), entry({"states": []})], override=False)
    with pytest.raises(Invalid, match="sub-flow"):
        entries = [entry(made.small("A")), entry(made.small("B", children=["None"]))]
        await records.transfer.import_all(records.root, entries, override=False)
    assert await records.transfer.export(records.root, []) == []


async def test_a_pair_twice_in_one_import(records, made):
    twice = [entry(made.small("A")), entry(made.small("A", description="other"))]
    with pytest.raises(Conflict):
        await records.transfer.import_all(records.root, twice, override=False)
    assert await records.transfer.import_all(records.root, twice, override=True) == 2
    assert [one.description for one in await records.transfer.export(records.root, [])] == ["other"]


async def test_permissions(records, made):
    with pytest.raises(Forbidden):
        await records.transfer.export(made.NOBODY, [])
    with pytest.raises(Forbidden):
        await records.transfer.import_all(made.NOBODY, [], override=False)
    with pytest.raises(Invalid):
        await records.transfer.export(records.root, [Wanted(id="none")])
