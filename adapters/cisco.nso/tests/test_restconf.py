"""Tests of the RESTCONF activities, without a network."""

import httpx
import pytest
from cisco_nso import restconf

from weft_adapter import ActivityError
from weft_adapter.testing import RecordingTransport, call

RESOURCE = {"scheme": "http", "host": "nso.test", "port": 8080}
YANG = "application/yang-data+json"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_activity_sends_its_method_with_the_yang_type(method: str) -> None:
    http = RecordingTransport([httpx.Response(200, headers={"content-type": YANG}, content=b'{"d:x": [1]}')])
    path = "restconf/data/tailf-ncs:devices/device=ce0"
    secret = {"username": "admin", "password": "admin"}
    result = call(getattr(restconf, method), {"path": path}, resource=RESOURCE, secret=secret, transport=http)
    assert result == {"status": 200, "data": {"d:x": [1]}}
    sent = http.requests[0]
    assert sent.method == method.upper()
    assert str(sent.url) == f"http://nso.test:8080/{path}"
    assert sent.headers["accept"] == sent.headers["content-type"] == YANG
    assert sent.headers["authorization"].startswith("Basic ")


def test_headers_override_and_an_error_is_a_status_code() -> None:
    http = RecordingTransport([httpx.Response(404)])
    with pytest.raises(ActivityError) as caught:
        call(restconf.get, {"header": {"Accept": "application/json"}}, resource=RESOURCE, transport=http)
    assert caught.value.code == "HTTP_STATUS_404"
    assert http.requests[0].headers["accept"] == "application/json"
