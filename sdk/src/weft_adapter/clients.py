"""The HTTP clients of activities: bound to the task's resource, and checked by the egress policy.

Connections are shared between tasks of the same resource; a client of its own carries each task's credentials.
"""

from __future__ import annotations

import base64
from collections.abc import Generator, Mapping
from typing import Any

import httpx

from weft_adapter.egress import EgressPolicy
from weft_adapter.errors import NonRetryableError
from weft_adapter.transport import AsyncCheckedTransport, CheckedTransport

DEFAULT_TIMEOUT = 30.0
"""Seconds for one request where neither the resource nor the configuration says."""
MAX_SHARED = 64


def origin_of(resource: Mapping[str, Any]) -> str:
    """`scheme://host:port` of a resource. Raises NonRetryableError (code INPUT_INVALID) if it names none."""
    scheme = str(resource.get("scheme") or "https").lower()
    host = str(resource.get("host") or "")
    if scheme not in ("http", "https") or not host or any(sign in host for sign in "/@?# \\\r\n\t"):
        raise NonRetryableError("the resource needs scheme http or https and a host", "INPUT_INVALID")
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    port = resource.get("port") or (443 if scheme == "https" else 80)
    try:
        number = int(port)
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < 65_536:
        raise NonRetryableError("the resource's port is no number from 1 to 65535", "INPUT_INVALID")
    return f"{scheme}://{host}:{number}"


def base_url_of(resource: Mapping[str, Any]) -> str:
    """Origin plus the resource's `basePath`, without a slash at the end."""
    path = str(resource.get("basePath") or "").strip("/")
    return origin_of(resource) + (f"/{path}" if path else "")


def timeout_of(resource: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """Seconds for one request: the smaller of the resource's and the configuration's `timeout`."""
    given: list[float] = []
    for value in (resource.get("timeout"), config.get("timeout")):
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            given.append(float(value))
    return min(given) if given else DEFAULT_TIMEOUT


def authorization_of(secret: Mapping[str, Any] | None) -> str:
    """The Authorization header a secret gives: user name and password Basic, token Bearer, else none ("")."""
    if not secret:
        return ""
    if "username" in secret and "password" in secret:
        pair = f"{secret['username']}:{secret['password']}".encode()
        return "Basic " + base64.b64encode(pair).decode()
    if secret.get("token"):
        return f"Bearer {secret['token']}"
    return ""


class ResourceAuth(httpx.Auth):
    """Adds the resource's credential to requests that go to the resource's origin, and to no other."""

    def __init__(self, origin: str, authorization: str) -> None:
        self._origin = _origin_key(httpx.URL(origin))
        self._authorization = authorization

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        own = _origin_key(request.url) == self._origin
        if self._authorization and own and "Authorization" not in request.headers:
            request.headers["Authorization"] = self._authorization
        yield request


def _origin_key(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


class Clients:
    """Makes clients and keeps their connections. `transport`, if given, stands in for the network in tests."""

    def __init__(self, policy: EgressPolicy, transport: Any = None) -> None:
        self.policy = policy
        self._transport = transport
        self._shared: dict[tuple[Any, ...], Any] = {}

    def client(self, resource: Mapping[str, Any], secret: Mapping[str, Any] | None, config: Mapping[str, Any]) -> Any:
        """An httpx.AsyncClient bound to the resource; redirects are not followed unless a call asks for it."""
        return httpx.AsyncClient(
            transport=self._async_transport(resource, config), **self._bound(resource, secret, config)
        )

    def blocking(self, resource: Mapping[str, Any], secret: Mapping[str, Any] | None, config: Mapping[str, Any]) -> Any:
        """An httpx.Client bound to the resource, for plain functions."""
        transport = self._transport
        if transport is None:
            insecure = bool(resource.get("allowInsecure"))
            policy = self._policy_of(resource)
            transport = self._kept(("plain", policy, insecure), lambda: CheckedTransport(policy, insecure=insecure))
        return httpx.Client(transport=transport, **self._bound(resource, secret, config))

    def _bound(
        self, resource: Mapping[str, Any], secret: Mapping[str, Any] | None, config: Mapping[str, Any]
    ) -> dict[str, Any]:
        bound: dict[str, Any] = {"timeout": timeout_of(resource, config), "trust_env": False}
        if resource.get("host"):
            bound["base_url"] = base_url_of(resource)
            bound["auth"] = ResourceAuth(origin_of(resource), authorization_of(secret))
        return bound

    def _policy_of(self, resource: Mapping[str, Any]) -> EgressPolicy:
        host = resource.get("host")
        return self.policy.naming([str(host)]) if host else self.policy

    def _async_transport(self, resource: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
        if self._transport is not None:
            return self._transport
        policy = self._policy_of(resource)
        insecure = bool(resource.get("allowInsecure"))
        proxy = proxy_of(config)
        proxy_url = origin_of(proxy) if proxy else None
        proxy_insecure = bool(proxy and proxy.get("allowInsecure"))
        key = ("async", policy, insecure, proxy_url, proxy_insecure)
        return self._kept(
            key,
            lambda: AsyncCheckedTransport(policy, insecure=insecure, proxy=proxy_url, proxy_insecure=proxy_insecure),
        )

    def _kept(self, key: tuple[Any, ...], make: Any) -> Any:
        found = self._shared.get(key)
        if found is None:
            found = make()
            if len(self._shared) < MAX_SHARED:
                self._shared[key] = found
        return found


def proxy_of(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """`config.proxy.resource` `{scheme, host, port, allowInsecure}`, or None."""
    proxy = config.get("proxy")
    resource = proxy.get("resource") if isinstance(proxy, Mapping) else None
    return resource if isinstance(resource, Mapping) and resource.get("host") else None
