"""The rows of a run: gathered, sent at once, read back."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import TooLarge
from weft.ports.runs import OpenItem, OutboxRow, SnapshotRow, SubscriptionRow
from weft.store.run_tables import LOG_LIMIT
from weft.store.runs import Keys

BIG = b"\xdb\x00\x02\x00\x00" + b"x" * 131_072  # msgpack text of 128 KiB


def test_the_log_is_kept_per_run_and_in_order(tx: Any) -> None:
    runs = tx.runs
    for seq in (1, 2, 3):
        runs.append(7, seq, 100 + seq, b"%d" % seq)
    runs.append(8, 1, 5, b"other")
    assert tx.sql.execute("SELECT count(*) FROM run_log").fetchone()[0] == 0
    assert [(row.seq, row.at, row.body) for row in runs.log(7)] == [(1, 101, b"1"), (2, 102, b"2"), (3, 103, b"3")]
    assert [row.seq for row in runs.log(7, after=1, limit=1)] == [2]
    assert (runs.last_seq(7), runs.last_seq(8), runs.last_seq(9)) == (3, 1, 0)
    with pytest.raises(TooLarge):
        runs.append(7, LOG_LIMIT + 1, 0, b"")


def test_large_bodies_come_back_whole(tx: Any, make_job: Any) -> None:
    key = tx.runs.new_key("acme")
    tx.runs.append(key, 1, 0, BIG)
    tx.runs.put_snapshot(SnapshotRow(key, 1, 0, BIG))
    tx.runs.put_item(OpenItem(key, "a1", "activity", 0, BIG))
    tx.runs.put_inbox(key, BIG)
    assert tx.runs.log(key)[0].body == tx.runs.snapshot(key).body == BIG
    assert tx.runs.item(key, "a1").body == tx.runs.inbox(key)[0].body == BIG
    assert tx.sql.execute("SELECT tenant, count(*) FROM blobs").fetchall() == [("acme", 1)]


def test_items_lie_together_or_alone(tx: Any) -> None:
    runs = tx.runs
    small = [OpenItem(1, "t1", "timer", 50, b"t"), OpenItem(1, "a2", "activity", 0, b"a")]
    runs.put_open(1, small)
    runs.put_item(OpenItem(1, "a3", "activity", 0, b"alone"))
    runs.put_item(OpenItem(2, "c1", "child", 0, b"c"))
    assert [item.ref for item in runs.items(1)] == ["t1", "a2", "a3"]
    assert runs.own_items(1) == ["a3"]
    assert runs.item(1, "t1") == small[0] and runs.item(1, "a3").body == b"alone" and runs.item(1, "x") is None
    seen: list[OpenItem] = []
    runs.open_items(seen.append)
    assert sorted((item.run, item.ref) for item in seen) == [(1, "a2"), (1, "a3"), (1, "t1"), (2, "c1")]
    runs.put_open(1, [])
    runs.delete_item(1, "a3")
    runs.delete_item(1, "never")
    assert runs.items(1) == []
    runs.delete_items(2)
    assert runs.items(2) == []


def test_put_and_delete_in_one_unit_leave_nothing(tx: Any) -> None:
    tx.runs.put_item(OpenItem(1, "a1", "activity", 0, b""))
    tx.runs.delete_item(1, "a1")
    tx.runs.flush()
    assert tx.sql.execute("SELECT count(*) FROM run_items").fetchone()[0] == 0


def test_snapshots_replace_one_another(tx: Any) -> None:
    tx.runs.put_snapshot(SnapshotRow(1, 3, 9, b"a"))
    tx.runs.put_snapshot(SnapshotRow(1, 5, 9, b"b"))
    assert tx.runs.snapshot(1) == SnapshotRow(1, 5, 9, b"b") and tx.runs.snapshot(2) is None


def test_subscriptions_are_found_by_tenant_and_type(tx: Any) -> None:
    runs = tx.runs
    runs.put_subscription([SubscriptionRow(1, "e1", 0, "t", "up", b"0"), SubscriptionRow(1, "e1", 1, "t", "", b"1")])
    runs.put_subscription([SubscriptionRow(2, "e1", 0, "t", "down", b"2")])
    runs.put_subscription([SubscriptionRow(3, "e1", 0, "u", "up", b"3")])
    assert [(row.run, row.filter) for row in runs.subscribers("t", "up")] == [(1, 0), (1, 1)]
    assert [(row.run, row.filter) for row in runs.subscribers("t", "down")] == [(1, 1), (2, 0)]
    runs.put_subscription([SubscriptionRow(1, "e1", 0, "t", "down", b"n")])
    assert [row.body for row in runs.subscriptions(1)] == [b"n"]
    runs.delete_subscription(1, "e1")
    runs.delete_subscriptions(2)
    assert runs.subscribers("t", "down") == []


def test_the_inbox_keeps_its_order(tx: Any) -> None:
    for body in (b"1", b"2", b"3"):
        tx.runs.put_inbox(4, body)
    rows = tx.runs.inbox(4, 2)
    assert [row.body for row in rows] == [b"1", b"2"] and tx.runs.inbox_size(4) == 3 and tx.runs.inbox_runs() == [4]
    tx.runs.delete_inbox([row.id for row in rows])
    assert [row.body for row in tx.runs.inbox(4)] == [b"3"]


def test_the_outbox_gives_what_is_due(tx: Any) -> None:
    tx.runs.put_outbox(1, "o1", 10, b"a")
    tx.runs.put_outbox(1, "o2", 20, b"b")
    (row,) = tx.runs.due_outbox(15, 10)
    assert (row.ref, row.body, row.attempts) == ("o1", b"a", 0)
    tx.runs.update_outbox(OutboxRow(row.id, 1, "o1", 3, 10, b"", "given up"))
    assert [r.ref for r in tx.runs.due_outbox(99, 10)] == ["o2"] and tx.runs.outbox_size() == 1
    tx.runs.delete_outbox([tx.runs.due_outbox(99, 10)[0].id])
    assert tx.runs.outbox_size() == 0


def test_forgetting_a_run_leaves_no_row(tx: Any, make_job: Any) -> None:
    key = tx.runs.new_key()
    tx.jobs.insert(make_job(key, tags=("a",), input="y" * 70_000))
    tx.runs.append(key, 1, 0, BIG)
    tx.runs.put_snapshot(SnapshotRow(key, 1, 0, b"s"))
    tx.runs.put_open(key, [OpenItem(key, "t1", "timer", 1, b"")])
    tx.runs.put_item(OpenItem(key, "a1", "activity", 1, b""))
    tx.runs.put_subscription([SubscriptionRow(key, "e1", 0, "t", "", b"")])
    tx.runs.put_inbox(key, b"i")
    tx.runs.put_outbox(key, "o1", 0, b"o")
    tx.runs.forget([key])
    tables = [row[0] for row in tx.sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {name: tx.sql.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    own = ("jobs", "job_tags", "run_log", "run_snapshots", "run_open", "run_items", "subscriptions", "inbox", "outbox")
    assert {name: counts[name] for name in (*own, "blobs", "blob_refs")} == dict.fromkeys(
        (*own, "blobs", "blob_refs"), 0
    )


def test_keys_are_not_used_again(tx: Any, make_job: Any) -> None:
    keys = Keys()
    keys.load(tx.sql)
    assert keys.take() == 1
    tx.jobs.insert(make_job(9))
    tx.runs.forget([9])
    keys.load(tx.sql)
    assert keys.take() == 10
