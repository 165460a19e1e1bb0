"""The task that reads a Project Haystack server; it never writes.

Input `url`, `project`, `uname`, `pwd` (or a resource), `action`, `cmd`, `ids`, `hisStartDate`, `hisEndDate`, `limit`
(10,000 rows), `to`, `timeout` in seconds (120, at most 600). Output `{rows, count, truncated}`.

Actions: `about`; `read`, `readall` (entities that match the filter `cmd`); `readbyid` (entities with `ids`);
`readhistory` (history of `ids`); `pointhistory` (history of the points that match `cmd`). Dates are `YYYY-MM-DD` (days
of the point's own zone where both ends are days) or date-times (UTC where they name no offset); the end is by default
now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import bad_input, overdue
from weft.connectors.haystack_session import Session
from weft.connectors.haystack_zinc import ZincError, reference, text, write_grid
from weft.connectors.rest import stores_file

DEFAULT_SECONDS: Final = 120.0
MAX_SECONDS: Final = 600.0
DEFAULT_ROWS: Final = 10_000
MAX_ROWS: Final = 1_000_000
MAX_IDS: Final = 10_000
ACTIONS: Final = ("about", "read", "readall", "readbyid", "readhistory", "pointhistory")

Rows = list[dict[str, Any]]


async def run(attempt: Attempt) -> dict[str, Any]:
    """Carry the task out. Raises AttemptFailed."""
    inputs = attempt.inputs
    action = inputs.text("action").lower()
    if action not in ACTIONS:
        raise bad_input(f"'{action[:40]}' is no action that reads")
    seconds = inputs.number("timeout", DEFAULT_SECONDS, 0.001, MAX_SECONDS)
    limit = inputs.whole("limit", DEFAULT_ROWS, 1, MAX_ROWS)
    stored = stores_file(inputs)
    session = Session(attempt, seconds)
    try:
        async with asyncio.timeout(seconds):
            rows = await _ACTIONS[action](attempt, session, limit)
    except TimeoutError:
        raise overdue(f"'{action}'", seconds) from None
    truncated = len(rows) > limit
    del rows[limit:]
    if stored:
        data = msgspec.json.encode(rows)
        return {attempt.key("payload"): await attempt.keep(data, "application/json")}
    return {attempt.key("rows"): rows, attempt.key("count"): len(rows), attempt.key("truncated"): truncated}


async def _about(attempt: Attempt, session: Session, limit: int) -> Rows:
    return (await session.ask("about")).rows


async def _read(attempt: Attempt, session: Session, limit: int) -> Rows:
    # One row more than wanted shows whether there are more.
    request = write_grid(("filter", "limit"), [(text(attempt.inputs.text("cmd")), str(limit + 1))])
    return (await session.ask("read", request)).rows


async def _read_by_id(attempt: Attempt, session: Session, limit: int) -> Rows:
    ids = _ids(attempt)
    rows = (await session.ask("read", write_grid(("id",), [(one,) for one in ids]))).rows
    return [row for row in rows if row]  # an unknown id gives a row of nulls


async def _read_history(attempt: Attempt, session: Session, limit: int) -> Rows:
    return await _history(attempt, session, _ids(attempt), limit)


async def _point_history(attempt: Attempt, session: Session, limit: int) -> Rows:
    request = write_grid(("filter", "limit"), [(text(attempt.inputs.text("cmd")), str(MAX_IDS))])
    points = [row["id"] for row in (await session.ask("read", request)).rows if isinstance(row.get("id"), str)]
    return await _history(attempt, session, [_reference(point) for point in points], limit)


async def _history(attempt: Attempt, session: Session, ids: Sequence[str], limit: int) -> Rows:
    """The histories one after the other, until there is one row more than wanted."""
    span = text(history_range(attempt))
    found: Rows = []
    for ident in ids:
        grid = await session.ask("hisRead", write_grid(("id", "range"), [(ident, span)]))
        found += [_sample(ident[1:], row) for row in grid.rows[: limit + 1 - len(found)]]
        if len(found) > limit:
            break
    return found


def _sample(ident: str, row: dict[str, Any]) -> dict[str, Any]:
    value = row.get("val")
    if isinstance(value, dict) and set(value) == {"val", "unit"}:
        return {"id": ident, "ts": row.get("ts"), "val": value["val"], "unit": value["unit"]}
    return {"id": ident, "ts": row.get("ts"), "val": value}


def history_range(attempt: Attempt) -> str:
    """The range that `hisRead` is asked for. Raises AttemptFailed."""
    start, end = attempt.inputs.text("hisStartDate", limit=64), attempt.inputs.text("hisEndDate", "", 64)
    first, last = _day(start), _day(end) if end else None
    if first is not None and last is not None:
        return f"{first.isoformat()},{last.isoformat()}"
    begin = _moment(start)
    if not end:
        # With one moment, a server gives everything since then; the end is written out to be the same everywhere.
        until = datetime.fromtimestamp(attempt.around.clock.now_ms() / 1000, UTC)
    else:
        until = _moment(end) if last is None else _moment(end) + timedelta(days=1)
    if until < begin:
        raise bad_input("'hisEndDate' is before 'hisStartDate'")
    return f"{_zinc(begin)},{_zinc(until)}"


def _day(value: str) -> date | None:
    if len(value) != 10:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise bad_input(f"{value!r} is no date") from None


def _moment(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise bad_input(f"{value[:64]!r} is no date or date-time") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _zinc(at: datetime) -> str:
    return at.replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ UTC")


def _ids(attempt: Attempt) -> list[str]:
    given = attempt.inputs.get("ids")
    listed = [given] if isinstance(given, str) else attempt.inputs.array("ids", MAX_IDS)
    if not listed:
        raise bad_input("'ids' is needed")
    return [_reference(one) for one in listed]


def _reference(value: Any) -> str:
    try:
        return reference(str(value))
    except ZincError as error:
        raise bad_input(f"'ids': {error}") from None


_ACTIONS: Final = {
    "about": _about,
    "read": _read,
    "readall": _read,
    "readbyid": _read_by_id,
    "readhistory": _read_history,
    "pointhistory": _point_history,
}
