"""Keeping secret values out of what a worker says: error messages and log lines."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "***"
MIN_LENGTH = 3
"""Shorter values are not masked: replacing single letters would only destroy the text, and hide nothing."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


class Redactor:
    """Replaces every value of one secret in texts, also the Base64 form that Basic authentication gives it.

    User names are masked with the rest: a secret is one thing. Multi-line values (keys) are masked line by line too.
    """

    __slots__ = ("_values",)

    def __init__(self, secret: Mapping[str, Any] | None) -> None:
        values: set[str] = set()
        for text in _texts(secret or {}):
            values.update((text, *text.splitlines()))
        if secret and "username" in secret and "password" in secret:
            pair = f"{secret['username']}:{secret['password']}".encode()
            values.add(base64.b64encode(pair).decode())
        self._values = sorted((value for value in values if len(value) >= MIN_LENGTH), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return text
