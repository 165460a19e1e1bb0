"""Targets of publishing: brokers as a task or a resource describes them.

A target is `{type, config: {url, username, password, cert, key, ca, clientId}, mqtt_version, qos}`, each key also
beside or inside `config`. URLs are `tcp`, `mqtt` (plain, 1883), `ssl`, `mqtts` (TLS, 8883). `type` is none, password
or cert; `mqtt_version` 3 (3.1.1) or 5; `qos` 0, 1 or 2. Certificates and keys are PEM texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from weft.connectors.failures import bad_input
from weft.connectors.inputs import Inputs
from weft.domain.origins import DEFAULT_PORTS, Origin, origin_of_url

MAX_TARGETS: Final = 20
MAX_PEM: Final = 256 * 1024
_SCHEMES: Final = ("tcp", "mqtt", "ssl", "mqtts")


class Broker(msgspec.Struct, frozen=True):
    """A broker and how to log in. `named`: a resource names its host; `insecure`: its certificate is not verified."""

    origin: Origin
    username: str = ""
    password: str = ""
    cert: str = ""
    key: str = ""
    ca: str = ""
    client_id: str = ""
    version: int = 3
    qos: int = 1
    named: bool = False
    insecure: bool = False

    @property
    def tls(self) -> bool:
        return self.origin.scheme == "mqtts"

    def __repr__(self) -> str:
        return f"Broker({self.origin.text})"


class _Both:
    """Reads a key from the target, else from its `config`."""

    def __init__(self, target: Inputs) -> None:
        self._outer = target
        self._inner = target.inner("config")

    def text(self, key: str, default: str | None = None) -> str:
        holder = self._outer if self._outer.get(key) is not None else self._inner
        return holder.text(key, default, MAX_PEM)

    def one_of(self, key: str, default: int, allowed: tuple[int, ...]) -> int:
        holder = self._outer if self._outer.get(key) is not None else self._inner
        found = holder.whole(key, default, min(allowed), max(allowed))
        if found not in allowed:
            raise bad_input(f"'{key}' is one of {', '.join(map(str, allowed))}")
        return found


def broker_of(value: Any, index: int) -> Broker:
    """A target of a task. Raises AttemptFailed."""
    read = _Both(Inputs(value, f"target {index}"))
    url = read.text("url")
    kind = read.text("type", "none").lower()
    if kind not in ("none", "password", "cert"):
        raise bad_input(f"target {index}: the type is none, password or cert")
    broker = Broker(
        _origin(url, index),
        client_id=read.text("clientId", ""),
        ca=read.text("ca", ""),
        version=read.one_of("mqtt_version", 3, (3, 5)),
        qos=read.one_of("qos", 1, (0, 1, 2)),
    )
    if kind == "password":
        return msgspec.structs.replace(broker, username=read.text("username"), password=read.text("password", ""))
    if kind == "cert":
        if not broker.tls:
            raise bad_input(f"target {index}: certificates need ssl:// or mqtts://")
        return msgspec.structs.replace(broker, cert=read.text("cert"), key=read.text("key"))
    return broker


def broker_of_resource(values: Mapping[str, Any], secret: Mapping[str, Any] | None) -> Broker:
    """The broker that a resource describes (`scheme`, `host`, `port`, `clientId`, `qos`, `version`); its secret is a
    user name with password, or `certificate`, `privateKey`, `ca`. Raises AttemptFailed."""
    read = Inputs(values, "the resource")
    known = Inputs(secret or {}, "the secret")
    scheme = read.text("scheme", "mqtt").lower()
    if scheme not in ("mqtt", "mqtts"):
        raise bad_input("the scheme of the resource is mqtt or mqtts")
    host = read.text("host").strip("[]").rstrip(".").lower()
    version = read.whole("version", 3, 3, 5)
    return Broker(
        Origin(scheme, host, read.whole("port", DEFAULT_PORTS[scheme], 1, 65_535)),
        username=known.text("username", ""),
        password=known.text("password", ""),
        cert=known.text("certificate", "", MAX_PEM),
        key=known.text("privateKey", "", MAX_PEM),
        ca=known.text("ca", "", MAX_PEM),
        client_id=read.text("clientId", ""),
        version=5 if version == 5 else 3,
        qos=read.whole("qos", 1, 0, 2),
        named=True,
        insecure=bool(values.get("allowInsecure")),
    )


def _origin(url: str, index: int) -> Origin:
    scheme = url.partition("://")[0].lower()
    found = origin_of_url(url) if scheme in _SCHEMES else None
    if found is None or not 0 < found.port < 65_536:
        raise bad_input(f"target {index}: the URL is tcp://, mqtt://, ssl:// or mqtts:// with a host")
    if "@" in url:
        raise bad_input(f"target {index}: credentials in a URL are not accepted")
    return found
