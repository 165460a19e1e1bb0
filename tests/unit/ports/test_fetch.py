from __future__ import annotations

from weft.ports.fetch import FetchRequest


def test_a_request_is_safe_to_print():
    request = FetchRequest(
        method="POST", url="http://h/x", headers={"Authorization": "Bearer hunter2"}, body=b"hunter2"
    )
    assert repr(request) == "FetchRequest(POST http://h/x)"
