"""What the body of a web answer becomes in a task's output: a JSON value, text, or a stored payload."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.web_call import WebAnswer
from weft_adapter.jsonvalue import NotJson, to_json

MAX_INLINE: Final = 1024 * 1024
"""Bytes: a larger body is stored as payload."""
_TEXTUAL: Final = frozenset(
    (
        "application/xml",
        "application/javascript",
        "application/ecmascript",
        "application/x-www-form-urlencoded",
        "application/yaml",
        "application/x-yaml",
        "application/x-ndjson",
        "application/graphql",
        "application/sql",
    )
)


async def kept_body(attempt: Attempt, answer: WebAnswer) -> tuple[Any, dict[str, Any] | None]:
    """The body as a value of the output, and what is stored instead of it: exactly one of the two, or none.

    JSON is parsed, other text is a string, binary data and what is larger than 1 MiB is stored.
    """
    if not answer.body:
        return None, None
    value = _NONE if len(answer.body) > MAX_INLINE else readable(answer)
    if value is not _NONE:
        return value, None
    return None, await attempt.keep(answer.body, answer.content_type)


_NONE: Final[Any] = object()


def readable(answer: WebAnswer) -> Any:
    """The body as JSON value or text; a marker that is no value for what is neither."""
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind.endswith(("+json", "/json")):
        try:
            return to_json(msgspec.json.decode(answer.body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, NotJson):
            return answer.text()
    if kind.startswith("text/") or kind in _TEXTUAL or kind.endswith("+xml"):
        return answer.text()
    if kind:
        return _NONE
    try:
        text = answer.body.decode()
    except UnicodeDecodeError:
        return _NONE
    return _NONE if "\0" in text else text
