"""One row per figure, and how rows become a table and a file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"
COLUMNS = ("work", "system", "mode", "per_second", "p50_ms", "ratio")


def row(
    work: str,
    system: str,
    mode: str,
    *,
    per_second: float | None = None,
    p50_ms: float | None = None,
    ratio: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """`ratio` is this row's rate over that of the peer named in `beside`; `target` and `met` where there is one."""
    return {
        "work": work,
        "system": system,
        "mode": mode,
        "per_second": None if per_second is None else round(per_second, 1),
        "p50_ms": None if p50_ms is None else round(p50_ms, 4),
        "ratio": None if ratio is None else round(ratio, 2),
        **more,
    }


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def show(rows: Sequence[dict[str, Any]]) -> str:
    heads = (*COLUMNS, "target", "met")
    cells = [[_cell(one.get(name)) for name in heads] for one in rows]
    widths = [max(len(head), *(len(line[i]) for line in cells)) if cells else len(head) for i, head in enumerate(heads)]
    lines = ["  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True))]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if value is True:
        return "yes"
    if value is False:
        return "MISSED"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def write(rows: Sequence[dict[str, Any]], path: Path = RESULTS) -> None:
    text = ",\n".join(json.dumps(one) for one in rows)
    path.write_text(f"[\n{text}\n]\n", encoding="utf-8")
