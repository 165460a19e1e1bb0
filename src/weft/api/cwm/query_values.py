"""Attributes of the list filter language: what each means in the domain, and how its values are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from weft.api.cwm.words import STATUS_BY_WORD, STATUS_WORDS, statuses_of
from weft.domain.errors import Invalid
from weft.domain.filters import Filter, Op, Some, Where


class Literal(NamedTuple):
    value: Any
    at: int


class Attribute(NamedTuple):
    """`constant` is set where every job has the same value."""

    field: str
    kind: str
    constant: str | None = None


ATTRIBUTES: dict[str, Attribute] = {
    "JobTags": Attribute("tags", "texts"),
    "WorkflowTags": Attribute("workflow_tags", "texts"),
    "JobName": Attribute("name", "text"),
    "WorkflowName": Attribute("workflow_name", "text"),
    "WorkflowVersion": Attribute("workflow_version", "text"),
    "WorkflowDefinitionId": Attribute("workflow_id", "text"),
    "StartUser": Attribute("started_by", "text"),
    "LogLevel": Attribute("log_level", "text"),
    "WorkflowId": Attribute("id", "text"),
    "JobId": Attribute("id", "text"),
    "RunId": Attribute("run", "text"),
    "WorkflowType": Attribute("", "text", "DSL"),
    "TaskQueue": Attribute("", "text", "default"),
    "ParentWorkflowId": Attribute("parent_job", "text"),
    "ParentRunId": Attribute("parent_run", "text"),
    "RootWorkflowId": Attribute("root_job", "text"),
    "TemporalScheduledById": Attribute("schedule", "text"),
    "ScheduleId": Attribute("schedule", "text"),
    "ExecutionStatus": Attribute("status", "status"),
    "StartTime": Attribute("started_at", "time"),
    "ExecutionTime": Attribute("started_at", "time"),
    "CloseTime": Attribute("closed_at", "time"),
    "TemporalScheduledStartTime": Attribute("scheduled_at", "time"),
    "ExecutionDuration": Attribute("duration", "duration"),
    "HistoryLength": Attribute("history_length", "integer"),
    "HistorySizeBytes": Attribute("history_bytes", "integer"),
    "StateTransitionCount": Attribute("transitions", "integer"),
}

LIST_OPS = frozenset({"eq", "ne", "in", "not_in", "null", "not_null"})
TEXT_OPS = frozenset({"starts", "not_starts"})


def refuse(message: str, at: int) -> Invalid:
    return Invalid("query invalid", (f"{message} at position {at + 1}",))


def where_of(name: str, op: str, literals: list[Literal], at: int) -> Filter:
    """One comparison as a filter. Raises Invalid for an operator or value that does not fit the attribute."""
    attribute = ATTRIBUTES[name]
    if attribute.kind == "texts" and op not in LIST_OPS:
        raise refuse(f"{name} is a list of keywords and takes =, !=, IN and IS NULL only", at)
    if op in TEXT_OPS and attribute.kind not in ("text", "status"):
        raise refuse(f"STARTS_WITH needs a keyword, {name} is none", at)
    if attribute.kind == "status":
        return status_test(op, [status_value(name, literal) for literal in literals])
    read = READERS[attribute.kind]
    values = tuple(read(name, literal) for literal in literals)
    if attribute.constant is not None:
        return _truth(holds(op, attribute.constant, values))
    return Where(attribute.field, msgspec.convert(op, Op), values)


def _truth(value: bool) -> Filter:
    """A filter that every job, or none, satisfies."""
    return Where("id", "not_null" if value else "null")


COMPARE: dict[str, Callable[[Any, tuple[Any, ...]], bool]] = {
    "eq": lambda a, v: a == v[0],
    "lt": lambda a, v: a < v[0],
    "le": lambda a, v: a <= v[0],
    "gt": lambda a, v: a > v[0],
    "ge": lambda a, v: a >= v[0],
    "in": lambda a, v: a in v,
    "between": lambda a, v: v[0] <= a <= v[1],
    "starts": lambda a, v: a.startswith(v[0]),
    "null": lambda a, v: False,
}


def holds(op: str, have: str, values: tuple[Any, ...]) -> bool:
    if op == "ne":
        return have != values[0]
    if op.startswith("not_"):
        return not COMPARE[op[4:]](have, values)
    return COMPARE[op](have, values)


def status_test(op: str, values: list[str]) -> Filter:
    """Keyword comparison over the seven status words, turned into the set of job statuses that satisfy it."""
    wanted = [word for word in STATUS_WORDS if holds(op, word, tuple(values))]
    statuses = tuple(status for word in wanted for status in statuses_of(word))
    if not statuses:
        return _truth(False)
    return Where("status", "in", statuses) if len(wanted) < len(STATUS_WORDS) else Some((_truth(True),))


def status_value(name: str, literal: Literal) -> str:
    value = literal.value
    word = STATUS_BY_WORD.get(str(value)) if not isinstance(value, bool) else None
    if word is None:
        raise refuse(f"{name} has no value {value!r}; it is one of {', '.join(STATUS_WORDS)}", literal.at)
    return word


def _text(name: str, literal: Literal) -> str:
    if not isinstance(literal.value, str):
        raise refuse(f"{name} is compared with a string", literal.at)
    return literal.value


def _integer(name: str, literal: Literal) -> int:
    value = literal.value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise refuse(f"{name} is compared with an integer", literal.at)
    return value


RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _time(name: str, literal: Literal) -> float:
    """UTC milliseconds, with a fraction where the literal is finer than the store."""
    value = literal.value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value / 1_000_000
    if isinstance(value, str):
        if re.fullmatch(r"\d{1,19}", value):
            return int(value) / 1_000_000
        match = RFC3339.fullmatch(value)
        if match is not None:
            try:
                base = value[:19].upper().replace(" ", "T") + match[8].upper().replace("Z", "+00:00")
                moment = datetime.fromisoformat(base).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
            else:
                return moment.timestamp() * 1000 + float("0" + (match[7] or ".0")) * 1000
    raise refuse(f"{name} is compared with an RFC 3339 time or nanoseconds since 1970", literal.at)


DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")
UNIT_MS = {
    "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3, "h": 3_600e3, "d": 86_400e3,
}  # fmt: skip


def _duration(name: str, literal: Literal) -> float:
    """Milliseconds, of integer nanoseconds, `2m30s`, `1d` or `00:02:30`."""
    value = literal.value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value / 1_000_000
    if isinstance(value, str) and len(value) <= 64:
        clock = re.fullmatch(r"(\d{1,6}):([0-5]\d):([0-5]\d(?:\.\d{1,9})?)", value)
        if clock is not None:
            return (int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])) * 1000
        if re.fullmatch(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+", value):
            return sum(float(number) * UNIT_MS[unit] for number, unit in DURATION_PART.findall(value))
        if re.fullmatch(r"\d{1,18}", value):
            return int(value) / 1_000_000
    raise refuse(f"{name} is compared with a duration such as '2m30s'", literal.at)


READERS: dict[str, Callable[[str, Literal], Any]] = {
    "text": _text,
    "texts": _text,
    "integer": _integer,
    "time": _time,
    "duration": _duration,
}
