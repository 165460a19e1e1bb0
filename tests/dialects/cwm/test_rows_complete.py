"""Every acceptance row has a test that bears its number, or stands in pending.yaml with a reason; never both.

Of row 87 the system functions are tested; public keys and the payload store answer 501.
"""

from __future__ import annotations

import re
from pathlib import Path

from weft.dsl.document.text import parse

ROWS = 95
HERE = Path(__file__).parent


def test_no_row_is_lost():
    text = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    tested = {int(number) for number in re.findall(r"def test_row_(\d\d)", text)}
    parsed = parse((HERE / "pending.yaml").read_bytes())
    assert not parsed.problems
    pending = {entry["row"] for entry in parsed.value}
    assert all(entry["reason"] for entry in parsed.value)
    assert tested & pending == set()
    assert tested | pending == set(range(1, ROWS + 1))
