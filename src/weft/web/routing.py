"""From path and method to an operation: a tree of segments, exact ones before parameters.

Rules: one trailing slash is ignored; of one segment, literals are tried first, then literals whose case is ignored (for
dialects that say so), then literals with a parameter behind them (`workflows{id}`), then parameters. Path parameters
are percent-decoded once, after the path was split; a parameter holds 1 to 255 characters, no `/` and no control
characters (a dialect may take any text for one, see `Dialect.any_names`). A path that is served by a more exact
template without the method asked for falls back to a less exact one; if none has the method, the answer is 405 with the
union of their methods.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import msgspec

from weft.domain.errors import Invalid
from weft.web.operations import Dialect, Operation
from weft.web.templates import Segment, segments_of, shown

MAX_NAME = 255
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class Route(msgspec.Struct, frozen=True):
    """One operation under one mount. `template` is the whole path with its parameters in braces."""

    dialect: Dialect
    mount: str
    operation: Operation
    names: tuple[str, ...]
    template: str


class Found(msgspec.Struct):
    route: Route
    path: dict[str, str]


class BadName(Invalid):
    """A path parameter (`name`) that can be no name; the dialect words it as the operation of `route` does."""

    def __init__(self, message: str, route: Route, name: str = "") -> None:
        super().__init__(message)
        self.route = route
        self.name = name


class Missing(msgspec.Struct):
    """No operation: `allowed` holds the methods that the path has (empty for a path that is not served)."""

    dialect: Dialect | None
    mount: str
    allowed: tuple[str, ...]


class _Node:
    __slots__ = ("folded", "parameter", "prefixed", "routes", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.folded: dict[str, _Node] = {}
        """By lower-case literal: those of dialects that ignore case."""
        self.prefixed: list[tuple[str, bool, bool, _Node]] = []
        """Literal before a parameter, whether its case is ignored, whether the parameter is a UUID, what follows; the
        longest literal first."""
        self.parameter: _Node | None = None
        self.routes: dict[str, Route] = {}

    def following(self, segment: Segment, fold: bool) -> list[_Node]:
        """The nodes that a segment of a template leads to, made where they are missing."""
        if segment.parameter and segment.literals == ("",):
            if self.parameter is None:
                self.parameter = _Node()
            return [self.parameter]
        if segment.parameter:
            return [self._before_parameter(literal, fold, segment.uuid) for literal in segment.literals]
        if fold:
            return [self.folded.setdefault(literal.lower(), _Node()) for literal in segment.literals]
        return [self.static.setdefault(literal, _Node()) for literal in segment.literals]

    def _before_parameter(self, literal: str, fold: bool, uuid: bool) -> _Node:
        literal = literal.lower() if fold else literal
        for *known, node in self.prefixed:
            if known == [literal, fold, uuid]:
                return node
        node = _Node()
        self.prefixed.append((literal, fold, uuid, node))
        self.prefixed.sort(key=lambda entry: -len(entry[0]))
        return node


class Router:
    """All routes of all dialects. Built once at start; `match` allocates only its answer."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._root = _Node()
        self._mounts: list[tuple[str, Dialect, str]] = []
        self.routes: list[Route] = []
        for dialect in dialects:
            for mount, prefix in dialect.mounts.items():
                given = "/" + prefix.strip("/")
                self._mounts.append((given.lower() if dialect.fold_case else given, dialect, mount))
                for operation in dialect.operations:
                    self._add(dialect, mount, prefix, operation)
        self._mounts.sort(key=lambda entry: -len(entry[0]))

    def _add(self, dialect: Dialect, mount: str, prefix: str, operation: Operation) -> None:
        template = "/" + "/".join(part for part in (prefix.strip("/"), operation.path.strip("/")) if part)
        nodes = [self._root]
        names: list[str] = []
        for segment in segments_of(template):
            if segment.parameter:
                names.append(segment.parameter)
            nodes = [after for node in nodes for after in node.following(segment, dialect.fold_case)]
        route = Route(dialect, mount, operation, tuple(names), shown(template))
        for node in nodes:
            if operation.method in node.routes:
                raise ValueError(f"{operation.method} {template} is declared twice")
            node.routes[operation.method] = route
        self.routes.append(route)

    def match(self, method: str, raw_path: str) -> Found | Missing:
        """Find the operation for a method and a path that is still percent-encoded. Raises BadName."""
        segments = raw_path.lstrip("/").removesuffix("/").split("/")
        wanted = "GET" if method == "HEAD" else method
        values: list[str] = []
        allowed: set[str] = set()
        route = _walk(self._root, segments, 0, wanted, values, allowed)
        if route is not None:
            return Found(route, _names(route, values))
        dialect, mount = self.mount_of(raw_path)
        if "GET" in allowed:
            allowed.add("HEAD")
        return Missing(dialect, mount, tuple(sorted(allowed)))

    def mount_of(self, raw_path: str) -> tuple[Dialect | None, str]:
        """The dialect and mount whose prefix covers a path, the longest first."""
        folded = raw_path.lower()
        for prefix, dialect, mount in self._mounts:
            path = folded if dialect.fold_case else raw_path
            if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                return dialect, mount
        return None, ""


def _walk(
    node: _Node, segments: list[str], index: int, method: str, values: list[str], allowed: set[str]
) -> Route | None:
    if index == len(segments):
        route = node.routes.get(method)
        if route is None:
            allowed.update(node.routes)
        return route
    segment = segments[index]
    exact = node.static.get(segment)
    if exact is not None:
        route = _walk(exact, segments, index + 1, method, values, allowed)
        if route is not None:
            return route
    if node.folded:
        folded = node.folded.get(segment.lower())
        if folded is not None:
            route = _walk(folded, segments, index + 1, method, values, allowed)
            if route is not None:
                return route
    return _walk_parameters(node, segments, index, method, values, allowed)


def _walk_parameters(
    node: _Node, segments: list[str], index: int, method: str, values: list[str], allowed: set[str]
) -> Route | None:
    segment = segments[index]
    for prefix, fold, uuid, after in node.prefixed:
        if len(segment) > len(prefix) and (segment.lower() if fold else segment).startswith(prefix):
            value = segment[len(prefix) :]
            if uuid and not _UUID.fullmatch(value):
                continue
            route = _with_value(after, value, segments, index, method, values, allowed)
            if route is not None:
                return route
    if node.parameter is not None and segment:
        return _with_value(node.parameter, segment, segments, index, method, values, allowed)
    return None


def _with_value(
    node: _Node, value: str, segments: list[str], index: int, method: str, values: list[str], allowed: set[str]
) -> Route | None:
    values.append(value)
    route = _walk(node, segments, index + 1, method, values, allowed)
    if route is None:
        values.pop()
    return route


def _names(route: Route, values: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    any_names = route.dialect.any_names
    for name, value in zip(route.names, values, strict=True):
        if any_names:
            found[name] = unquote_to_bytes(value).decode(errors="replace")[: MAX_NAME + 1]
            continue
        try:
            found[name] = _decode(value)
        except Invalid as cause:
            raise BadName(cause.message, route, name) from None
    return found


def _decode(segment: str) -> str:
    try:
        text = unquote_to_bytes(segment).decode() if "%" in segment else segment
    except UnicodeDecodeError:
        raise Invalid("a name in the path is not UTF-8") from None
    if len(text) > MAX_NAME:
        raise Invalid(f"a name in the path is longer than {MAX_NAME} characters")
    if not text.isprintable() and any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise Invalid("a name in the path holds control characters")
    if "/" in text:
        raise Invalid("a name in the path holds '/'")
    return text
