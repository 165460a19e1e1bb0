"""What a front end is given beside the document, and what it may ask for while it compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import msgspec

Dialect = Literal["v08", "v09", "cwm", "v10", "tasklist", "graph"]
Optional = Literal["container", "script", "shell", "mcp-stdio", "file"]

STATES_DIALECTS: frozenset[str] = frozenset({"v08", "v09", "cwm"})


class ResourceError(Exception):
    """A resource that cannot be had; the message is for people."""


class ResourceResolver(Protocol):
    """Gives pinned external resources (definition arrays, schemas, OpenAPI documents, constants).

    `resolve(uri)` answers the resource as a value (YAML or JSON read, other text as text) and raises ResourceError.
    It is asked while a definition is compiled, never while a run is under way: resources are pinned into the revision
    when it is saved.
    """

    def resolve(self, uri: str) -> Any: ...


class ChildRef(msgspec.Struct, frozen=True):
    """A sub-workflow as a definition names it: `version` "" is the newest, `namespace` only in 1.0.

    `dialect` decides what `name` is looked up as: name, id, or both.
    """

    name: str
    version: str = ""
    namespace: str = ""
    dialect: str = ""


class CompileOptions(msgspec.Struct, frozen=True):
    """Settings that decide what compiles.

    `machine` is the interpreter version the program is for. `allow` names what the operator switched on: running
    containers, scripts and shell commands, MCP over standard input, and `file:` URIs. `max_parallel` is the greatest
    batch of a parallel foreach that names none. `adapters` says whether an activity is known, `sinks` whether a
    produced event type is (None: not asked). `bundle` is where the secret values of this definition are kept apart.
    """

    machine: str = "1.0"
    allow: frozenset[Optional] = frozenset()
    max_parallel: int = 50
    merge_replaces: bool = False
    adapters: Callable[[str], bool] | None = None
    sinks: Callable[[str], bool] | None = None
    bundle: str = ""


class CompileContext(msgspec.Struct, frozen=True):
    """What a front end gets: the program's digest and dialect, the settings, and whom to ask.

    `resources` is None where nothing external can be had; `children` says whether a sub-workflow exists, None where
    that cannot be told.
    """

    digest: str
    dialect: Dialect
    options: CompileOptions = CompileOptions()
    resources: ResourceResolver | None = None
    children: Callable[[ChildRef], bool] | None = None
