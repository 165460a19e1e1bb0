"""Who is at the other end: address and base URL of a request, also behind a trusted proxy.

`X-Forwarded-For`, `-Proto` and `-Host` count only when the connection itself comes from a trusted network; the
caller's address is then the last one in the list that is not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

_HOST = re.compile(r"[A-Za-z0-9._\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


class Peers:
    """Reads address and base URL of requests, believing the given networks only."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(text, strict=False) for text in trusted)

    def address(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """The caller's network address as text, `` when the server does not know it (a Unix socket)."""
        client = scope.get("client")
        direct: str = client[0] if client else ""
        if not self._trusted or not self._is_trusted(direct):
            return direct
        for hop in reversed([hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")]):
            if hop and not self._is_trusted(hop):
                return hop[:64]
        return direct

    def base_url(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """`scheme://host[:port]` as the client sees it; a malformed Host header gives the server's own address."""
        scheme: str = scope.get("scheme", "http")
        host = headers.get("host", "")
        client = scope.get("client")
        if self._trusted and client and self._is_trusted(client[0]):
            forwarded = headers.get("x-forwarded-proto", "").split(",")[0].strip().lower()
            scheme = forwarded if forwarded in ("http", "https") else scheme
            host = headers.get("x-forwarded-host", "").split(",")[0].strip() or host
        if not _HOST.fullmatch(host):
            server = scope.get("server") or ("localhost", None)
            host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
        return f"{scheme}://{host}"

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)
