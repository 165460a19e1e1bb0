"""From path and method to an operation: a tree of segments, exact ones before parameters.

Rules: a trailing slash is ignored; path parameters are percent-decoded once, after the path was split; a parameter
holds 1 to 255 characters, no `/` and no control characters. A path that is served by a more exact template without
the method asked for falls back to a less exact one; if none has the method, the answer is 405 with the union of
their methods.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import msgspec

from weft.domain.errors import Invalid
from weft.web.operations import Dialect, Operation

MAX_NAME = 255


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
    """A path parameter that can be no name; the dialect words it as the operation of `route` does."""

    def __init__(self, message: str, route: Route) -> None:
        super().__init__(message)
        self.route = route


class Missing(msgspec.Struct):
    """No operation: `allowed` holds the methods that the path has (empty for a path that is not served)."""

    dialect: Dialect | None
    mount: str
    allowed: tuple[str, ...]


class _Node:
    __slots__ = ("parameter", "routes", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.routes: dict[str, Route] = {}


class Router:
    """All routes of all dialects. Built once at start; `match` allocates only its answer."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._root = _Node()
        self._mounts: list[tuple[str, Dialect, str]] = []
        self.routes: list[Route] = []
        for dialect in dialects:
            for mount, prefix in dialect.mounts.items():
                self._mounts.append(("/" + prefix.strip("/"), dialect, mount))
                for operation in dialect.operations:
                    self._add(dialect, mount, prefix, operation)
        self._mounts.sort(key=lambda entry: -len(entry[0]))

    def _add(self, dialect: Dialect, mount: str, prefix: str, operation: Operation) -> None:
        template = "/" + "/".join(part for part in (prefix.strip("/"), operation.path.strip("/")) if part)
        node = self._root
        names: list[str] = []
        for segment in template.strip("/").split("/"):
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                if node.parameter is None:
                    node.parameter = _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(segment, _Node())
        if operation.method in node.routes:
            raise ValueError(f"{operation.method} {template} is declared twice")
        route = Route(dialect, mount, operation, tuple(names), template)
        node.routes[operation.method] = route
        self.routes.append(route)

    def match(self, method: str, raw_path: str) -> Found | Missing:
        """Find the operation for a method and a path that is still percent-encoded. Raises BadName."""
        segments = raw_path.strip("/").split("/")
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
        for prefix, dialect, mount in self._mounts:
            if raw_path == prefix or raw_path.startswith(prefix.rstrip("/") + "/"):
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
    if node.parameter is not None and segment:
        values.append(segment)
        route = _walk(node.parameter, segments, index + 1, method, values, allowed)
        if route is not None:
            return route
        values.pop()
    return None


def _names(route: Route, values: list[str]) -> dict[str, str]:
    try:
        return dict(zip(route.names, map(_decode, values), strict=True))
    except Invalid as cause:
        raise BadName(cause.message, route) from None


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
