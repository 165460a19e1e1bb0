"""Large values: beside the rows, shared, sealed, swept."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.errors import TooLarge, Unavailable
from weft.ports.blobs import INLINE_LIMIT
from weft.store import blobs as module
from weft.store.blobs import BlobRows, Ciphers, deflate, inflate

BIG = "x" * (INLINE_LIMIT + 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5) | st.just(BIG),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_inflating_gives_back_what_was_deflated(value: Any) -> None:
    parts: dict[bytes, bytes] = {}

    def keep(part: bytes) -> bytes:
        digest = hashlib.sha256(part).digest()
        parts[digest] = part
        return digest

    body = msgspec.msgpack.encode(value)
    assert inflate(deflate(body, keep), parts.__getitem__) == body


def test_large_leaves_become_blobs_and_the_rest_stays(tx: Any, sql: Any) -> None:
    small = tx.blobs.pack(1, "t", {"a": BIG, "b": [1, BIG], "c": "short"})
    assert small[0] == module.MARK and len(small) < 300
    assert sql.execute("SELECT count(*) FROM blobs").fetchone()[0] == 1
    assert tx.blobs.value(small) == {"a": BIG, "b": [1, BIG], "c": "short"}
    sealed = sql.execute("SELECT body FROM blobs").fetchone()[0]
    assert sealed.startswith(b"t/blob/")


def test_many_middling_values_become_one_blob(tx: Any, sql: Any) -> None:
    value = ["y" * 1_000] * 200
    packed = tx.blobs.pack(1, "t", value)
    assert len(packed) < 200 and tx.blobs.value(packed) == value


def test_blobs_go_with_the_last_run_that_refers_to_them(tx: Any, sql: Any) -> None:
    first, second = tx.blobs.pack(1, "t", BIG), tx.blobs.pack(2, "t", BIG)
    other = tx.blobs.pack(3, "u", BIG)
    assert first == second != other
    tx.blobs.forget([1])
    assert tx.blobs.value(second) == BIG
    tx.blobs.forget([2])
    with pytest.raises(Unavailable, match="missing"):
        tx.blobs.value(second)
    assert tx.blobs.value(other) == BIG


def test_changed_blobs_and_missing_ciphers_are_told(tx: Any, sql: Any) -> None:
    packed = tx.blobs.pack(1, "t", BIG)
    sql.execute("UPDATE blobs SET body = ?", (b"other\0abc",))
    with pytest.raises(Unavailable, match="cannot be opened"):
        tx.blobs.value(packed)
    bare = BlobRows(sql, Ciphers())
    with pytest.raises(Unavailable, match="before the vault"):
        bare.pack(1, "z", BIG)


def test_limits(tx: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VALUE_LIMIT", 100_000)
    with pytest.raises(TooLarge, match="100000"):
        tx.blobs.pack(1, "t", "x" * 200_000)
    with pytest.raises(TooLarge, match="64 bits"):
        tx.blobs.pack(1, "t", 1 << 70)


def test_the_same_text_is_the_same_blob_wherever_it_stands() -> None:
    kept: list[bytes] = []

    def keep(part: bytes) -> bytes:
        kept.append(part)
        return hashlib.sha256(part).digest()

    rows: list[Any] = [BIG, [1, BIG], {"a": {"b": [BIG]}}, {7: BIG, "n": None}]
    for value in rows:
        deflate(msgspec.msgpack.encode(value), keep)
    assert kept == [msgspec.msgpack.encode(BIG)] * 4


def test_small_members_of_large_rows_are_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []

    class Spy:
        def __init__(self, decoder: Any) -> None:
            self.decoder = decoder

        def decode(self, part: bytes) -> Any:
            looked.append(part)
            return self.decoder.decode(part)

    monkeypatch.setattr(module, "_members", Spy(module._members))  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(module, "_elements", Spy(module._elements))  # pyright: ignore[reportPrivateUsage]
    body = msgspec.msgpack.encode({"tokens": {n: {"id": n, "refs": [n]} for n in range(10_000)}, "phase": "running"})
    parts: dict[bytes, bytes] = {}

    def keep(part: bytes) -> bytes:
        digest = hashlib.sha256(part).digest()
        parts[digest] = part
        return digest

    small = deflate(body, keep)
    assert len(small) < 200 and len(looked) == 2 and inflate(small, parts.__getitem__) == body
