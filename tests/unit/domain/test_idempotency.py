"""How a caller's key reads."""

from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.idempotency import read_key


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("k1", "k1"),
        ('"k1"', "k1"),
        ("  k1\t", "k1"),
        ("x" * 255, "x" * 255),
        ('"' + "x" * 255 + '"', "x" * 255),
        ("!~", "!~"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\b"', r"a\b"),
        (r"a\b", r"a\b"),
    ],
)
def test_keys(header: str, key: str) -> None:
    assert read_key(header) == key


@pytest.mark.parametrize(
    "header",
    ["", '""', '"', "a b", '"a b"', "é", "a\x7f", "a\n", "x" * 256, '"' + "x" * 256 + '"', '"a', 'a"', '"a"b"'],
)
def test_what_is_no_key(header: str) -> None:
    with pytest.raises(Invalid):
        read_key(header)
