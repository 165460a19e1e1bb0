"""Writes the migration that is missing: `python -m weft.store.migrate_initial` after tables were added or changed.

While no version has been released there is one migration, made anew from the metadata; after a release this makes the
next one (`--next MESSAGE`) from the difference.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

from weft.store.connection import MEMORY
from weft.store.metadata import load_all
from weft.store.schema import MIGRATIONS, migrate
from weft.store.shared import over


def differences(sql: sqlite3.Connection) -> list[Any]:
    """What differs between the tables of a database and the metadata, as Alembic names it."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    return list(compare_metadata(MigrationContext.configure(over(sql)), load_all()))


def write(message: str, revision: str) -> str:
    """Write the migration `revision` that brings what the others give to the metadata; returns its path."""
    from alembic import command
    from alembic.config import Config

    sql = sqlite3.connect(MEMORY, isolation_level=None)
    (MIGRATIONS / "versions").mkdir(exist_ok=True)
    if any((MIGRATIONS / "versions").glob("*.py")):
        migrate(sql)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = over(sql)
    script = command.revision(config, message=message, rev_id=revision, autogenerate=True)
    sql.close()
    path = getattr(script, "path", "")
    return str(path)


def main(arguments: list[str]) -> None:
    """See the module."""
    versions = sorted((MIGRATIONS / "versions").glob("*.py"))
    if arguments[:1] == ["--next"]:
        write(" ".join(arguments[1:]) or "changes", f"{len(versions) + 1:04d}")
        return
    for path in versions:
        path.unlink()
    write("initial", "0001")


if __name__ == "__main__":
    main(sys.argv[1:])
