"""The httpx transports through which all outgoing HTTP leaves.

A host is resolved once, every address is checked, and the connection is made to a checked address, so that a name
that changes its answer in between gains nothing. A redirect is a request of its own and goes the same way. Unix
sockets and proxies from the environment are not used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import Any, cast

import httpcore
import httpx

from weft_adapter.egress import EgressPolicy, check
from weft_adapter.lanes import KEEPALIVE_SECONDS, LanePool

Resolver = Callable[[str, int], list[str]]
AsyncResolver = Callable[[str, int], Awaitable[list[str]]]

MAX_CONNECTIONS = 100


def _addresses(answers: Iterable[Any]) -> list[str]:
    return [str(answer[4][0]) for answer in answers]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver. Raises httpcore.ConnectError if there are none."""
    try:
        return _addresses(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"cannot resolve {host}: {error}") from None


async def resolve_async(host: str, port: int) -> list[str]:
    """As `resolve`, without blocking the loop."""
    try:
        return _addresses(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"cannot resolve {host}: {error}") from None


class CheckedBackend(httpcore.NetworkBackend):
    """Connects only to checked addresses (blocking)."""

    def __init__(self, policy: EgressPolicy, resolver: Resolver = resolve) -> None:
        self._policy = policy
        self._resolver = resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = check(self._policy, host, port, self._resolver(host, port))
        return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("unix sockets are not used")


class AsyncCheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to checked addresses (asyncio)."""

    def __init__(self, policy: EgressPolicy, resolver: AsyncResolver = resolve_async) -> None:
        self._policy = policy
        self._resolver = resolver
        self._inner: httpcore.AsyncNetworkBackend = cast(Any, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolver(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"resolving {host} took longer than {timeout} s") from None
        address = check(self._policy, host, port, found)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("unix sockets are not used")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@lru_cache(maxsize=2)
def ssl_context(insecure: bool = False) -> ssl.SSLContext:
    """The process's TLS settings: certificates are verified unless `insecure`. Made once, it takes milliseconds."""
    context = httpx.create_ssl_context(verify=True, trust_env=False)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class CheckedTransport(httpx.HTTPTransport):
    """For httpx.Client. Raises EgressRefused for what the policy does not permit."""

    def __init__(self, policy: EgressPolicy, *, insecure: bool = False, resolver: Resolver = resolve) -> None:
        super().__init__(verify=ssl_context(insecure), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context(insecure),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=CheckedBackend(policy, resolver),
        )


class AsyncCheckedTransport(httpx.AsyncHTTPTransport):
    """For httpx.AsyncClient. Raises EgressRefused for what the policy does not permit.

    With `proxy` (URL of an HTTP proxy) the proxy is connected to under the same rules, and the target is checked
    too as far as this machine can resolve it; a name that only the proxy can resolve is the proxy's to judge.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        *,
        insecure: bool = False,
        proxy: str | None = None,
        proxy_insecure: bool = False,
        resolver: AsyncResolver = resolve_async,
    ) -> None:
        super().__init__(verify=ssl_context(insecure), trust_env=False)
        self._policy = policy
        self._resolver = resolver
        self._proxied = proxy is not None
        backend = AsyncCheckedBackend(policy, resolver)
        limits: dict[str, Any] = {
            "ssl_context": ssl_context(insecure),
            "max_connections": 1,
            "max_keepalive_connections": 1,
            "keepalive_expiry": KEEPALIVE_SECONDS,
            "network_backend": backend,
        }

        def lane() -> httpcore.AsyncConnectionPool:
            if proxy is None:
                return httpcore.AsyncConnectionPool(**limits)
            context = ssl_context(proxy_insecure) if proxy.startswith("https:") else None
            return httpcore.AsyncHTTPProxy(proxy_url=proxy, proxy_ssl_context=context, **limits)

        self._pool = cast(Any, LanePool(lane))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._proxied:
            await self._check_target(request.url)
        return await super().handle_async_request(request)

    async def _check_target(self, url: httpx.URL) -> None:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await self._resolver(url.host, port)
        except httpcore.ConnectError:
            return
        check(self._policy, url.host, port, found)
