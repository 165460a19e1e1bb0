"""All tables are known, whoever declares them."""

from __future__ import annotations

from weft.store.metadata import load_all


def test_every_module_is_loaded() -> None:
    tables = load_all().tables
    assert {"jobs", "job_tags", "run_log", "leases", "blobs"} <= set(tables)
    assert all("body" not in table.c or table.columns.keys()[-1] in ("body", "failed") for table in tables.values())
