"""Answers of requests that are done once: what is kept of them, and how a caller's key reads."""

from __future__ import annotations

import re

import msgspec

from weft.domain.errors import Invalid

MAX_KEY = 255
_BARE = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY}}}")


class Kept(msgspec.Struct, frozen=True):
    """An answer as it was given: HTTP status, encoded body, and the headers that belong to it."""

    status: int
    body: bytes
    headers: dict[str, str]


class KeptAnswer(msgspec.Struct, frozen=True):
    """`id` and `fingerprint` are SHA-256 (hex) of what the dialect gave. `created_at` is UTC milliseconds."""

    id: str
    fingerprint: str
    created_at: int
    kept: Kept


def read_key(header: str) -> str:
    """The key that a header gives: 1 to 255 visible ASCII characters, bare or as a quoted string, which are equal.

    In a quoted string `\\"` and `\\\\` stand for the second character. Raises Invalid.
    """
    text = header.strip(" \t")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        text = re.sub(r'\\(["\\])', r"\1", inner)
        if re.search(r'(?<!\\)(?:\\\\)*"', inner) or not _BARE.fullmatch(text):
            raise _bad()
        return text
    if '"' in text or not _BARE.fullmatch(text):
        raise _bad()
    return text


def _bad() -> Invalid:
    return Invalid(f"an idempotency key has 1 to {MAX_KEY} visible ASCII characters, bare or as a quoted string")
