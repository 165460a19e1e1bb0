"""Records of a noun: found by key and column, unique within a tenant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import Column, Integer, MetaData, Text

from weft.domain.errors import Conflict, TooLarge
from weft.domain.tenancy import EVERY_TENANT
from weft.store import collections as module
from weft.store.blobs import Ciphers
from weft.store.collections import record_table, register, registration
from weft.store.runs import Keys
from weft.store.unit import SqlTx


class Thing(msgspec.Struct):
    id: str
    name: str
    size: int = 0
    tenant: str = "default"
    data: Any = None


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A collection of Things in a database that only has them."""
    monkeypatch.setattr(module, "metadata", MetaData())
    table = record_table(
        "things", Column("id", Text), Column("name", Text), Column("size", Integer), Column("upper", Text), key="id"
    )
    register(Thing, table, key="id", columns={"upper": lambda thing: thing.name.upper()}, unique=["name"])
    sql = sqlite3.connect(":memory:", isolation_level=None)
    tx = SqlTx(sql, Ciphers(), Keys())
    table.metadata.create_all(tx.connection)
    yield tx.of(Thing)
    sql.close()


def test_insert_get_put_delete(things: Any) -> None:
    things.insert(Thing("1", "one", data={"deep": [1, None]}))
    assert things.get("1") == Thing("1", "one", data={"deep": [1, None]})
    assert things.get("2") is None and things.get("1", tenant="other") is None
    things.put(Thing("1", "uno", 5))
    things.put(Thing("2", "two"))
    assert things.get("1").name == "uno" and things.find(size=5)[0].id == "1"
    assert things.delete("1") and not things.delete("1")
    assert things.get("1") is None


def test_taken_keys_and_names_conflict(things: Any) -> None:
    things.insert(Thing("1", "one"))
    with pytest.raises(Conflict, match=r"^thing 1 exists$"):
        things.insert(Thing("1", "other"))
    with pytest.raises(Conflict):
        things.insert(Thing("2", "one"))
    with pytest.raises(Conflict):
        things.put(Thing("2", "one"))
    things.insert(Thing("1", "one", tenant="other"))
    with pytest.raises(TooLarge):
        things.insert(Thing("3", "three", data=1 << 80))


def test_find_orders_limits_and_takes_lists(things: Any) -> None:
    for number in range(5):
        things.insert(Thing(str(number), f"n{number}", number % 2))
    things.insert(Thing("9", "n9", tenant="other"))
    assert [t.id for t in things.find()] == ["0", "1", "2", "3", "4"]
    assert [t.id for t in things.find(order=["-size", "-name"])] == ["3", "1", "4", "2", "0"]
    assert [t.id for t in things.find(name=["n1", "n4", "n9"])] == ["1", "4"]
    assert [t.id for t in things.find(upper="N2")] == ["2"]
    assert [t.id for t in things.find(tenant=EVERY_TENANT, order=["-name"], limit=2)] == ["9", "4"]
    assert [t.id for t in things.find(limit=2, offset=3)] == ["3", "4"]
    assert things.find(size=None) == [] and things.count(size=1) == 2 and things.count(tenant=EVERY_TENANT) == 6
    with pytest.raises(LookupError):
        things.find(nothing=[1])
    with pytest.raises(LookupError):
        things.find(nothing=1)


def test_wrong_registrations_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "metadata", MetaData())

    class Other(msgspec.Struct):
        id: str

    table = record_table("others", Column("id", Text), key="id")
    with pytest.raises(ValueError, match="no column code"):
        register(Other, table, key="code")
    with pytest.raises(LookupError, match="Other"):
        registration(Other)
