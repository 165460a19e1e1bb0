"""Reading connections."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.store.blobs import Ciphers
from weft.store.connection import connect
from weft.store.readers import Readers
from weft.store.runs import Keys
from weft.store.schema import bring_up_to_date


def test_each_read_is_one_snapshot(tmp_path: Path) -> None:
    path = str(tmp_path / "r.db")
    writer = connect(path)
    bring_up_to_date(writer)
    readers = Readers(path, Ciphers(), Keys(), 2)

    def twice(tx: Any) -> tuple[int, int]:
        before = tx.jobs.count_open()
        writer.execute("INSERT INTO leases VALUES ('x', '', 1, 0, 0)")
        return before, tx.sql.execute("SELECT count(*) FROM leases").fetchone()[0]

    async def whole() -> None:
        assert await readers.read(twice) == (0, 0)
        assert readers.read_now(lambda tx: tx.sql.execute("SELECT count(*) FROM leases").fetchone()[0]) == 1
        assert readers.read_now(lambda tx: readers.read_now(lambda again: again.jobs.count_open())) == 0
        many = await asyncio.gather(*(readers.read(lambda tx: tx.jobs.count_open()) for _ in range(20)))
        assert many == [0] * 20
        readers.close()
        with pytest.raises(Unavailable):
            await readers.read(lambda tx: 1)

    asyncio.run(whole())
    writer.close()
