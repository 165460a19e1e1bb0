from __future__ import annotations

import pytest

from weft.web.peers import Peers

SCOPE = {"client": ("10.0.0.5", 1), "server": ("127.0.0.1", 8080), "scheme": "http"}


def test_forwarded_headers_are_not_believed_by_default():
    headers = {"x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https", "x-forwarded-host": "evil", "host": "weft"}
    assert Peers().address(SCOPE, headers) == "10.0.0.5"
    assert Peers().base_url(SCOPE, headers) == "http://weft"


def test_a_trusted_proxy_tells_the_caller_and_the_url():
    headers = {"x-forwarded-for": "9.9.9.9, 1.2.3.4, 10.0.0.7", "x-forwarded-proto": "https"}
    headers["x-forwarded-host"] = "weft.example"
    peers = Peers(["10.0.0.0/8"])
    assert peers.address(SCOPE, headers) == "1.2.3.4"
    assert peers.base_url(SCOPE, headers) == "https://weft.example"


def test_a_chain_of_trusted_hops_ends_at_the_connection():
    assert Peers(["10.0.0.0/8"]).address(SCOPE, {"x-forwarded-for": "10.1.1.1"}) == "10.0.0.5"


@pytest.mark.parametrize("host", ["", "a b", "weft\r\nx: y", "http://x", "x" * 300, "user@host", "a/b"])
def test_a_host_that_is_none_gives_the_servers_own_address(host):
    assert Peers().base_url(SCOPE, {"host": host}) == "http://127.0.0.1:8080"


@pytest.mark.parametrize("host", ["weft", "weft:81", "[::1]:80", "1.2.3.4"])
def test_hosts(host):
    assert Peers().base_url(SCOPE, {"host": host}) == f"http://{host}"


def test_no_client_is_no_address():
    assert Peers(["10.0.0.0/8"]).address({"client": None}, {}) == ""


def test_a_strange_scheme_from_the_proxy_is_ignored():
    assert Peers(["10.0.0.0/8"]).base_url(SCOPE, {"x-forwarded-proto": "javascript", "host": "h"}) == "http://h"
