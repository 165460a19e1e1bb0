"""What the functions of a document are executed as.

| type (default) | operation | executed as |
| --- | --- | --- |
| none, and no `#` and no `://` in it | activity id or name | adapter activity on queue `metadata.worker` |
| `custom` | `adapter:<activity>` or an activity name | as above |
| `custom` | `sysout`, `sysout:<LEVEL>` | journal record `log` |
| `rest`, `openapi`, `http`, `rpc`, `graphql`, `asyncapi`, `odata` | text, or `{uri, method}` | a task of kind `http` |
| `expression` | expression | evaluated in the machine |

Activities of `system.function` are the engine's own. Tasks of kind `http` carry the operation text as target and the
evaluated arguments; engines of this release answer them with a `configuration` fault of code UNSUPPORTED.
Everything else is refused at save with `unsupported-function-type`.
"""

from __future__ import annotations

from typing import Any, Final, Literal, cast

import msgspec

from weft.dsl.v08.draft import Draft, Part, object_of, text_of

CallKind = Literal["adapter", "system", "http", "expression", "sysout"]

_REMOTE: Final = frozenset(("rest", "openapi", "http", "rpc", "graphql", "asyncapi", "odata"))
_MAX_NAME: Final = 255
_SYSTEM: Final = "system.function."


class Call(msgspec.Struct, frozen=True):
    """How one function is called. `target` is the activity, the operation, the expression or the log level."""

    kind: CallKind
    target: str
    queue: str = ""
    where: str = ""


def read_functions(draft: Draft) -> dict[str, Call]:
    """Every function by name; those that cannot run are reported once, where they are declared."""
    calls: dict[str, Call] = {}
    for name, part in draft.functions.items():
        call = _read(part, draft)
        if call is not None:
            calls[name] = call
    return calls


def _read(part: Part, draft: Draft) -> Call | None:
    body = part.body
    kind = text_of(body, "type")
    operation: Any = body.get("operation")
    pointer = part.pointer + "/operation"
    if not kind:
        remote = not isinstance(operation, str) or "#" in operation or "://" in operation
        kind = ("openapi" if draft.v09 else "rest") if remote else "custom"
    if kind == "expression":
        return Call("expression", operation, where=pointer) if isinstance(operation, str) else None
    if kind == "custom":
        return _custom(part, operation, pointer, draft)
    if kind in _REMOTE:
        return _remote(kind, operation, pointer, draft)
    draft.error("unsupported-function-type", part.pointer + "/type", f"functions of type {kind!r} cannot be called")
    return None


def _custom(part: Part, operation: Any, pointer: str, draft: Draft) -> Call | None:
    if not isinstance(operation, str):
        if operation is not None:
            draft.error("unsupported-function-type", pointer, "the operation of a custom function is a text")
        return None
    text = operation.strip()
    head, colon, rest = text.partition(":")
    if head == "sysout":
        return Call("sysout", rest or "INFO")
    if head == "adapter" and colon:
        text = rest.strip()
    elif colon:
        draft.error("unsupported-function-type", pointer, f"custom functions of kind {head!r} cannot be called")
        return None
    if not text or len(text) > _MAX_NAME or not text.isprintable():
        draft.error("unsupported-function-type", pointer, "the operation names no activity")
        return None
    worker = object_of(part.body, "metadata").get("worker")
    queue = worker if isinstance(worker, str) else ""
    return Call("system" if text.startswith(_SYSTEM) else "adapter", text, queue, pointer)


def _remote(kind: str, operation: Any, pointer: str, draft: Draft) -> Call | None:
    if isinstance(operation, str):
        if kind == "graphql" and "#subscription#" in operation:
            draft.error("unsupported-graphql-subscription", pointer, "GraphQL subscriptions cannot be called")
            return None
        return Call("http", operation, where=pointer)
    if kind == "http" and isinstance(operation, dict):
        body = cast("dict[str, Any]", operation)
        if isinstance(body.get("uri"), str):
            return Call("http", f"{text_of(body, 'method', 'GET')} {body['uri']}", where=pointer)
    draft.error("unsupported-function-type", pointer, f"this form of a {kind} function cannot be called")
    return None
