"""Writing migrations from the difference."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from weft.store import migrate_initial, schema


def test_the_first_and_the_next_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, place, ignore=shutil.ignore_patterns("versions", "__pycache__"))
    for module in (schema, migrate_initial):
        monkeypatch.setattr(module, "MIGRATIONS", place)
    migrate_initial.main([])
    (first,) = (place / "versions").glob("*.py")
    assert first.name == "0001_initial.py" and "create_table('jobs'" in first.read_text()
    migrate_initial.main(["--next", "more"])
    second = place / "versions" / "0002_more.py"
    assert "down_revision = '0001'" in second.read_text() and "create_table" not in second.read_text()
