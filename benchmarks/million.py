"""A database with a million closed runs, made fast: rows are written in bulk, then the indexes and counts.

`build(path, …)` gives what the product would have written for as many runs of FIFTY definitions over DAYS days, without
their histories. `python -m benchmarks.million PATH [CLOSED [OPEN]]` makes one by hand.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from weft.domain.access import uuid_of
from weft.store.connection import connect
from weft.store.jobs import jobs
from weft.store.run_counts import DAY_MS, OPEN
from weft.store.schema import bring_up_to_date
from weft.store.statements import insert_text

CLOSED = 1_000_000
DEFINITIONS = 50
DAYS = 180
FIRST_DAY = 20_400
"""Days since 1970: runs are spread evenly from here on."""
PEOPLE = ("admin", "operator")
SHARES = (("completed", 0.85), ("faulted", 0.08), ("timed_out", 0.02), ("terminated", 0.03), ("cancelled", 0.02))
_encode = msgspec.msgpack.Encoder().encode


def definition_id(number: int) -> str:
    return uuid_of(f"definition {number}")


def definition_name(number: int) -> str:
    return f"{('meter', 'valve', 'router', 'report', 'backup')[number % 5]}_import_{number}"


def build(
    path: str, *, closed: int = CLOSED, opened: int = 0, tenant: str = "default", namespace: str = "",
    definitions: int = DEFINITIONS, days: int = DAYS, first_day: int = FIRST_DAY,
) -> float:  # fmt: skip
    """Make the file (or fill one of the product that has no runs yet); seconds it took."""
    begun = time.monotonic()
    sql = connect(path)
    bring_up_to_date(sql)
    sql.execute("PRAGMA synchronous = OFF")
    sql.execute("PRAGMA cache_size = -400000")
    held = sql.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'jobs' AND type = 'index'").fetchall()
    sql.execute("BEGIN IMMEDIATE")
    for name, _ in held:
        sql.execute(f"DROP INDEX {name}")
    people = [(starter, last) for starter in PEOPLE for last in PEOPLE]
    groups = {
        (number, pair): 2 + number * len(people) + at
        for number in range(definitions) for at, pair in enumerate(people)
    }  # fmt: skip
    sql.executemany(
        "INSERT INTO run_groups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (1, tenant, namespace, "", "", "", -1, "", "", 0),
            *((group, tenant, namespace, definition_id(number), definition_name(number), f"kind{number % 3}",
             3_600 if number % 2 else -1, *pair, 1)
            for (number, pair), group in groups.items())
        ],
    )  # fmt: skip
    span = days * DAY_MS
    made = _rows(closed, opened, tenant, namespace, groups, first_day * DAY_MS, span)
    sql.executemany(insert_text(jobs), made)
    for _, text in held:
        sql.execute(text)
    _count(sql)
    sql.execute("COMMIT")
    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sql.close()
    return time.monotonic() - begun


def _rows(
    closed: int, opened: int, tenant: str, namespace: str, groups: dict[Any, int], first: int, span: int
) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(7)
    statuses, weights = zip(*SHARES, strict=True)
    words = chance.choices(statuses, weights, k=10_000)
    kinds = list(groups.items())
    ids = [definition_id(number) for number in range(len(kinds))]
    names = [definition_name(number) for number in range(len(kinds))]
    tags, nothing, given, result = _encode(((), ())), b"\xc0", _encode({"device": "r1" * 40}), _encode({"ok": True})
    total = closed + opened
    bits = chance.getrandbits
    for key in range(1, total + 1):
        # Most runs are commanded by nobody else than who started them.
        (number, pair), group = kinds[bits(30) % len(kinds)]
        if pair[0] != pair[1] and bits(4):
            pair = (pair[0], pair[0])
            group = groups[number, pair]
        created = first + span * key // total
        closing = key <= closed
        ended = created + bits(17) if closing else 0
        text = f"{bits(128):032x}"
        run_id = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
        yield (
            key, tenant, namespace, run_id, f"r{text}", names[number], names[number], "1.0.0", ids[number], "d" * 64, 1,
            f"r{text}", "", "", "", run_id, f"r{text}", "terminate", pair[0], "", "", 0, "tasklist", created, created,
            f"kind{number % 3}", 3_600 if number % 2 else None, 0, group, words[key % 10_000] if closing else "waiting",
            ended, 0, ended - created if closing else None, 0, "", 12, 900, 3, ended or created, pair[1], tags, given,
            result if closing else nothing, nothing, nothing,
        )  # fmt: skip


def _count(sql: sqlite3.Connection) -> None:
    sql.execute(
        "INSERT INTO run_days SELECT grp, CASE closed_at WHEN 0 THEN ? ELSE status END, created_at / ?, "
        "CASE closed_at WHEN 0 THEN 0 ELSE updated_at / ? END, count(*) "
        "FROM jobs WHERE superseded = 0 GROUP BY 1, 2, 3, 4",
        (OPEN, DAY_MS, DAY_MS),
    )
    sql.execute(
        "INSERT INTO run_days SELECT 1, status, created_day, updated_day, sum(n) FROM run_days GROUP BY 2, 3, 4"
    )
    sql.execute("INSERT INTO run_totals SELECT grp, status, sum(n) FROM run_days GROUP BY grp, status")
    sql.execute("DELETE FROM run_groups WHERE id NOT IN (SELECT grp FROM run_totals)")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[2:]]
    took = build(sys.argv[1], closed=numbers[0] if numbers else CLOSED, opened=numbers[1] if numbers[1:] else 0)
    print(f"{took:.1f} s, {Path(sys.argv[1]).stat().st_size / 1e6:.0f} MB")
