"""A database with a million closed runs, made fast: rows are written in bulk, then the indexes and counts.

`build(path, …)` adds to a database what the product would have written for as many runs of some definitions, spread
evenly over DAYS days, without their histories. The definitions are made up, or (`templates_of`) those of closed runs
that the product has left there. `python -m benchmarks.million PATH [CLOSED [OPEN]]` makes one by hand.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
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
NOTHING = b"\xc0"
_encode = msgspec.msgpack.Encoder().encode


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What runs of one definition have in common; bytes as the store keeps them."""

    workflow_id: str
    name: str
    version: str = "1.0.0"
    revision: str = "d" * 64
    label: str = ""
    timeout_s: int | None = None
    dialect: str = "tasklist"
    input: bytes = NOTHING
    output: bytes = NOTHING
    tasks: bytes = NOTHING


def made_up(count: int = DEFINITIONS) -> list[Template]:
    """Definitions that are stored nowhere."""
    words = ("meter", "valve", "router", "report", "backup")
    return [
        Template(
            workflow_id=uuid_of(f"definition {number}"), name=f"{words[number % 5]}_import_{number}",
            label=f"kind{number % 3}", timeout_s=3_600 if number % 2 else None, input=_encode({"device": "r1" * 40}),
            output=_encode({"ok": True}),
        )
        for number in range(count)
    ]  # fmt: skip


def templates_of(path: str) -> list[Template]:
    """One for each definition that has a closed run."""
    sql = connect(path, read_only=True)
    names = [name for name in Template.__struct_fields__ if name not in ("name", "version")]
    rows = sql.execute(
        f"SELECT name, workflow_version, {', '.join(names)}, max(key) FROM jobs "
        "WHERE closed_at > 0 GROUP BY workflow_id"
    ).fetchall()
    sql.close()
    return [Template(name=row[0], version=row[1], **dict(zip(names, row[2:-1], strict=True))) for row in rows]


def build(
    path: str, templates: Sequence[Template], *, closed: int = CLOSED, opened: int = 0, tenant: str = "default",
    namespace: str = "", people: Sequence[str] = PEOPLE,
) -> float:  # fmt: skip
    """Make the file or add to it; seconds it took. No server may have it open."""
    begun = time.monotonic()
    sql = connect(path)
    bring_up_to_date(sql)
    sql.execute("PRAGMA synchronous = OFF")
    sql.execute("PRAGMA cache_size = -400000")
    held = sql.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'jobs' AND type = 'index'").fetchall()
    sql.execute("BEGIN IMMEDIATE")
    for name, _ in held:
        sql.execute(f"DROP INDEX {name}")
    groups = _groups(sql, templates, tenant, namespace, people)
    first_key = (sql.execute("SELECT max(key) FROM jobs").fetchone()[0] or 0) + 1
    made = _rows(first_key, closed, opened, tenant, namespace, templates, people, groups)
    sql.executemany(insert_text(jobs), made)
    for _, text in held:
        sql.execute(text)
    _count(sql)
    sql.execute("COMMIT")
    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sql.close()
    return time.monotonic() - begun


def _groups(
    sql: sqlite3.Connection, templates: Sequence[Template], tenant: str, namespace: str, people: Sequence[str]
) -> dict[tuple[int, str, str], int]:
    """The ids of the groups by definition, starter and last commander."""
    next_id = (sql.execute("SELECT max(id) FROM run_groups").fetchone()[0] or 0) + 1
    scope = _group(sql, next_id, (tenant, namespace, "", "", "", -1, "", "", "", 0))
    found: dict[tuple[int, str, str], int] = {}
    for number, one in enumerate(templates):
        for starter in people:
            for last in people:
                limit = -1 if one.timeout_s is None else one.timeout_s
                identity = (tenant, namespace, one.workflow_id, one.name, one.label, limit, "", starter, last, scope)
                found[number, starter, last] = _group(sql, next_id + 1 + len(found), identity)
    return found


def _group(sql: sqlite3.Connection, new_id: int, identity: tuple[Any, ...]) -> int:
    row = sql.execute(
        "SELECT id FROM run_groups WHERE tenant = ? AND namespace = ? AND workflow_id = ? AND name = ? AND label = ? "
        "AND timeout_s = ? AND timeout_policy = ? AND started_by = ? AND updated_by = ? AND scope = ?",
        identity,
    ).fetchone()
    if row:
        return int(row[0])
    sql.execute("INSERT INTO run_groups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (new_id, *identity))
    return new_id


def _rows(
    first_key: int, closed: int, opened: int, tenant: str, namespace: str, templates: Sequence[Template],
    people: Sequence[str], groups: dict[tuple[int, str, str], int],
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    chance = random.Random(7)
    words = chance.choices([word for word, _ in SHARES], [share for _, share in SHARES], k=10_007)
    tags, bits, total = _encode(((), ())), chance.getrandbits, closed + opened
    for count in range(total):
        number = bits(30) % len(templates)
        one = templates[number]
        starter = last = people[bits(8) % len(people)]
        if not bits(4):  # most runs are commanded by nobody else than who started them
            last = people[bits(8) % len(people)]
        created = FIRST_DAY * DAY_MS + DAYS * DAY_MS * count // total
        closing = count < closed
        ended = created + 1 + bits(17) if closing else 0
        text = f"{bits(128):032x}"
        job = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
        yield (
            first_key + count, tenant, namespace, job, f"r{text}", one.name, one.name, one.version, one.workflow_id,
            one.revision, 1, f"r{text}", "", "", "", job, f"r{text}", "terminate", starter, "", "", 0, one.dialect,
            created, created, one.label, one.timeout_s, None, 0, groups[number, starter, last],
            words[count % 10_007] if closing else "waiting", ended, 0, ended - created if closing else None, 0, "", 12,
            900, 3, ended or created, last, tags, one.input, one.output if closing else NOTHING, NOTHING,
            one.tasks if closing else NOTHING,
        )  # fmt: skip


def _count(sql: sqlite3.Connection) -> None:
    sql.execute("DELETE FROM run_days")
    sql.execute("DELETE FROM run_totals")
    sql.execute(
        "INSERT INTO run_days SELECT grp, CASE closed_at WHEN 0 THEN ? ELSE status END, created_at / ?, "
        "CASE closed_at WHEN 0 THEN 0 ELSE updated_at / ? END, count(*) FROM jobs WHERE superseded = 0 "
        "GROUP BY 1, 2, 3, 4",
        (OPEN, DAY_MS, DAY_MS),
    )
    sql.execute(
        "INSERT INTO run_days SELECT g.scope, d.status, d.created_day, d.updated_day, sum(d.n) FROM run_days AS d "
        "JOIN run_groups AS g ON g.id = d.grp GROUP BY 1, 2, 3, 4"
    )
    sql.execute("INSERT INTO run_totals SELECT grp, status, sum(n) FROM run_days GROUP BY grp, status")
    sql.execute("DELETE FROM run_groups WHERE id NOT IN (SELECT grp FROM run_totals)")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[2:]]
    took = build(
        sys.argv[1], made_up(), closed=numbers[0] if numbers else CLOSED, opened=numbers[1] if numbers[1:] else 0
    )
    print(f"{took:.1f} s, {Path(sys.argv[1]).stat().st_size / 1e6:.0f} MB")
