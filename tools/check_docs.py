"""`make docs`: every relative link of the documentation leads somewhere, every JSON block parses."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))
    yield from sorted((ROOT / "benchmarks").glob("*.md"))


def problems(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT)
    for target in LINK.findall(text):
        if "://" not in target and not (page.parent / target).exists():
            yield f"{name}: no {target}"
    for block in BLOCK.findall(text):
        try:
            json.loads(block)
        except ValueError as error:
            yield f"{name}: a JSON block does not parse: {error}"


def main() -> int:
    found = [problem for page in pages() for problem in problems(page)]
    print("\n".join(found) if found else f"{len(list(pages()))} pages, every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
