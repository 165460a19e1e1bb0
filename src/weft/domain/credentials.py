"""What a caller shows to say who it is, before anybody believed it."""

from __future__ import annotations

from typing import Literal

import msgspec

Scheme = Literal["bearer", "basic", "apikey"]

MAX_CREDENTIAL = 8192
"""Characters of a credential that are looked at; a longer one is refused unread."""


class Credential(msgspec.Struct, frozen=True):
    """One credential as sent: its scheme, the text after the scheme's word, and the caller's network address."""

    scheme: Scheme
    text: str
    address: str = ""
