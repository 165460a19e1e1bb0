"""The server's own requests go through the checked transport."""

import http.server
import threading

import pytest

from weft.app.fetching import HttpFetch
from weft.domain.errors import Forbidden, Unavailable
from weft.ports.fetch import FetchRequest
from weft_adapter.egress import EgressPolicy

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def target():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b"<" + body + b">" + b"x" * 100_000)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def request(port, **more):
    return FetchRequest(method="POST", url=f"http://127.0.0.1:{port}/e", body=b"hello", timeout_s=5, **more)


async def test_loopback_is_refused_unless_the_operator_allows_it(target):
    with pytest.raises(Forbidden):
        await HttpFetch(EgressPolicy())(request(target, hosts=("127.0.0.1",)))
    allowed = HttpFetch(EgressPolicy(allow=(f"127.0.0.1:{target}",)))
    reply = await allowed(request(target, max_reply=50))
    assert reply.status == 201 and reply.body.startswith(b"<hello>") and len(reply.body) == 50


async def test_nobody_there_is_unavailable(target):
    fetch = HttpFetch(EgressPolicy(allow=("127.0.0.1:1",)))
    with pytest.raises(Unavailable):
        await fetch(request(1))


async def test_metadata_addresses_never():
    fetch = HttpFetch(EgressPolicy(allow=("169.254.169.254",), hosts=("169.254.169.254",)))
    with pytest.raises(Forbidden):
        await fetch(FetchRequest(method="GET", url="http://169.254.169.254/latest", timeout_s=2))
