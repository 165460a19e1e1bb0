"""Requests that no well-meaning client makes, to a running server: each is refused in the words of its operation,
nothing of it is stored, and the server goes on.
"""

from __future__ import annotations

import base64
import json
import socket
from typing import Any

import pytest

MEBIBYTE = 1024 * 1024
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
YAML = {"content-type": "application/yaml"}
BODIES = {
    "cut short": b'{"workflowName": ',
    "two values": b'{"a": 1} {"b": 2}',
    "no UTF-8": b"\xff\xfe{}",
    "binary": b"\x00\x01\x02",
    "a member twice": b'{"workflowName": "x", "workflowName": "y"}',
    "nested too deep": b'{"data": ' + b"[" * 101 + b"]" * 101 + b"}",
    "nested without end": b"[" * 4_000_000,
    "no number": b'{"data": {"n": NaN}}',
    "number too large": b'{"data": {"n": 1e999}}',
    "number with a million digits": b'{"data": {"n": ' + b"9" * 1_000_000 + b"}}",
    "lone surrogate": b'{"workflowName": "\\ud800"}',
    "text": b'"text"',
    "list": b"[]",
    "null": b"null",
    "XML": b"<job/>",
    "form": b"workflowName=x",
}
FORMS = {
    # one operation per family of error bodies -> what its body looks like
    ("POST", "/job"): "object",
    ("POST", "/resource"): "object",
    ("POST", "/workflow"): "string",
    ("POST", "/secret"): "string",
    ("POST", "/worker"): "worker",
    ("PUT", "/worker/x"): "worker",
}


def check_form(form: str, status: int, body: Any) -> str:
    """The refusal's text; AssertionError where the body has not the form."""
    if form == "string":
        assert isinstance(body, str), body
        return body
    assert isinstance(body, dict), body
    if form == "worker":
        assert isinstance(body["errorCode"], int), body
    else:
        assert set(body) == {"code", "message", "detail"}, body
        assert body["code"] == status
    return body["message"]


def refused(live, reply, form: str, status: int = 400) -> str:
    assert reply.status_code == status, (reply.status_code, reply.text[:300])
    assert "Traceback" not in reply.text
    text = check_form(form, status, reply.json())
    assert 0 < len(text) < 2_000
    return text


