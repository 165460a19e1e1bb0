"""Reading requests: ids in paths, members in any case, the query of lists, content types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from weft.api.workflow_execution import times
from weft.api.workflow_execution.problems import BadRequest, Entry, bad
from weft.domain.access import UUID
from weft.domain.errors import Malformed, TooLarge
from weft.web.operations import Call
from weft.web.refusals import UnsupportedMedia

DEFAULT_TAKE: Final = 20
MAX_TAKE: Final = 500
MAX_SKIP: Final = 10**15
_WHOLE: Final = re.compile(r"[0-9]+", re.ASCII)
_MEDIA: Final = re.compile(r"application/(?:json|[^/;\s]+\+json)|text/json")
_CHARSETS: Final = frozenset(("utf-8", "utf8", "us-ascii"))
BAD_ID: Final = "not a hyphenated UUID"


class Listing(msgspec.Struct, frozen=True):
    """The query of a list. Times are UTC milliseconds: `created_from` inclusive, `created_to` exclusive."""

    take: int = DEFAULT_TAKE
    skip: int = 0
    created_from: int | None = None
    created_to: int | None = None


def uuid(value: object) -> str | None:
    """A hyphenated UUID of any case in lower case; None for anything else."""
    if not isinstance(value, str) or len(value) != 36:
        return None
    folded = value.lower()
    return folded if UUID.fullmatch(folded) else None


def path_id(call: Call, name: str) -> str:
    """An id of the path, in lower case; that it is one was checked before."""
    return call.path[name].lower()


def path_entries(path: Mapping[str, str]) -> list[Entry]:
    """An entry for every id of the path that is none."""
    return [Entry(name, BAD_ID) for name, value in path.items() if uuid(value) is None]


def members(value: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The members of those names, matched without regard to case: an exact match first, then the last one."""
    by_name = {name.lower(): name for name in names}
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = by_name.get(key.lower())
        if name is not None and (name not in value or key == name):
            found[name] = item
    return found


async def data_of(call: Call) -> dict[str, Any]:
    """The object `data` of the body. Raises BadRequest with the one entry `data`."""
    body = await call.body()
    found = members(cast("dict[str, Any]", body), ("data",)).get("data") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise bad("data", "the body is an object with the object 'data'")
    return cast("dict[str, Any]", found)


async def check_body(call: Call) -> None:
    """Content type, size and syntax of a body, in this order. An empty body has no content type to be wrong."""
    if not _is_json(call.headers.get("content-type", "")) and await _has_body(call):
        raise UnsupportedMedia("a body is application/json, text/json or application/*+json, in UTF-8")
    await call.body()


def _is_json(content_type: str) -> bool:
    media, _, rest = content_type.partition(";")
    if not _MEDIA.fullmatch(media.strip().lower()):
        return False
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in _CHARSETS:
            return False
    return True


async def _has_body(call: Call) -> bool:
    if call.headers.get("content-length", "0").lstrip("0"):
        return True
    try:
        return bool(await call.raw())
    except TooLarge:
        return True


def listing(call: Call) -> Listing:
    """`take`, `skip`, `createdLess`, `createdGreater`. Raises BadRequest with every problem."""
    entries: list[Entry] = []
    given = _query(call, ("take", "skip", "createdLess", "createdGreater"), entries)
    take = _whole(given, "take", DEFAULT_TAKE, entries)
    skip = _whole(given, "skip", 0, entries)
    less, greater = _time(given, "createdLess", entries), _time(given, "createdGreater", entries)
    if less is not None and greater is not None and greater >= less:
        entries.append(Entry("createdGreater", "not before createdLess"))
    if entries:
        raise BadRequest(entries)
    return Listing(
        take=min(take, MAX_TAKE),
        skip=min(skip, MAX_SKIP),
        created_from=None if greater is None else times.first_after(greater),
        created_to=None if less is None else times.first_not_before(less),
    )


def _query(call: Call, names: Sequence[str], entries: list[Entry]) -> dict[str, str]:
    try:
        query = call.query
    except Malformed as cause:
        raise bad("query", cause.message) from None
    by_name = {name.lower(): name for name in names}
    found: dict[str, str] = {}
    for key, values in query.items():
        name = by_name.get(key.lower())
        if name is None:
            continue
        for value in values:
            if found.setdefault(name, value) != value:
                entries.append(Entry(name, "given more than once, with different values"))
    return found


def _whole(given: Mapping[str, str], name: str, default: int, entries: list[Entry]) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not _WHOLE.fullmatch(text):
        entries.append(Entry(name, "not a whole number from 0"))
        return default
    return int(text) if len(text.lstrip("0")) <= 15 else MAX_SKIP


def _time(given: Mapping[str, str], name: str, entries: list[Entry]) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return times.read(text)
    except ValueError:
        entries.append(Entry(name, "not a date that there is: YYYY-MM-DD or an RFC 3339 date-time"))
        return None
