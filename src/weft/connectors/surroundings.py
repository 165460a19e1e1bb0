"""What all attempts share: the ports, the egress rules, kept connections and tokens, the operator's settings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from weft.ports.clock import Clock
from weft.ports.connections import Connections
from weft.ports.ids import Ids
from weft_adapter.egress import EgressPolicy
from weft_adapter.transport import AsyncCheckedTransport

MAX_TRANSPORTS = 64
MAX_TOKENS = 1_000


@dataclass(frozen=True)
class ScriptSettings:
    """`folder` holds installed scripts as `<namespace>/<user type>/<script>`, None for none. `inline`: scripts may
    stand in definitions. `network`: scripts may reach the network. `hidden` is the server's own folder, which no script
    should see.
    """

    enabled: bool = False
    inline: bool = False
    folder: Path | None = None
    network: bool = False
    memory_bytes: int = 512 << 20
    hidden: Path | None = None


class _Kept:
    """A transport and how many attempts use it now."""

    __slots__ = ("transport", "users")

    def __init__(self, transport: AsyncCheckedTransport) -> None:
        self.transport = transport
        self.users = 0


class Transports:
    """Connections to web servers, kept between attempts, apart by what they may reach and whether they trust."""

    def __init__(self, policy: EgressPolicy) -> None:
        self.policy = policy
        self._kept: OrderedDict[tuple[EgressPolicy, bool], _Kept] = OrderedDict()

    @asynccontextmanager
    async def use(self, *hosts: str, insecure: bool = False) -> AsyncGenerator[httpx.AsyncBaseTransport]:
        """A transport that may also reach the named private hosts."""
        key = (self.policy.naming(hosts), insecure)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(AsyncCheckedTransport(key[0], insecure=insecure))
        self._kept.move_to_end(key)
        kept.users += 1
        try:
            yield kept.transport
        finally:
            kept.users -= 1
            await self._shrink()

    async def _shrink(self) -> None:
        for key, kept in list(self._kept.items()):
            if len(self._kept) <= MAX_TRANSPORTS:
                return
            if not kept.users:
                del self._kept[key]
                await kept.transport.aclose()

    async def close(self) -> None:
        """Close what is open."""
        while self._kept:
            await self._kept.popitem()[1].transport.aclose()


class TokenCache:
    """Tokens that other systems gave, until shortly before they end; in memory only. The oldest of too many goes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, ...], tuple[str, float]] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> str | None:
        """The token that was put under `key`, while it is good."""
        found = self._kept.get(key)
        if found is None or found[1] <= self._clock.monotonic():
            self._kept.pop(key, None)
            return None
        return found[0]

    def put(self, key: tuple[str, ...], token: str, seconds: float) -> None:
        """Keep a token for so long."""
        self._kept[key] = (token, self._clock.monotonic() + seconds)
        while len(self._kept) > MAX_TOKENS:
            self._kept.popitem(last=False)

    def drop(self, key: tuple[str, ...]) -> None:
        """The token is good no more."""
        self._kept.pop(key, None)


@dataclass
class Surroundings:
    """See the module. `max_payload`: bytes of one answer."""

    connections: Connections
    policy: EgressPolicy
    clock: Clock
    ids: Ids
    scripts: ScriptSettings = ScriptSettings()
    max_payload: int = 64 << 20
    transports: Transports = field(init=False)
    tokens: TokenCache = field(init=False)

    def __post_init__(self) -> None:
        self.transports = Transports(self.policy)
        self.tokens = TokenCache(self.clock)
