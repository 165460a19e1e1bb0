"""Origins of addresses: scheme, host and port. A secret value is bound to them, so there is one way to read them."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import msgspec

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883, "tcp": 1883, "ssl": 8883}
SAME_SCHEME: Final = {"tcp": "mqtt", "ssl": "mqtts"}
"""Schemes that mean another one."""


class Origin(msgspec.Struct, frozen=True):
    """Scheme, host (lower case, no brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def text(self) -> str:
        """`scheme://host:port`, the port always written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def origin_of_url(text: str) -> Origin | None:
    """The origin of an absolute URL, None for anything else. `tcp` counts as `mqtt`, `ssl` as `mqtts`."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not parts.scheme or not host:
        return None
    scheme = parts.scheme.lower()
    number = DEFAULT_PORTS.get(scheme, 0) if port is None else port
    return Origin(SAME_SCHEME.get(scheme, scheme), host.rstrip(".").lower(), number)
