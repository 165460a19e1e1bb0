"""Every acceptance row has a test that bears its number, or stands in pending.yaml with a reason; never both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from weft.dsl.document.text import parse

ROWS = 87


def test_no_row_is_lost():
    folder = Path(__file__).parent
    text = "\n".join(path.read_text() for path in folder.glob("test_rows_*.py"))
    tested: set[int] = set()
    for numbers in re.findall(r"def test_row_((?:\d\d_)+)", text):
        tested |= {int(number) for number in numbers.rstrip("_").split("_")}
    parsed: Any = parse((folder / "pending.yaml").read_text())
    pending = {entry["row"] for entry in parsed.value}
    assert all(entry["reason"] for entry in parsed.value)
    assert tested | pending == set(range(1, ROWS + 1))
    assert not tested & pending
