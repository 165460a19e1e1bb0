"""Clients bound to a resource."""

import asyncio
from typing import Any

import httpx
import pytest

from weft_adapter.clients import Clients, authorization_of, base_url_of, origin_of, proxy_of, timeout_of
from weft_adapter.egress import EgressPolicy
from weft_adapter.errors import ActivityError
from weft_adapter.testing import RecordingTransport

RESOURCE = {"scheme": "http", "host": "dev.test", "port": 8080, "basePath": "/api/v1/"}


def test_origin_and_base() -> None:
    assert origin_of({"host": "a"}) == "https://a:443"
    assert origin_of({"scheme": "HTTP", "host": "2001:db8::1", "port": "81"}) == "http://[2001:db8::1]:81"
    assert base_url_of(RESOURCE) == "http://dev.test:8080/api/v1"


@pytest.mark.parametrize(
    "resource",
    [{}, {"host": "a/b"}, {"host": "a@b"}, {"host": "a b"}, {"scheme": "ftp", "host": "a"}, {"host": "a", "port": "x"},
     {"host": "a", "port": 70_000}, {"host": "a?x"}, {"host": "a\r\nb"}],
)  # fmt: skip
def test_resources_that_name_no_host(resource: dict[str, Any]) -> None:
    with pytest.raises(ActivityError) as caught:
        origin_of(resource)
    assert caught.value.code == "INPUT_INVALID"


def test_the_smaller_timeout_counts() -> None:
    assert timeout_of({"timeout": 20}, {"timeout": 5}) == 5
    assert timeout_of({"timeout": 2}, {"timeout": 5}) == 2
    assert timeout_of({"timeout": True}, {"timeout": -1}) == 30


def test_authorization_by_the_secrets_form() -> None:
    assert authorization_of({"username": "a", "password": "b"}) == "Basic YTpi"
    assert authorization_of({"token": "t"}) == "Bearer t"
    assert authorization_of({"privateKey": "k"}) == authorization_of(None) == ""


def test_credentials_go_to_the_resource_and_nowhere_else() -> None:
    http = RecordingTransport([httpx.Response(200) for _ in range(5)])
    clients = Clients(EgressPolicy(), http)

    async def scene() -> None:
        client = clients.client(RESOURCE, {"token": "t"}, {})
        await client.get("/x")
        await client.get("http://other.test/x")
        await client.get("https://dev.test:8080/x")
        await client.get("http://dev.test:8081/x")
        await client.get("/x", headers={"Authorization": "own"})

    asyncio.run(scene())
    assert str(http.requests[0].url) == "http://dev.test:8080/api/v1/x"
    sent = [request.headers.get("Authorization") for request in http.requests]
    assert sent == ["Bearer t", None, None, None, "own"]


def test_plain_functions_get_a_blocking_client() -> None:
    http = RecordingTransport([httpx.Response(200)])
    client = Clients(EgressPolicy(), http).blocking(RESOURCE, {"token": "t"}, {"timeout": 3})
    client.get("x")
    assert http.requests[0].headers["Authorization"] == "Bearer t"
    assert client.timeout.read == 3


def test_connections_of_one_resource_are_shared() -> None:
    clients = Clients(EgressPolicy())
    first = clients.client(RESOURCE, None, {})
    assert clients.client(RESOURCE, {"token": "t"}, {})._transport is first._transport
    assert clients.client({**RESOURCE, "host": "other"}, None, {})._transport is not first._transport
    assert clients.client({**RESOURCE, "allowInsecure": True}, None, {})._transport is not first._transport


def test_the_proxy_of_a_configuration() -> None:
    assert proxy_of({"proxy": {"resource": {"host": "p"}}}) == {"host": "p"}
    assert proxy_of({"proxy": "p"}) is None
    assert proxy_of({}) is None
