"""Every playbook, and what holds for all of them together."""

from __future__ import annotations

from collections import Counter
from typing import Any


def test_playbook(playbook: dict[str, Any], play: Any) -> None:
    assert {"start", "problems", "compiles", "absent"} & set(playbook), "a playbook must say something"
    play(playbook)


def test_names_are_unique(playbooks: list[dict[str, Any]]) -> None:
    names = Counter(book["name"] for book in playbooks)
    assert [name for name, count in names.items() if count > 1] == []


def test_pending_rows_are_not_covered(playbooks: list[dict[str, Any]], pending: list[dict[str, Any]]) -> None:
    covered = {book["name"] for book in playbooks}
    for row in pending:
        assert row["row"] not in covered, f"{row['row']} is covered and still listed as pending"
        assert len(row["reason"]) > 20
