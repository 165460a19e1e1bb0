"""Keeping secret values out of what a worker says: error messages and log lines."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

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


def _forms(text: str) -> Iterator[str]:
    """A value in every form in which systems say things back: as it is, in JSON, in a URL, in Base64."""
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    for safe in ("", "/"):
        yield quote(text, safe, errors="surrogatepass")
        yield quote_plus(text, safe, errors="surrogatepass")
    data = text.encode("utf-8", "surrogatepass")
    for encoded in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        yield from (encoded, encoded.rstrip("="))


class Redactor:
    """Replaces every value of one secret in texts, also as JSON, URLs and Base64 write it.

    User names are masked with the rest: a secret is one thing. Multi-line values (keys) are masked line by line too.
    The pair `username:password` is masked in the Base64 form that Basic authentication gives it.
    """

    __slots__ = ("_secret", "_values")

    def __init__(self, secret: Mapping[str, Any] | None) -> None:
        self._secret = secret
        self._values: list[str] | None = None  # worked out for the first text: most attempts say nothing

    def __call__(self, text: str) -> str:
        if not self._secret:
            return text
        if self._values is None:
            self._values = _values_of(self._secret)
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return text


def _values_of(secret: Mapping[str, Any]) -> list[str]:
    """What is masked, the longest first."""
    texts: set[str] = set()
    for text in _texts(secret):
        texts.update((text, *text.splitlines()))
    if "username" in secret and "password" in secret:
        texts.add(f"{secret['username']}:{secret['password']}")
    values = {form for text in texts if len(text) >= MIN_LENGTH for form in _forms(text)}
    return sorted(values, key=len, reverse=True)
