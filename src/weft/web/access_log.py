"""One line per request, without anything that opens a door.

Values of query parameters that carry credentials are masked; an operation that needs no credential (a login) is
logged by its template, because its path may hold a ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from weft.web.routing import Route

MASKED = frozenset(
    {"username", "password", "tgt", "ticket", "token", "access_token", "api_key", "apikey", "secret", "client_secret"}
)
MAX_LOGGED = 1024


class Log(Protocol):
    """Where lines go: a structured logger."""

    def info(self, event: str, **values: Any) -> Any: ...

    def error(self, event: str, **values: Any) -> Any: ...


def logged_path(scope: Mapping[str, Any], route: Route | None) -> str:
    """The path as it may stand in a log: cut to 1,024 characters, nothing that moves a terminal's cursor."""
    if route is not None and route.operation.permission is None:
        return route.template
    path: str = scope.get("path", "")[:MAX_LOGGED]
    if path.isprintable():
        return path
    return "".join(char if char.isprintable() else "\ufffd" for char in path)


def logged_query(raw: bytes) -> str:
    """The query with credentials masked, cut to 1,024 characters; `?` for one that cannot be read."""
    if not raw:
        return ""
    try:
        pairs = parse_qsl(raw[:MAX_LOGGED].decode("latin-1"), keep_blank_values=True)
    except ValueError:
        return "?"
    return urlencode([(name, "***" if name.lower() in MASKED else value) for name, value in pairs], safe="*")
