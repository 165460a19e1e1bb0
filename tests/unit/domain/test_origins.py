from __future__ import annotations

import pytest

from weft.domain.origins import origin_of_resource


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"host": "h"}, "https://h:443"),
        ({"scheme": "http", "host": "H", "port": 8080}, "http://h:8080"),
        ({"baseUrl": "https://h/v1"}, "https://h:443"),
        ({"url": "http://h", "host": "other"}, "http://h:80"),
        ({"scheme": "mqtt", "host": "[::1]"}, "mqtt://[::1]:1883"),
    ],
)
def test_resources(values, text):
    found = origin_of_resource(values)
    assert found is not None and found.text == text


@pytest.mark.parametrize("values", [{}, {"host": ""}, {"host": 3}, {"baseUrl": "nowhere"}])
def test_resources_that_do_not_say(values):
    assert origin_of_resource(values) is None
