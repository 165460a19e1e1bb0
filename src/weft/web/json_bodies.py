"""JSON bodies: bounded in size and depth, duplicate members refused.

One parser serves definitions and API bodies; it is imported when the first body is read so that the web layer can be
loaded without the language's machinery.
"""

from __future__ import annotations

from typing import Any


def parse_json(data: bytes, *, max_depth: int, max_bytes: int) -> Any:
    """The value of a JSON text. Raises ValueError with the position for anything else."""
    from weft.dsl.document.text import parse_json as parse

    return parse(data, max_depth=max_depth, max_bytes=max_bytes)
