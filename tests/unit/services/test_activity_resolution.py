from __future__ import annotations

import pytest

from weft.domain.adapters import Activity, Adapter
from weft.domain.workers import Worker
from weft.dsl.machine.faults import Fault
from weft.services import activity_resolution
from weft.services.activity_resolution import Catalogue


def adapter(version, family="a.b", **more):
    vendor, product = family.split(".")
    adapter_id = f"{family}.{version}"
    activities = tuple(
        Activity(id=f"{adapter_id}.{feature}.{name}", adapter=adapter_id, feature=feature, name=name)
        for feature, name in (("f", "One"), ("f", "Two"), ("g", "One"))
    )
    fields = {"deployed": True, "activities": activities, "created_at": 1, "updated_at": 1, **more}
    return Adapter(id=adapter_id, vendor=vendor, product=product, version=version, **fields)


def worker(name, *items):
    return Worker(name=name, id=name, items=items, created_at=1, updated_at=1)


def queue(catalogue, operation, hint=""):
    return catalogue.resolve(operation, hint).queue


def test_the_queue_without_a_hint():
    one = adapter("v1.0.0")
    operation = "a.b.v1.0.0.f.One"
    assert queue(Catalogue([one], []), operation) == "a.b.v1.0.0"
    assert queue(Catalogue([one], [worker("z", "a.b.v1.0.0"), worker("y", "a.b.v1.0.0.f")]), operation) == "y"
    own = [worker("a.b.v1.0.0", "a.b.v1.0.0"), worker("a", "a.b.v1.0.0")]
    assert queue(Catalogue([one], own), operation) == "a.b.v1.0.0"
    assert queue(Catalogue([one], [worker("y", "a.b.v1.0.0.g")]), operation) == "a.b.v1.0.0"


def test_the_queue_with_a_hint():
    catalogue = Catalogue([adapter("v1.0.0"), adapter("v1.0.3", "c.d", builtin=True)], [worker("w", "a.b.v1.0.0")])
    operation = "a.b.v1.0.0.f.One"
    assert queue(catalogue, operation, "w") == "w"
    assert queue(catalogue, operation, "nobody") == "nobody"
    assert queue(catalogue, operation, "default") == "default"
    assert queue(catalogue, "c.d.v1.0.1.f.One", "c.d.v1.0.1") == "c.d.v1.0.3"
    assert queue(catalogue, operation, "a.b.v0.9.0") == "a.b.v0.9.0"
    assert queue(catalogue, operation, "a.b.@latest") == "a.b.v1.0.0"


def test_system_functions_run_in_the_server():
    found = Catalogue([], []).resolve("system.function.@latest.common.NoOp", "any")
    assert (found.queue, found.activity) == ("default", "system.function.v1.0.0.common.NoOp")
    assert isinstance(Catalogue([], []).resolve("system.function.v1.0.0.common.None"), Fault)


@pytest.mark.parametrize(
    "operation", ["", "nonsense", "a.b.v1.0.0", "a.b.v9.0.0.f.One", "a.b.v1.0.0.f.None", "x.y.@latest.f.N"]
)
def test_faults(operation):
    found = Catalogue([adapter("v1.0.0")], []).resolve(operation)
    assert isinstance(found, Fault)
    assert (found.code, found.retryable) == ("ADAPTER_NOT_FOUND", False)


def test_what_an_item_lists():
    catalogue = Catalogue([adapter("v1.0.0"), adapter("v2.0.0", deployed=False)], [])
    assert len(catalogue.listed("a.b.v1.0.0")) == 3
    assert catalogue.listed("a.b.@latest.f") == ["a.b.v1.0.0.f.One", "a.b.v1.0.0.f.Two"]
    assert catalogue.listed("a.b.v1.0.0.f.Two") == ["a.b.v1.0.0.f.Two"]
    assert catalogue.listed("a.b.v2.0.0") == ()
    assert catalogue.activity("a.b.v1.0.0.g.One").feature == "g"
    assert catalogue.activity("a.b.v2.0.0.g.One") is None


@pytest.mark.anyio
async def test_kept_until_something_changes(records):
    resolve = records.resolution.resolve
    missing = await records.store.write(lambda tx: resolve(tx, "acme.ipam.@latest.prefix.Get"))
    assert isinstance(missing, Fault)
    await records.deployed()
    found = await records.store.write(lambda tx: resolve(tx, "acme.ipam.@latest.prefix.Get"))
    assert found.activity == "acme.ipam.v1.2.0.prefix.Get"
    reads = []
    original = records.resolution.catalogue
    records.resolution.catalogue = lambda tx: reads.append(1) or original(tx)
    await records.store.write(lambda tx: resolve(tx, "acme.ipam.@latest.prefix.Get"))
    assert reads == []


def test_answers_are_kept_and_bounded(monkeypatch):
    monkeypatch.setattr(activity_resolution, "_KEPT_ANSWERS", 2)
    catalogue = Catalogue([adapter("v1.0.0")], [])
    first = catalogue.resolve("a.b.v1.0.0.f.One")
    assert catalogue.resolve("a.b.v1.0.0.f.One") is first
    assert catalogue.resolve("a.b.v1.0.0.f.One", "lab").queue == "lab"
    for number in range(5):
        assert isinstance(catalogue.resolve(f"a.b.v1.0.0.f.Missing{number}"), Fault)
        assert len(catalogue._answers) <= 2
    assert catalogue.resolve("a.b.v1.0.0.f.One") == first


def test_names_whatever_their_case():
    catalogue = Catalogue([adapter("v1.0.0")], [])
    assert catalogue.resolve_folded("A.B.@LATEST.F.one").activity == "a.b.v1.0.0.f.One"
    assert catalogue.resolve_folded("a.b.V1.0.0.f.TWO").activity == "a.b.v1.0.0.f.Two"
    assert catalogue.resolve_folded("SYSTEM.function.@latest.common.noop").activity.endswith("common.NoOp")
    for name in ("a.b.@latest.f.Three", "http", "c.d.@latest.f.One"):
        assert isinstance(catalogue.resolve_folded(name), Fault)
    assert isinstance(catalogue.resolve("a.b.@latest.f.ONE"), Fault)
