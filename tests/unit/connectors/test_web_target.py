from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.web_target import authorization_of, target_of

pytestmark = pytest.mark.anyio


def attempt(desk, secret=None, **values):
    found = {"scheme": "http", "host": "10.0.0.5", "port": 81, **values}
    return desk.attempt("tasklist:HTTP", {}, config={"resourceId": "r"}, resource=found, secret=secret)


async def test_an_address_of_its_own(desk):
    found = target_of(desk.attempt("tasklist:HTTP", {}), "http://h/x?a=1", {"b": 2})
    assert (found.url, found.hosts, found.authorization) == ("http://h/x?a=1&b=2", (), "")


async def test_paths_below_a_resource(desk):
    found = target_of(attempt(desk, {"token": "t0p"}, basePath="/v1/", allowInsecure=True), "/a/b", {})
    assert found.url == "http://10.0.0.5:81/v1/a/b" and found.hosts == ("10.0.0.5",) and found.insecure
    assert found.authorization == "Bearer t0p"
    assert target_of(attempt(desk), "", {}).url.rstrip("/") == "http://10.0.0.5:81"


@pytest.mark.parametrize("url", ["http://10.0.0.5:82/", "https://10.0.0.5:81/", "http://10.0.0.6:81/"])
async def test_another_origin_gets_nothing_of_the_resource(desk, url):
    found = target_of(attempt(desk, {"token": "t0p"}, allowInsecure=True), url, {})
    assert (found.hosts, found.insecure, found.authorization) == ((), False, "")


async def test_the_origin_of_the_resource_written_out(desk):
    assert target_of(attempt(desk, {"token": "t0p"}), "http://10.0.0.5:81/x", {}).authorization == "Bearer t0p"


@pytest.mark.parametrize("path", ["../x", "a/%2e%2e/b", "a/.."])
async def test_paths_that_lead_out(desk, path):
    with pytest.raises(AttemptFailed):
        target_of(attempt(desk, basePath="v1"), path, {})


async def test_a_resource_that_is_no_web_server(desk):
    with pytest.raises(AttemptFailed) as caught:
        target_of(attempt(desk, scheme="ftp"), "x", {})
    assert caught.value.code == "INPUT_INVALID"


async def test_secrets_as_headers(desk):
    one = desk.attempt("tasklist:HTTP", {})
    assert authorization_of(one, None) == authorization_of(one, {"other": 1}) == ""
    assert authorization_of(one, {"apiKey": "k"}) == "Bearer k"
    assert authorization_of(one, {"username": "u", "password": "p"}) == "Basic dTpw"
    assert one.redacted("dTpw") == "***"
