"""The table of kept answers."""

from __future__ import annotations

from typing import Any

from weft.domain.idempotency import Kept, KeptAnswer
from weft.store.idempotency import SqlKeptAnswers


def answer(key: str, at: int, body: bytes = b"{}") -> KeptAnswer:
    return KeptAnswer(key, "print", at, Kept(201, body, {"location": "/x", "etag": '"1"'}))


def test_answers_come_back_as_they_were_kept(tx: Any) -> None:
    answers = SqlKeptAnswers()
    assert answers.get(tx, "k") is None
    answers.put(tx, answer("k", 5, b"\x00bytes"))
    assert answers.get(tx, "k") == answer("k", 5, b"\x00bytes")
    answers.put(tx, answer("k", 9))
    assert answers.get(tx, "k") == answer("k", 9)


def test_sweeping_takes_the_old_ones_in_small_parts(tx: Any) -> None:
    answers = SqlKeptAnswers()
    for at in range(10):
        answers.put(tx, answer(f"k{at}", at))
    assert answers.sweep(tx, 7, 100, 4) == 4
    assert answers.get(tx, "k3") is None and answers.get(tx, "k4") is not None
    assert answers.sweep(tx, 7, 100, 4) == 3
    assert answers.sweep(tx, 7, 100, 4) == 0
    assert answers.get(tx, "k7") is not None


def test_sweeping_keeps_the_newest(tx: Any) -> None:
    answers = SqlKeptAnswers()
    for at in range(10):
        answers.put(tx, answer(f"k{at}", at))
    assert answers.sweep(tx, 0, 3, 100) == 7
    assert [at for at in range(10) if answers.get(tx, f"k{at}")] == [7, 8, 9]


def test_old_answers_are_found_by_index(tx: Any) -> None:
    rows = tx.sql.execute("EXPLAIN QUERY PLAN SELECT id FROM kept_answers ORDER BY created_at, id LIMIT 5").fetchall()
    assert "ix_kept_answers_created_at" in rows[0][3]
