from __future__ import annotations

import pytest

from weft.dsl.graph.origins import origin_of_url


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://H.example/x", "http://h.example:80"),
        ("HTTPS://h:8443", "https://h:8443"),
        ("https://h./", "https://h:443"),
        ("http://[::1]:9/", "http://[::1]:9"),
        ("tcp://b", "mqtt://b:1883"),
        ("ssl://b", "mqtts://b:8883"),
    ],
)
def test_urls(url, text):
    found = origin_of_url(url)
    assert found is not None and found.text == text


@pytest.mark.parametrize("url", ["", "/path", "http://", "http://h:x", "http://[", "host:80"])
def test_what_has_no_origin(url):
    assert origin_of_url(url) is None
