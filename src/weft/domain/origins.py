"""Origins: where a secret may be sent. Scheme, host and port of a URL or of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883, "tcp": 1883, "ssl": 8883}
_SAME: Final = {"tcp": "mqtt", "ssl": "mqtts"}


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
    return Origin(_SAME.get(scheme, scheme), host.rstrip(".").lower(), number)


def origin_of_resource(values: Mapping[str, Any]) -> Origin | None:
    """Where a resource stands: its `baseUrl` or `url`, else its `scheme` (https), `host` and `port`; None if it does
    not say."""
    for key in ("baseUrl", "url"):
        text = values.get(key)
        if isinstance(text, str) and text:
            return origin_of_url(text)
    host, port = values.get("host"), values.get("port")
    if not isinstance(host, str) or not host:
        return None
    scheme = str(values.get("scheme") or "https").lower()
    number = port if isinstance(port, int) and not isinstance(port, bool) else DEFAULT_PORTS.get(scheme, 0)
    return Origin(_SAME.get(scheme, scheme), host.strip("[]").rstrip(".").lower(), number)
