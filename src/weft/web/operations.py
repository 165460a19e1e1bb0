"""Operations: declared once, they give routing, permission, documentation and OpenAPI.

A dialect is a list of operations under one or more mounts, plus the way it words errors. A handler gets a `Call`
and gives an `Answer`; refusals of the domain (`weft.domain.errors`) are raised and worded by the dialect.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Refusal


class Upload(Protocol):
    """A body that is read piece by piece: the parts of a form, or the raw body under the name ``file``."""

    name: str
    filename: str

    def chunks(self) -> AsyncIterator[bytes]: ...


class Call(Protocol):
    """One request, authenticated and authorized. Made by `web`; handlers only read it."""

    principal: Principal
    mount: str
    """The mount's name, such as `v1`."""
    method: str
    path: Mapping[str, str]
    """Path parameters, percent-decoded once."""
    headers: Mapping[str, str]
    """Names in lower case."""
    address: str
    """The caller's network address."""

    @property
    def query(self) -> Mapping[str, Sequence[str]]:
        """Query parameters, read when first asked for. Raises Malformed for what cannot be read."""
        ...

    @property
    def base_url(self) -> str:
        """Scheme, host and port as the client sees them."""
        ...

    async def body(self) -> Any:
        """The JSON body as a value ({} when empty). Raises Malformed (with position) or TooLarge.

        It is read once and kept: a check and the handler after it may both ask. Members that are there twice in one
        object are malformed in every dialect.
        """
        ...

    async def raw(self) -> bytes:
        """The body's bytes, bounded by `max_body` of the operation, else of its dialect; kept as `body` is."""
        ...

    async def form(self) -> Mapping[str, str]:
        """Form fields (urlencoded or multipart texts), for logins."""
        ...

    def uploads(self) -> AsyncIterator[Upload]: ...


class Answer(msgspec.Struct):
    """What goes back. `body` is JSON-able (msgspec encodes it) unless `media` is no JSON type: then text or bytes.

    `stream` replaces the body with pieces sent as they come.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}
    media: str = "application/json; charset=utf-8"
    stream: AsyncIterator[bytes] | None = None
    empty: bool = False


class Parameter(msgspec.Struct, frozen=True):
    name: str
    where: Literal["path", "query", "header"]
    description: str = ""
    required: bool = False
    schema: Mapping[str, Any] | None = None  # JSON Schema; None is text


DEFAULT_BODY = 10 * 1024 * 1024
"""Bytes of a body where an operation says nothing else; a setting may change it."""

Handler = Callable[[Call], Awaitable[Answer]]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is a template below the mount (see `weft.web.templates`).

    `permission` is `<noun>.<verb>`, None only for what must work without a credential (logins, health).
    `request` and `responses` are msgspec types or JSON Schemas; they document and, where a handler asks, decode.
    `family` names the error form where a dialect has several.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    name: str
    permission: str | None
    summary: str
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    request: Any = None
    responses: Mapping[int, Any] = {}
    family: str = ""
    group: str = ""
    max_body: int = DEFAULT_BODY
    hidden: bool = False
    """Not in OpenAPI nor in any feature list (answers that only say what is missing)."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """`mounts` maps a mount's name to its path prefix. `refuse` words a Refusal as the dialect does.

    A request to an operation that has a permission goes: credential, `scope`, permission, `check`, handler. Hooks
    refuse by raising a Refusal; operations without a permission (logins, documentation) pass by both.
    """

    name: str
    title: str
    mounts: Mapping[str, str]
    operations: tuple[Operation, ...]
    refuse: Callable[[Refusal, Operation | None, str], Answer]
    """(refusal, the operation or None when no route fits, mount name) -> answer, with headers if it likes."""
    max_depth: int = 64
    """How deep JSON bodies may be nested."""
    max_body: int = 0
    """Bytes of a body where an operation says nothing else; 0: the server's setting."""
    fold_case: bool = False
    """Literal segments of paths, the mount's too, are matched without regard to case."""
    any_names: bool = False
    """Path parameters may be any text, cut to 256 characters: what can be no name is one that nothing has, told when
    the object is looked for. Without it such a path is refused before anything else is checked."""
    scope: Callable[[Call, Operation, Principal], Principal] | None = None
    """The caller as it stands in the tenant or namespace that the request names."""
    check: Callable[[Call, Operation], Awaitable[None] | None] | None = None
    """What comes between the permission and the handler: content type and syntax of the body, the query."""
    request_ids: bool = False
    """Every answer carries `X-Request-Id`: the caller's own where it is 1 to 128 visible ASCII characters."""
    challenge: str | None = None
    """`WWW-Authenticate` of a 401; None offers every scheme that the server takes."""