def raw(live, data: bytes) -> bytes:
    """What the server answers to bytes, up to the end of its head."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
        answer = b""
        try:
            connection.sendall(data)
            while b"\r\n\r\n" not in answer:
                piece = connection.recv(65_536)
                if not piece:
                    break
                answer += piece
        except ConnectionError:
            pass  # refused before all was sent: what came until then counts
        return answer


@pytest.fixture(scope="module")
def head(live) -> bytes:
    user, word = live.http.auth._auth_header.split()
    return b"host: x\r\nauthorization: %s %s\r\n" % (user.encode(), word.encode())


@pytest.fixture(scope="module", autouse=True)
def untouched(play, live):
    """After all of this: the server lives, has stored nothing and met no defect."""
    live.save(play.flow("Known", {"name": "a", "type": "inject", "data": {"ok": True}, "end": True}))
    nouns = ("secret", "resource", "workflow", "worker", "adapter", "eventType", "workerProfile", "job")
    before = {noun: live.call("GET", f"{play.B1}/{noun}", 200).content for noun in nouns}
    yield
    assert live.process.poll() is None
    assert {noun: live.call("GET", f"{play.B1}/{noun}", 200).content for noun in nouns} == before
    assert live.result(live.begin("Known")) == {"ok": True}
    assert "internal error" not in live.logged()
    assert "Traceback" not in live.logged()


@pytest.mark.parametrize("base", ["v1", "v2"])
@pytest.mark.parametrize(("operation", "form"), sorted(FORMS.items()))
def test_bodies_that_are_no_json_object(live, base, operation, form):
    method, path = operation
    for name, body in BODIES.items():
        text = refused(live, live.call(method, f"/crosswork/cwm/{base}{path}", content=body), form)
        if name not in ("text", "list", "null"):
            assert "malformed JSON" in text, (name, text)
            assert "Expecting" not in text or "at character" in text, text


def test_the_place_of_a_mistake_is_told(play, live):
    text = refused(live, live.call("POST", f"{play.B1}/job", content=b'{"a": 1,\n "b" 2}'), "object")
    assert text.endswith("at character 15")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (BOMB, "200000 values"),
        ("a: " + "[" * 10_000, "nested deeper"),
        ("a: 1\na: 2", "twice"),
        ("a: b: c", "malformed YAML"),
        ("- 1", "object"),
        ('!!python/object/apply:os.system ["id"]', "not supported"),
        ("a: &a\n  b: *a", "a"),
        ("\x00", "control characters"),
        ("%YAML 9.9\n---\na: 1", "malformed YAML"),
        (b"\xff\xfe", "malformed YAML"),
    ],
)
def test_yaml_that_does_not_mean_well(play, live, body, told):
    assert told in refused(live, live.call("POST", f"{play.B1}/workflow", content=body, headers=YAML), "string")
    if isinstance(body, str):
        inside = live.call("POST", f"{play.B1}/workflow", json={"definition": body})
        refused(live, inside, "string")


def test_ten_mebibytes_are_read_and_eleven_are_not(play, live):
    fits = b'{"workflowName":"none","data":{"a":"' + b"a" * (10 * MEBIBYTE - 39) + b'"}}'
    assert len(fits) == 10 * MEBIBYTE
    assert "does not exist" in refused(live, live.call("POST", f"{play.B1}/job", content=fits), "object")
    for _method, path in FORMS:
        reply = live.call("POST", play.B1 + path.replace("/x", ""), content=b" " * (11 * MEBIBYTE))
        refused(live, reply, "object", 413)

    def pieces():
        for _ in range(11):
            yield b" " * MEBIBYTE

    try:
        refused(live, live.call("POST", f"{play.B1}/job", content=pieces()), "object", 413)
    except Exception as gone:  # the answer may be lost when the server hangs up while the client still sends
        assert type(gone).__name__ in ("WriteError", "ReadError", "RemoteProtocolError"), gone


WRONG_TYPES = [
    ("job", {"workflowName": value}) for value in (["x"], {"a": 1}, True)
] + [
    ("job", {"workflowName": "Known", **more})
    for more in (
        {"workflowVersion": []}, {"tags": [1]}, {"tags": {"a": 1}}, {"tags": ["x"] * 51}, {"tags": [""]},
        {"data": []}, {"data": "x"}, {"data": 5}, {"jobName": {}}, {"jobName": "x" * 300}, {"logLevel": []},
    )
] + [
    ("secret", body)
    for body in (
        {}, {"secretId": 5, "secretType": "token", "secret": {"token": "x"}}, {"secretId": "a"},
        {"secretId": "a", "secretType": "none", "secret": {}}, {"secretId": "a", "secretType": "token", "secret": "x"},
        {"secretId": "a", "secretType": "token", "secret": {"token": 5}}, {"secretId": "a/b", "secretType": "token",
        "secret": {"token": "x"}}, {"secretId": "a\n", "secretType": "token", "secret": {"token": "x"}},
        {"secretId": "", "secretType": "token", "secret": {"token": "x"}},
        {"secretId": "x" * 256, "secretType": "token", "secret": {"token": "x"}},
        {"secretId": "a", "secretType": ["token"], "secret": {"token": "x"}},
    )
] + [
    ("resource", {"resourceId": "r", "resourceType": "generic.rest.resource.v1.0.0", "resource": value})
    for value in (
        None, [], "x", {}, {"scheme": "ftp", "host": "h", "port": 1}, {"scheme": "http", "host": "h", "port": 0},
        {"scheme": "http", "host": "h", "port": "x"}, {"scheme": "http", "host": "", "port": 1},
        {"scheme": "http", "host": ["h"], "port": 1}, {"scheme": "http", "host": "h", "port": 99999},
    )
] + [
    ("resource", {"resourceId": value, "resourceType": "system.event.http.v1.0.0", "resource": {}})
    for value in (None, 5, "", "a/b", "a\x00", "x" * 256, [])
] + [
    ("workflow", {"definition": value})
    for value in (
        None, 5, [], "", "x", {}, {"name": "x"}, {"name": "x", "version": "1", "specVersion": "0.9", "states": {}},
        {"name": "x", "version": "1", "specVersion": "0.9", "states": [5]},
        {"name": "x", "version": "1", "specVersion": "0.9", "states": [{"name": "a", "type": "magic"}]},
        {"name": "a/b", "version": "1", "specVersion": "0.9", "states": [{"name": "a", "type": "inject", "data": {}}]},
        {"name": "x" * 300, "version": "1", "specVersion": "0.9",
         "states": [{"name": "a", "type": "inject", "data": {}, "end": True}]},
    )
] + [
    ("worker", body)
    for body in (
        {}, {"workerName": []}, {"workerName": "w", "activities": {"a": 1}}, {"workerName": "w", "activities": [1]},
        {"workerName": "w", "startWorker": "perhaps"}, {"workerName": "a/b"}, {"workerName": "x" * 300},
    )
]  # fmt: skip


def test_wrong_types_and_names(play, live):
    forms = {"job": "object", "resource": "object", "secret": "string", "workflow": "string", "worker": "worker"}
    for noun, body in WRONG_TYPES:
        reply = live.call("POST", f"{play.B1}/{noun}", json=body)
        assert reply.status_code in ((400, 503) if noun == "worker" else (400,)), (noun, str(body)[:200], reply.text)
        check_form(forms[noun], reply.status_code, reply.json())


PATHS = {
    "/job/a%2Fb/runs/c": ("object", 400),
    "/job/a%00b/runs/c": ("object", 400),
    "/job/%0d%0aX-A:%20b/runs/c": ("object", 400),
    "/job/%ff/runs/c": ("object", 400),
    "/job/" + "x" * 256 + "/runs/y": ("object", 400),
    "/job/none/runs/none": ("object", 404),
    "/job/%252F/runs/%252E%252E": ("object", 404),
    "/job//runs/y": ("object", 404),
    "/workflow/a%2Fb": ("string", 400),
    "/workflow/none": ("string", 400),
    "/workflow/name/a%01/version/1": ("string", 400),
    "/secret/a%2Fb": ("string", 400),
    "/secret/none": ("string", 400),
    "/worker/a%2Fb": ("worker", 400),
    "/worker/none": ("worker", 404),
    "/resource/..%2f..%2fetc%2fpasswd": ("object", 400),
    "/resource/none": ("object", 404),
    "/eventType/x/sideways": ("object", 400),
    "/nonsense": ("object", 404),
    "/job?pageSize=-1": ("object", 400),
    "/job?pageSize=many": ("object", 400),
    "/job?nextPageToken=foreign": ("object", 400),
    "/job?query=%ff": ("object", 400),
    "/job?query=" + "(" * 5000: ("object", 400),
    "/job?query=" + "NOT%20" * 3000 + "RunId=1": ("object", 400),
    "/job?query=RunId%20IN%20(" + "1," * 5000 + "1)": ("object", 400),
    "/job?query=DROP%20TABLE%20jobs": ("object", 400),
    "/job?" + "&".join(f"a{n}=1" for n in range(1500)): ("object", 400),
    "/job/x/runs/y/events?isLongPoll=maybe": ("object", 400),
    "/job/x/runs/y/events?filterType=none": ("object", 400),
    "/workflow?tags=%ff": ("string", 400),
}


@pytest.mark.parametrize("base", ["v1", "v2"])
def test_paths_and_queries(live, head, base):
    for path, (form, status) in PATHS.items():
        target = f"/crosswork/cwm/{base}{path}".encode()
        with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nconnection: close\r\n" + head + b"\r\n")
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        first, _, body = answer.partition(b"\r\n\r\n")
        assert first.split()[1] == str(status).encode(), (path[:80], answer[:300])
        assert b"X-A: b" not in first
        text = check_form(form, status, json.loads(body))
        assert "codec" not in text, text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"X: a\r\n" * 20_000 + b"\r\n", 431),
        (b"POST /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n", 400),
        (b"POST /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n", 400),
        (b"POST /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n"
         b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"BREW /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"TRACE /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\n\r\n", 405),
    ],
)  # fmt: skip
def test_the_protocol_itself(live, data, status):
    assert raw(live, data).split()[1:2] == [str(status).encode()]


def test_credentials_that_are_none(live):
    def ask(authorization: str) -> int:
        reply = raw(live, b"GET /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\n" + authorization.encode() + b"\r\n\r\n")
        return int(reply.split()[1])

    basic = base64.b64encode(b"a:b\xff").decode()
    for line in (
        "x: y", "authorization: Basic !!!", f"authorization: Basic {basic}", "authorization: Bearer a.b.c",
        "authorization: Bearer " + "x" * 20_000, "authorization: ApiKey none", "x-api-key: none",
        "authorization: Digest x",
        "authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJjaGllZiJ9.",
    ):  # fmt: skip
        assert ask(line) == 401, line[:60]


def test_a_host_header_cannot_write_the_location(play, live):
    body = f"username={play.ADMIN}&password={play.PASSWORD}".encode()
    form = b"content-type: application/x-www-form-urlencoded\r\ncontent-length: %d\r\n\r\n" % len(body)
    for host in (b'evil"<x>/', b"a b", b"x/../..", b"http://evil"):
        answer = raw(live, b"POST /crosswork/sso/v1/tickets HTTP/1.1\r\nhost: " + host + b"\r\n" + form + body)
        location = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"location:"))
        assert location.startswith(f"location: {live.url}/crosswork/sso/v1/tickets/TGT-".encode()), location


def test_half_open_connections_keep_nobody_out(play, live):
    idle = [socket.create_connection(("127.0.0.1", live.port), timeout=20) for _ in range(300)]
    try:
        for connection in idle:
            connection.sendall(b"POST /crosswork/cwm/v1/job HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
        assert live.call("GET", f"{play.B1}/job/count").status_code == 200
    finally:
        for connection in idle:
            connection.close()
