"""Payloads: results of tasks that are kept as bytes beside the run, and named by their digest in the task's output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

DIGEST = re.compile(r"[0-9a-f]{64}")
DEFAULT_TYPE = "application/octet-stream"
MAX_TYPE = 255
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(?:\s*;[\x20-\x7e]*)?")
_DEEP = 3


class Payload(msgspec.Struct, frozen=True):
    """The bytes of a task's result and what kind they are."""

    data: bytes
    content_type: str = DEFAULT_TYPE


class PayloadRef(msgspec.Struct, frozen=True):
    """What a task's output says of its payload. `digest` is the SHA-256 of the bytes in hex."""

    digest: str
    content_type: str


def content_type_of(text: str) -> str:
    """A content type as it may be answered to a client; what is no content type becomes `DEFAULT_TYPE`."""
    plain = text.strip()
    return plain if len(plain) <= MAX_TYPE and _CONTENT_TYPE.fullmatch(plain) else DEFAULT_TYPE


def payload_refs(output: Any) -> Iterator[PayloadRef]:
    """What the output of a task names as its payload: objects `{"size", "contentType", "sha256"}`, whose keys may begin
    with an underscore, not deeper than three levels."""
    level: list[Any] = [output]
    for _ in range(_DEEP):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                members = cast("dict[str, Any]", value)
                found = _ref(members)
                if found is not None:
                    yield found
                below += members.values()
        level = below


def _ref(members: dict[str, Any]) -> PayloadRef | None:
    bare = {key.removeprefix("_"): value for key, value in members.items()}
    digest, kind = bare.get("sha256"), bare.get("contentType")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest) or "size" not in bare:
        return None
    return PayloadRef(digest, content_type_of(kind) if isinstance(kind, str) else DEFAULT_TYPE)
