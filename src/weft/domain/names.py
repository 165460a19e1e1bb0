"""What names and ids of any kind look like."""

from __future__ import annotations

from weft.domain.errors import Invalid

MAX_NAME = 255


def check_name(what: str, name: object) -> str:
    """A name of 1 to 255 characters without `/` and control characters. Raises Invalid, naming `what`."""
    if not isinstance(name, str) or not name:
        raise Invalid(f"{what} is required")
    if len(name) > MAX_NAME:
        raise Invalid(f"{what} is longer than {MAX_NAME} characters")
    if "/" in name or any(ord(char) < 32 or 127 <= ord(char) < 160 for char in name):
        raise Invalid(f"{what} must not contain '/' or control characters")
    if any(0xD800 <= ord(char) < 0xE000 for char in name):
        raise Invalid(f"{what} is not valid text")
    return name
