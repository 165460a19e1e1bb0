"""Spelling of keys in the states dialects.

Known property names at known positions are matched without regard to case and folded to their canonical spelling
(`subflowRef` is widespread), with warning `key-case`. User data (`data`, `arguments`, `constants`, `metadata`, in-line
schemas) is never touched. If two keys fold to one name, the exactly spelled one wins and the other is `key-duplicate`;
in CWM that is no error, and of several that are not spelled exactly the last wins. 1.0 documents are matched exactly.

In CWM a known key that need not be there and holds null, an empty text or an empty array is read as if it was not
written: editors of definitions store what nobody filled in that way.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from weft.dsl.document.context import STATES_DIALECTS, Dialect
from weft.dsl.document.schema import known_names, shapes
from weft.dsl.document.shapes import Node, Shape, Slot, Union
from weft.dsl.document.shapes_check import branch_of, step
from weft.dsl.problems import Problem, error, warning

_Names = dict[str, str]


class Folded(msgspec.Struct, frozen=True):
    """The document with canonical keys. `written` maps pointers of renamed members to those in the text."""

    doc: Any
    warnings: list[Problem]
    written: dict[str, str]

    def pointer(self, pointer: str) -> str:
        """A pointer into the folded document as one into the document as written."""
        if not self.written:
            return pointer
        at = len(pointer)
        while at > 0:
            head = self.written.get(pointer[:at])
            if head is not None:
                return head + pointer[at:]
            at = pointer.rfind("/", 0, at)
        return pointer


def fold_keys(doc: Any, dialect: Dialect) -> tuple[Any, list[Problem]]:
    """The document with canonical keys, and the problems (warning `key-case`, error `key-duplicate`)."""
    folded = fold(doc, dialect)
    return folded.doc, folded.warnings


def fold(doc: Any, dialect: Dialect) -> Folded:
    """Like `fold_keys`, and knows the keys as they were written. The document itself is not changed."""
    tolerant = dialect == "cwm"
    if dialect not in STATES_DIALECTS or not _odd(doc, known_names(dialect), empty=tolerant):
        return Folded(doc, [], {})
    folder = _Folder(tolerant=tolerant)
    return Folded(folder.value(shapes(dialect), doc, "", ""), folder.problems, folder.written)


def _odd(doc: Any, names: _Names, *, empty: bool) -> bool:
    """Whether some key is a known name in another spelling, or (`empty`) holds nothing; false for nearly all documents,
    which saves the walk."""
    pending = [doc]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            if any(names.get(key.lower(), key) != key for key in members):
                return True
            if empty and any(_is_empty(value) for value in members.values()):
                return True
            pending.extend(members.values())
        elif isinstance(value, list):
            pending.extend(cast("list[Any]", value))
    return False


class _Folder:
    def __init__(self, *, tolerant: bool) -> None:
        self.tolerant = tolerant
        self.problems: list[Problem] = []
        self.written: dict[str, str] = {}

    def value(self, node: Node, value: Any, pointer: str, written: str) -> Any:
        """The value with canonical keys; the same object if nothing had to change."""
        if isinstance(value, dict):
            return self._object(node, cast("dict[str, Any]", value), pointer, written)
        if not isinstance(value, list):
            return value
        shape = node if isinstance(node, Shape) else next((b for b in node.branches if b.items is not None), None)
        if shape is None or shape.items is None:
            return cast("list[Any]", value)
        items = shape.items.get()
        old = cast("list[Any]", value)
        new = [self.value(items, item, f"{pointer}/{index}", f"{written}/{index}") for index, item in enumerate(old)]
        return old if all(one is other for one, other in zip(old, new, strict=True)) else new

    def _object(self, node: Node, value: dict[str, Any], pointer: str, written: str) -> dict[str, Any]:
        renamed = self._renamed(value, _names(node), pointer, written)
        shape = branch_of(node, renamed)
        if self.tolerant:
            renamed, shape = _filled(node, renamed, shape)
        if shape is None:
            return renamed
        out: dict[str, Any] | None = None
        for key, item in renamed.items():
            slot = shape.props.get(key) or shape.extra
            if isinstance(slot, Slot) and isinstance(item, dict | list):
                where = step(pointer, key)
                new = self.value(slot.get(), item, where, self.written.get(where, step(written, key)))
                if new is not item:
                    out = dict(renamed) if out is None else out
                    out[key] = new
        return renamed if out is None else out

    def _renamed(self, value: dict[str, Any], names: _Names, pointer: str, written: str) -> dict[str, Any]:
        wanted = {key: names.get(key.lower(), key) for key in value}
        if all(key == name for key, name in wanted.items()):
            return value
        out: dict[str, Any] = {}
        for key, name in wanted.items():
            place = step(written, key)
            if key != name and (name in value or name in out):
                report = warning if self.tolerant else error
                self.problems.append(report("schema", "key-duplicate", place, f"{key[:100]} is {name} again"))
                if name in value or not self.tolerant:
                    continue
            if key != name:
                self.problems.append(warning("schema", "key-case", place, f"{key[:100]} is read as {name}"))
                self.written[step(pointer, name)] = place
            out[name] = value[key]
        return out


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _filled(node: Node, value: dict[str, Any], shape: Shape | None) -> tuple[dict[str, Any], Shape | None]:
    """The object without the known keys that hold nothing, and its shape, which they might have hidden."""
    known = frozenset(_names(node).values())
    empty = [key for key in value if key in known and _is_empty(value[key])]
    if not empty:
        return value, shape
    filled = {key: item for key, item in value.items() if key not in empty}
    chosen = branch_of(node, filled) or shape
    needed = chosen.required if chosen is not None else value
    return {key: item for key, item in value.items() if key not in empty or key in needed}, chosen


_KNOWN: Final[dict[int, _Names]] = {}


def _names(node: Node) -> _Names:
    """The names known at a place, by their lower-case spelling; nodes live as long as the process."""
    names = _KNOWN.get(id(node))
    if names is None:
        branches = node.branches if isinstance(node, Union) else [node]
        names = _KNOWN[id(node)] = {key.lower(): key for branch in branches for key in branch.props}
    return names
