"""Which addresses outgoing connections may reach.

The rules, in this order, for every address a host name resolves to; one refused address refuses the host:

1. Link-local and metadata addresses, multicast, the unspecified address and reserved blocks are refused always.
2. An entry of `allow` that names the host or a network holding the address, and the port, permits it.
3. Loopback addresses, and this server's own ports on this machine's addresses, are refused.
4. Other private addresses are permitted only if `hosts` names the host.
5. Every other address is permitted.

Addresses that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64) are judged by that one as well.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

METADATA: frozenset[Address] = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
"""Where clouds answer with the machine's credentials."""

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_PRIVATE_BESIDES = (ipaddress.IPv4Network("100.64.0.0/10"), ipaddress.IPv6Network("fec0::/10"))


class EgressRefused(Exception):
    """The connection was not made. `host` and `port` are what was asked for."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"no connection to {host}:{port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


class EgressPolicy(msgspec.Struct, frozen=True):
    """What is permitted beyond public addresses; plain data, so it can be sent to a worker.

    `allow`: the operator's entries `host`, `host:port`, `address`, `address:port`, `[v6]:port`, `network/bits` or
    `network/bits:port`. `hosts`: host names and addresses that a resource or the tenant's policy names.
    `own_ports`: where this server listens.
    """

    allow: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    own_ports: tuple[int, ...] = ()

    def naming(self, hosts: Iterable[str]) -> EgressPolicy:
        """The same policy with these hosts named too."""
        more = tuple(name for name in (host_key(host) for host in hosts) if name and name not in self.hosts)
        return msgspec.structs.replace(self, hosts=self.hosts + more) if more else self

    def names(self, host: str, port: int) -> bool:
        """True if the host is named by a resource, the tenant's policy or the operator."""
        return _is_named(self, host) or any(
            rule.host == host_key(host) and rule.port in (0, port) for rule in map(parse_rule, self.allow)
        )


class Rule(msgspec.Struct, frozen=True):
    """One entry of `allow`, read. `port` 0 means any."""

    host: str = ""
    network: Any = None
    port: int = 0


def host_key(host: str) -> str:
    """A host as it is compared: lower case, no brackets, no trailing dot, addresses in their usual form."""
    plain = host.strip().strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return plain


@lru_cache(maxsize=512)
def parse_rule(text: str) -> Rule:
    """An entry of `egress.allow`. Raises ValueError that says what is wrong."""
    host, port = _split_port(text.strip())
    if not host:
        raise ValueError(f"egress.allow entry {text!r} names no host")
    try:
        return Rule(network=ipaddress.ip_network(host.strip("[]"), strict=False), port=port)
    except ValueError:
        if "/" in host:
            raise ValueError(f"egress.allow entry {text!r}: {host!r} is no network") from None
    return Rule(host=host_key(host), port=port)


def _split_port(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or (text.count(":") > 1 and not (host.endswith("]") or "/" in host)):
        return text, 0
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        if text.startswith("[") or text.count(":") == 1:
            raise ValueError(f"egress.allow entry {text!r}: {port!r} is no port")
        return text, 0
    return host, int(port)


def judge(policy: EgressPolicy, host: str, port: int, address: str) -> None:
    """Raises EgressRefused unless a connection to `address`, which `host` resolved to, is permitted."""
    try:
        given = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        raise EgressRefused(host, port, f"{address!r} is no address") from None
    for item in _faces(given):
        _judge_one(policy, host, port, item)


def _faces(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 address it carries, if any."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        # The system connects to the IPv4 address itself, so that one alone counts.
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _judge_one(policy: EgressPolicy, host: str, port: int, address: Address) -> None:
    reason = _never(address)
    if reason:
        raise EgressRefused(host, port, f"{address} is {reason}, which is never permitted")
    if _allowed(policy, host, port, address):
        return
    if address.is_loopback:
        raise EgressRefused(host, port, f"{address} is a loopback address; only the setting egress.allow permits it")
    if port in policy.own_ports and is_own_address(str(address)):
        raise EgressRefused(host, port, "it is this server's own port; only the setting egress.allow permits it")
    if _is_private(address) and not _is_named(policy, host):
        raise EgressRefused(
            host, port, f"{address} is a private address, and no resource or egress policy names the host {host}"
        )


def _never(address: Address) -> str:
    if address in METADATA:
        return "a metadata address"
    if address.is_link_local:
        return "a link-local address"
    if address.is_multicast:
        return "a multicast address"
    if address.is_unspecified or (isinstance(address, ipaddress.IPv4Address) and int(address) >> 24 == 0):
        return "the unspecified address"
    if address.is_reserved and not address.is_loopback:
        carries = isinstance(address, ipaddress.IPv6Address) and any(address in network for network in _NAT64)
        if not carries:
            return "a reserved address"
    return ""


def _is_private(address: Address) -> bool:
    inside = any(address.version == network.version and address in network for network in _PRIVATE_BESIDES)
    carries = isinstance(address, ipaddress.IPv6Address) and any(address in network for network in _NAT64)
    return inside or (not address.is_global and not carries)


def _is_named(policy: EgressPolicy, host: str) -> bool:
    wanted = host_key(host)
    return any(host_key(name) == wanted for name in policy.hosts)


def _allowed(policy: EgressPolicy, host: str, port: int, address: Address) -> bool:
    for text in policy.allow:
        rule = parse_rule(text)
        if rule.port not in (0, port):
            continue
        if rule.network is not None:
            if rule.network.version == address.version and address in rule.network:
                return True
        elif rule.host == host_key(host):
            return True
    return False


def is_own_address(address: str) -> bool:
    """True if this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def check(policy: EgressPolicy, host: str, port: int, addresses: Iterable[str]) -> str:
    """The first address, if every one is permitted. Raises EgressRefused otherwise, also for none at all."""
    found = list(dict.fromkeys(addresses))
    if not found:
        raise EgressRefused(host, port, "the name has no address")
    for address in found:
        judge(policy, host, port, address)
    return found[0]
