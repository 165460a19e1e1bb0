"""Origins: where a secret may be sent. Scheme, host and port of a URL or of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weft.dsl.graph.origins import DEFAULT_PORTS, SAME_SCHEME, Origin, origin_of_url


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
    return Origin(SAME_SCHEME.get(scheme, scheme), host.strip("[]").rstrip(".").lower(), number)


__all__ = ["DEFAULT_PORTS", "Origin", "origin_of_resource", "origin_of_url"]
