from __future__ import annotations

import msgspec
import pytest

from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound
from weft.services.resources import ResourceDraft, merged

pytestmark = pytest.mark.anyio
TYPE = "generic.rest.resource.v1.0.0"
TARGET = {"scheme": "http", "host": "h", "port": 80}


def draft(name="r", **more):
    return ResourceDraft(**{"id": name, "type": TYPE, "values": TARGET, **more})


async def test_crud(records):
    resources, root = records.resources, records.root
    await resources.create(root, draft())
    with pytest.raises(Conflict):
        await resources.create(root, draft())
    records.clock.pass_s(1)
    changed = await resources.update(root, "r", ResourceDraft(values={**TARGET, "port": 81}))
    assert (changed.values["port"], changed.updated_at - changed.created_at) == (81, 1000)
    assert [one.id for one in await resources.list_all(root)] == ["r"]
    await resources.delete(root, "r")
    for call in (resources.get(root, "r"), resources.delete(root, "r"), resources.update(root, "r", ResourceDraft())):
        with pytest.raises(NotFound):
            await call


async def test_merged(records):
    old = await records.resources.create(records.root, draft())
    assert merged(old, ResourceDraft()) == ResourceDraft("r", TYPE, "", TARGET)
    assert merged(old, ResourceDraft(secret="s")).secret == "s"


@pytest.mark.parametrize(
    "more",
    [{"id": "a/b"}, {"id": msgspec.UNSET}, {"type": "none"}, {"type": msgspec.UNSET}, {"values": {}}, {"values": 7},
     {"secret": "none"}, {"secret": 7}],
)  # fmt: skip
async def test_refused(records, more):
    with pytest.raises(Invalid):
        await records.resources.create(records.root, draft(**more))
    report = await records.resources.import_all(records.root, [draft(**more)], dry_run=False, override=False)
    assert len(report.errors) == len(report.failures) == 1


async def test_import_goes_one_by_one(records):
    drafts = [draft("a"), draft("b", values={}), draft("a")]
    report = await records.resources.import_all(records.root, drafts, dry_run=False, override=False)
    assert ([one.id for one in report.successes], report.failures) == (["a"], ["b", "a"])
    assert report.errors[1] == "resource a exists"
    assert [one.id for one in await records.resources.list_all(records.root)] == ["a"]


async def test_a_dry_run_says_the_same(records):
    drafts = [draft("a"), draft("b", values={}), draft("a")]
    dry = await records.resources.import_all(records.root, drafts, dry_run=True, override=False)
    assert await records.resources.list_all(records.root) == []
    wet = await records.resources.import_all(records.root, drafts, dry_run=False, override=False)
    assert (dry.errors, dry.failures) == (wet.errors, wet.failures)


async def test_export_by_criteria(records):
    await records.secrets.create(records.root, "s", "token", {"token": "t"})
    await records.resources.create(records.root, draft("a", secret="s"))
    await records.resources.create(records.root, draft("b"))
    names = [one.id for one in await records.resources.export(records.root, secret_id="s")]
    assert names == ["a"]
    assert len(await records.resources.export(records.root, type_id=TYPE)) == 2
    assert await records.resources.export(records.root, resource_id="b", secret_id="s") == []


async def test_permissions(records, made):
    resources, nobody = records.resources, made.NOBODY
    for call in (
        resources.create(nobody, draft()), resources.update(nobody, "r", draft()), resources.list_all(nobody),
        resources.get(nobody, "r"), resources.delete(nobody, "r"), resources.export(nobody),
        resources.import_all(nobody, [], dry_run=True, override=False),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
