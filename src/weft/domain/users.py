"""Users: people and programs that log in with a password."""

from __future__ import annotations

import msgspec

from weft.domain.access import DEFAULT_TENANT, SYSTEM, Grant
from weft.domain.errors import Invalid

MAX_NAME = 255
MAX_PASSWORD = 1024


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """`password_hash` is an argon2 hash, never shown. Times are UTC milliseconds.

    `roles` are held in the whole of its home `tenant`; `grants` add roles elsewhere. Names are unique on the server.
    """

    name: str
    password_hash: str
    roles: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""
    disabled: bool = False
    created_at: int = 0
    changed_at: int = 0
    tenant: str = DEFAULT_TENANT
    grants: tuple[Grant, ...] = ()


def check_user_name(name: str) -> str:
    """1 to 255 characters, no `/`, no control characters, and no `:` (it ends the name in Basic credentials).

    `system` is the name under which the server itself acts.
    """
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(f"a user name has 1 to {MAX_NAME} characters")
    if any(char in "/:" or ord(char) < 32 or ord(char) == 127 for char in name) or name != name.strip():
        raise Invalid("a user name holds no '/', ':', control characters or outer spaces")
    if name == SYSTEM.name:
        raise Invalid(f"{name} is the name of the server itself")
    return name


def check_password(password: str, least: int) -> str:
    """At least `least` and at most 1,024 characters, no NUL."""
    if len(password) < least:
        raise Invalid(f"a password has at least {least} characters")
    if len(password) > MAX_PASSWORD or "\0" in password:
        raise Invalid(f"a password has at most {MAX_PASSWORD} characters and no NUL")
    return password


def check_real_name(text: str, what: str) -> str:
    """At most 255 characters without control characters."""
    if len(text) > MAX_NAME or any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise Invalid(f"{what} has at most {MAX_NAME} characters and no control characters")
    return text
