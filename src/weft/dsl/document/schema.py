"""Structure of documents: the specifications' own schemas with our overlays, checked without fetching anything.

The schemas lie beside this module as they were published; `overlays.json` says, per dialect, what is relaxed.
`format` is not asserted. A union (a task, a state, an action) is resolved by what tells its members apart, and only
that member's problems are reported.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, cast

from weft.dsl.document.context import Dialect
from weft.dsl.document.newer import newer_than_dsl
from weft.dsl.document.shapes import Node
from weft.dsl.document.shapes_build import Builder
from weft.dsl.document.shapes_check import Checker
from weft.dsl.document.text import parse
from weft.dsl.problems import Problem, error, info, parts_of, pointer_of

_FOLDERS: Final = {
    "v08": ("v08", "workflow.json"),
    "cwm": ("v08", "workflow.json"),
    "v09": ("v09", "workflow.json"),
    "v10": ("v10", "workflow.yaml"),
}
_OPEN_ROOTS: Final = frozenset({"v08", "cwm"})


def check(doc: Any, dialect: Dialect) -> list[Problem]:
    """The problems of a document's structure (stage schema); `doc` has its keys folded.

    In dialect `cwm` nested keys that nobody knows are warnings `property-ignored`. Top-level keys that 0.8 does not
    know have no effect (info `no-effect`). The list dialects have no schema here.
    """
    if not isinstance(doc, dict):
        return [error("schema", "type", "", "must be an object")]
    if dialect not in _FOLDERS:
        return []
    checker = Checker(lenient=dialect == "cwm")
    node = shapes(dialect)
    checker.check(node, doc, "")
    if dialect in _OPEN_ROOTS:
        checker.problems.extend(
            info("schema", "no-effect", pointer_of(key), f"{key[:100]} is kept and has no effect")
            for key in cast("dict[str, Any]", doc)
            if key not in root_keys(dialect)
        )
    if dialect == "v10":
        checker.problems.extend(newer_than_dsl(cast("dict[str, Any]", doc)))
    return checker.problems


@lru_cache(maxsize=8)
def shapes(dialect: Dialect) -> Node:
    """The shapes of a dialect's documents; read once per process."""
    return Builder(_schemas(dialect)).root(_FOLDERS[dialect][1])


@lru_cache(maxsize=8)
def known_names(dialect: Dialect) -> dict[str, str]:
    """Every property name of a dialect, wherever it belongs, by its lower-case spelling."""
    names: dict[str, str] = {}
    pending: list[Any] = list(_schemas(dialect).values())
    while pending:
        schema = pending.pop()
        if isinstance(schema, dict):
            properties = cast("dict[str, Any]", schema).get("properties")
            if isinstance(properties, dict):
                names.update((name.lower(), name) for name in cast("dict[str, Any]", properties))
            pending.extend(cast("dict[str, Any]", schema).values())
        elif isinstance(schema, list):
            pending.extend(cast("list[Any]", schema))
    return names


@lru_cache(maxsize=8)
def _schemas(dialect: Dialect) -> dict[str, Any]:
    """The schema files of a dialect with its overlay applied."""
    schemas = files("weft.dsl.document") / "schemas"
    folder = schemas / _FOLDERS[dialect][0]
    found = {entry.name: _read(entry) for entry in folder.iterdir() if entry.name.endswith(("json", "yaml"))}
    overlays: dict[str, list[dict[str, Any]]] = json.loads((schemas / "overlays.json").read_text("utf-8"))
    for change in overlays[dialect]:
        _apply(found, change)
    return found


@lru_cache(maxsize=8)
def root_keys(dialect: Dialect) -> frozenset[str]:
    """The top-level keys that a dialect knows."""
    node = shapes(dialect)
    return frozenset() if not hasattr(node, "props") else frozenset(cast("Any", node).props)


def _read(entry: Traversable) -> Any:
    parsed = parse(entry.read_text("utf-8"))
    if parsed.problems:
        raise RuntimeError(f"bundled schema {entry.name}: {parsed.problems[0].message}")
    return parsed.value


def _apply(found: dict[str, Any], change: dict[str, Any]) -> None:
    """One change of an overlay: `at` is `file#/pointer`; `set` puts a value there, `drop` takes keys away."""
    name, _, pointer = change["at"].partition("#")
    parts = parts_of(pointer)
    holder = found[name]
    for part in parts[:-1]:
        holder = _member(holder, part)
    if "set" in change:
        holder[parts[-1]] = change["set"]
    target = _member(holder, parts[-1]) if parts else holder
    for key in change.get("drop", ()):
        del target[key]


def _member(holder: Any, part: str) -> Any:
    return holder[int(part)] if isinstance(holder, list) else holder[part]
