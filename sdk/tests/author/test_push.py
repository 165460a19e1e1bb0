"""`push`."""

from pathlib import Path

import httpx
import pytest

from weft_adapter.author import PushError, push
from weft_adapter.testing import RecordingTransport


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(b"content")
    return path


def client(http: RecordingTransport) -> httpx.Client:
    return httpx.Client(transport=http)


def test_upload_and_deploy(archive: Path) -> None:
    http = RecordingTransport([httpx.Response(201, json="a.b.v1.0.0"), httpx.Response(201, json="deployed")])
    assert push(archive, "http://s.test/", "tok", client=client(http), force=True) == "a.b.v1.0.0"
    upload, deploy = http.requests
    assert str(upload.url) == "http://s.test/crosswork/cwm/v2/adapter?force=true"
    assert upload.headers["authorization"] == deploy.headers["authorization"] == "Bearer tok"
    assert b"content" in upload.content
    assert deploy.url.path == "/crosswork/cwm/v2/adapter/a.b.v1.0.0/deploy"
    assert deploy.content == b'{"createWorker":true,"defaultStatus":false}'


def test_upload_alone(archive: Path) -> None:
    http = RecordingTransport([httpx.Response(201, json="a.b.v1.0.0")])
    push(archive, "http://s.test", "", client=client(http), deploy=False)
    assert "authorization" not in http.requests[0].headers


def test_refusals_and_failures_are_told(archive: Path) -> None:
    http = RecordingTransport([httpx.Response(400, json={"code": 400, "message": "bad", "detail": "worse"})])
    with pytest.raises(PushError, match="400: bad; worse"):
        push(archive, "http://s.test", "t", client=client(http))
    with pytest.raises(PushError, match="500: oops"):
        push(archive, "http://s.test", "t", client=client(RecordingTransport([httpx.Response(500, text="oops")])))
    with pytest.raises(PushError, match="refused"):
        push(archive, "http://s.test", "t", client=client(RecordingTransport([httpx.ConnectError("refused")])))
    with pytest.raises(PushError):
        push(archive / "none", "http://s.test", "t", client=client(RecordingTransport()))
