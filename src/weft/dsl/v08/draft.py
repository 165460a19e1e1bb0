"""The document as the checks and the lowering see it: named parts with their pointers, and the problems found.

Shapes that the schema stage refuses are read as absent here: each semantic check runs on the parts whose shape it
can read, and nothing here raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, cast

import msgspec

from weft.dsl.problems import Problem, error, pointer_of, warning

StatesDialect = Literal["v08", "v09", "cwm"]

STATE_TYPES: Final = frozenset(
    ("operation", "switch", "sleep", "delay", "inject", "parallel", "foreach", "event", "callback")
)


class Part(msgspec.Struct, frozen=True):
    """A named entry of one of the document's lists and where it stands."""

    body: dict[str, Any]
    pointer: str
    index: int

    @property
    def name(self) -> str:
        return text_of(self.body, "name")


def text_of(body: Mapping[str, Any], key: str, default: str = "") -> str:
    """The text at `key`, else `default`."""
    value = body.get(key)
    return value if isinstance(value, str) else default


def object_of(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object at `key`, else an empty one."""
    value = body.get(key)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_of(body: Mapping[str, Any], key: str) -> list[Any]:
    """The array at `key`, else an empty one."""
    value = body.get(key)
    return cast("list[Any]", value) if isinstance(value, list) else []


def objects_of(body: Mapping[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Index and body of those items of the array at `key` that are objects."""
    for index, item in enumerate(list_of(body, key)):
        if isinstance(item, dict):
            yield index, cast("dict[str, Any]", item)


class Draft:
    """One states document with its look-up tables; collects the problems of the semantics stage."""

    def __init__(self, doc: Mapping[str, Any], dialect: StatesDialect) -> None:
        """`doc`: what it refers to by URI is in its place already."""
        self.doc = doc
        self.dialect: StatesDialect = dialect
        self.cwm = dialect == "cwm"
        self.v09 = dialect == "v09"
        self.problems: list[Problem] = []
        self.name = text_of(doc, "name") or text_of(doc, "id") or text_of(doc, "key")
        self.version = text_of(doc, "version")
        self.functions = self._table(doc, "functions")
        self.events = self._table(doc, "events")
        self.retries = self._table(doc, "retries")
        self.auths = self._table(doc, "auth")
        errors = doc.get("errors")
        self.errors: dict[str, Part] = {}
        self.handlers: dict[str, Part] = {}
        self.policies: dict[str, Part] = {}
        if isinstance(errors, dict):
            body = cast("dict[str, Any]", errors)
            self.errors = self._table(body, "definitions", "/errors")
            self.handlers = self._table(body, "handlers", "/errors")
            self.policies = self._table(body, "policies", "/errors")
        else:
            self.errors = self._table(doc, "errors")
        self.states = [Part(body, pointer_of("states", index), index) for index, body in objects_of(doc, "states")]
        self.by_name: dict[str, Part] = {}
        self.by_id: dict[str, Part] = {}
        for part in self.states:
            if part.name in self.by_name:
                self.error("name-duplicate", part.pointer + "/name", f"two states are named {part.name!r}")
            self.by_name.setdefault(part.name, part)
            if text_of(part.body, "id"):
                self.by_id.setdefault(text_of(part.body, "id"), part)

    def _table(self, body: Mapping[str, Any], key: str, base: str = "") -> dict[str, Part]:
        out: dict[str, Part] = {}
        for index, item in objects_of(body, key):
            part = Part(item, f"{base}{pointer_of(key, index)}", index)
            if not part.name:
                continue
            if part.name in out:
                # a document that lists an entry twice is understood: the first one counts
                what = f"two entries of {key!r} are named {part.name!r}"
                self.add_by_dialect("name-duplicate", part.pointer + "/name", what)
                continue
            out[part.name] = part
        return out

    def state(self, name: str) -> Part | None:
        """By name, then by id."""
        return self.by_name.get(name) or self.by_id.get(name)

    def start(self) -> Part | None:
        """The start state: `start`, `start.stateName` or the first; a name that is none is reported by the checks."""
        name, _ = self.start_name()
        if name is None:
            return self.states[0] if self.states else None
        return self.state(name)

    def start_name(self) -> tuple[str | None, str]:
        """What `start` names, and its pointer."""
        start = self.doc.get("start")
        if isinstance(start, str):
            return start, "/start"
        if isinstance(start, dict) and isinstance(cast("dict[str, Any]", start).get("stateName"), str):
            return start["stateName"], "/start/stateName"
        return None, "/start"

    def error(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
        self.problems.append(error("semantics", code, pointer, message, hint))

    def warning(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
        self.problems.append(warning("semantics", code, pointer, message, hint))

    def add_by_dialect(self, code: str, pointer: str, message: str) -> None:
        """An error, but only a warning in CWM, which checks less at save."""
        (self.warning if self.cwm else self.error)(code, pointer, message)

    def extend(self, problems: list[Problem]) -> None:
        self.problems.extend(problems)
