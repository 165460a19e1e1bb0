"""An MQTT client whose connection goes to a checked address, and whose publishes fail when the broker refuses them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import aiomqtt
from aiomqtt.types import SocketOption

from weft.connectors.failures import bad_input
from weft.connectors.mqtt_targets import Broker
from weft_adapter.egress import EgressPolicy, check

KEEPALIVE_S = 30
LEAVE_S = 2.0


class PublishRefused(Exception):
    """The broker answered a publish with a failure. `reason` is its word."""


def connector(policy: EgressPolicy, broker: Broker, timeout_s: float) -> Callable[[], socket.socket]:
    """Opens the connection: the name is resolved once, every address is checked, a checked one is used. Blocks."""

    def connect() -> socket.socket:
        host, port = broker.origin.host, broker.origin.port
        known = policy.naming([host]) if broker.named else policy
        found = [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        check(known, host, port, found)
        problem: OSError = OSError(f"{host} has no address")
        for address in dict.fromkeys(found):
            try:
                return socket.create_connection((address, port), timeout=timeout_s)
            except OSError as error:
                problem = error
        raise problem

    return connect


class CheckedClient(aiomqtt.Client):
    """`open_socket` makes the TCP connection; TLS is still negotiated for the broker's own name."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        open_socket: Callable[[], socket.socket],
        timeout_s: float,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> None:
        super().__init__(
            broker.origin.host,
            broker.origin.port,
            username=broker.username or None,
            password=broker.password or None,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if broker.version == 5 else aiomqtt.ProtocolVersion.V311,
            clean_session=None if broker.version == 5 else True,
            tls_context=tls_context(broker) if broker.tls else None,
            timeout=timeout_s,
            keepalive=KEEPALIVE_S,
            socket_options=socket_options,
        )
        self.refused: str = ""
        self.abandoned = False
        # The library has no hook for the connection itself; this is the method that it asks for one.
        for name, value in (("_create_socket_connection", open_socket), ("_connect_timeout", timeout_s)):
            if not hasattr(self._client, name):
                raise RuntimeError(f"the MQTT library has no {name}: connections could not be checked")
            setattr(self._client, name, value)

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        if getattr(reason_code, "is_failure", False):
            self.refused = str(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    async def deliver(self, topic: str, payload: bytes, qos: int, timeout_s: float) -> None:
        """Publish, and wait for the broker's acknowledgement. Raises PublishRefused, aiomqtt.MqttError."""
        self.refused = ""
        sending = asyncio.ensure_future(self.publish(topic, payload, qos=qos, timeout=timeout_s))
        try:
            # An acknowledgement that cannot come any more is not waited for.
            await asyncio.wait((sending, self._disconnected), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise aiomqtt.MqttError("the broker ended the connection")
            await sending
        finally:
            sending.cancel()
        if self.refused:
            raise PublishRefused(self.refused)

    async def leave(self) -> None:
        """End the connection in good order if that goes quickly, else by force. What was acknowledged stays so."""
        self.abandoned = True
        if self._connected.done() and not self._connected.cancelled() and self._connected.exception() is None:
            with contextlib.suppress(aiomqtt.MqttError, OSError, asyncio.CancelledError):
                self.timeout = LEAVE_S
                await self.__aexit__(None, None, None)
        getattr(self._client, "_sock_close")()  # noqa: B009 - a protected method of the library
        if self._misc_task is not None:
            self._misc_task.cancel()


def tls_context(broker: Broker) -> ssl.SSLContext:
    """Verifies the broker against its own CA, else the system's; shows the client certificate if there is one."""
    try:
        context = ssl.create_default_context(cadata=broker.ca or None)
        if broker.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if broker.cert:
            _load_chain(context, broker.cert, broker.key)
    except (ssl.SSLError, ValueError, OSError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise bad_input(f"a certificate or key cannot be read ({reason})") from None
    return context


def _load_chain(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Python reads certificates from files only: an anonymous one in memory, so that the key is on no disk."""
    descriptor = os.memfd_create("chain", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, f"{cert}\n{key}\n".encode())
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
