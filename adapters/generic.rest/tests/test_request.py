"""Tests of the request activities, without a network."""

import httpx
import pytest
from generic_rest import request

from weft_adapter import ActivityError
from weft_adapter.testing import RecordingTransport, call

RESOURCE = {"scheme": "https", "host": "api.test", "port": 8443, "basePath": "/v1"}


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head"])
def test_each_activity_sends_its_method(method: str) -> None:
    http = RecordingTransport([httpx.Response(200, json={"a": 1})])
    result = call(getattr(request, method), {"path": "/x", "query": {"q": 1}}, resource=RESOURCE, transport=http)
    assert result == {"status": 200, "data": {"a": 1}}
    assert http.requests[0].method == method.upper()
    assert str(http.requests[0].url) == "https://api.test:8443/v1/x?q=1"


def test_a_body_is_json_and_an_error_a_status_code() -> None:
    http = RecordingTransport([httpx.Response(409, text="taken")])
    with pytest.raises(ActivityError) as caught:
        call(request.post, {"path": "x", "data": {"n": 1}}, resource=RESOURCE, transport=http)
    assert (caught.value.code, caught.value.message) == ("HTTP_STATUS_409", "taken")
    assert http.requests[0].headers["content-type"] == "application/json"
    assert http.requests[0].content == b'{"n":1}'
