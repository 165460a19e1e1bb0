import base64

import httpx
import pytest

from weft.demo.api import Api, decoded
from weft.demo.processes import DemoError


def test_decoded():
    assert decoded({"data": base64.b64encode(b'{"a":1}').decode()}) == {"a": 1}


def test_a_refused_call_says_what_was_asked_and_answered(monkeypatch):
    api = Api.__new__(Api)
    api.http = httpx.Client(
        base_url="http://weft", transport=httpx.MockTransport(lambda request: httpx.Response(400, text="no such thing"))
    )
    with pytest.raises(DemoError, match=r"GET http://weft/crosswork/cwm/v2/x answered 400: no such thing"):
        api.call("GET", "/x")
