"""The task that reads Haystack servers, against a server with the handshake and the grids of the specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.haystack_login import encoded

pytestmark = pytest.mark.anyio
HAYSTACK = "tasklist:HAYSTACK"
POINTS = 'ver:"3.0"\nid,dis,point,kind\n@p:demo:r:1 "One","One",M,"Number"\n@p:demo:r:2,"Two",M,"Bool"\n'
HISTORY = {
    "@p:demo:r:1": 'ver:"3.0" id:@p:demo:r:1\nts,val\n2026-04-07T02:00:00+02:00 Berlin,21.5°C\n'
    "2026-04-07T02:15:00+02:00 Berlin,22°C\n",
    "@p:demo:r:2": 'ver:"3.0"\nts,val\n2026-04-07T00:00:00Z UTC,T\n',
}


def unbase(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


class HaystackServer:
    """Accounts by SCRAM; knows the passwords only as salted keys. `form` is zinc, json3 or json4."""

    def __init__(self, web, reply, users: dict[str, str], *, form: str = "zinc", hash_name: str = "SHA-256") -> None:
        self.web, self.reply, self.form = web, reply, form
        self.hash_name, self.algorithm = hash_name, hash_name.replace("-", "").lower()
        self.salt, self.rounds = b"0123456789abcdef", 4096
        self.keys = {name: self._keys(password) for name, password in users.items()}
        self.tokens: set[str] = set()
        self.exchanges: dict[str, tuple[str, str, str]] = {}
        self.logins = 0
        self.grids: list[str] = []
        self.honest = True
        web.answer = self.answer

    def _mac(self, key: bytes, text: bytes) -> bytes:
        return hmac.new(key, text, self.algorithm).digest()

    def _keys(self, password: str) -> tuple[bytes, bytes]:
        salted = hashlib.pbkdf2_hmac(self.algorithm, password.encode(), self.salt, self.rounds)
        stored = hashlib.new(self.algorithm, self._mac(salted, b"Client Key")).digest()
        return stored, self._mac(salted, b"Server Key")

    def answer(self, asked):
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        facts = dict(re.findall(r"(\w+)=([^\s,]+)", rest))
        if scheme.upper() == "HELLO":
            return self._challenge(self._handle("user", unbase(facts["username"])))
        if scheme.upper() == "SCRAM":
            return self._scram(facts)
        if scheme.upper() == "BEARER" and facts.get("authToken") in self.tokens:
            return self._operation(asked)
        return self.reply(403, "no token")

    def _handle(self, *facts: str) -> str:
        token = f"hs{len(self.exchanges)}"
        self.exchanges[token] = (*facts, "", "")[:3]
        return token

    def _challenge(self, token: str, data: str = ""):
        more = f", data={data}" if data else ""
        header = f"SCRAM hash={self.hash_name}, handshakeToken={token}{more}"
        return self.reply(401, "", www_authenticate=header)

    def _scram(self, facts):
        kind, first, second = self.exchanges.pop(facts["handshakeToken"])
        data = unbase(facts["data"])
        if kind == "user":
            bare = data.removeprefix("n,,")
            name = re.match(r"n=([^,]*)", bare)[1].replace("=2C", ",").replace("=3D", "=")
            if name != first:
                return self.reply(403, "another user")
            nonce = bare.partition(",r=")[2] + "server"
            message = f"r={nonce},s={base64.b64encode(self.salt).decode()},i={self.rounds}"
            return self._challenge(self._handle(f"final:{name}", bare, message), encoded(message))
        stored, server_key = self.keys.get(kind.removeprefix("final:"), (b"", b""))
        without, _, proof = data.partition(",p=")
        signed = f"{first},{second},{without}".encode()
        if not stored:
            return self.reply(403, "who?")
        signature = self._mac(stored, signed)
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        if hashlib.new(self.algorithm, key).digest() != stored:
            return self.reply(403, "wrong password")
        self.logins += 1
        token = f"web-{self.logins}"
        self.tokens.add(token)
        shown = self._mac(server_key if self.honest else b"?", signed)
        final = encoded(f"v={base64.b64encode(shown).decode()}")
        return self.reply(200, "", authentication_info=f"authToken={token}, hash={self.hash_name}, data={final}")

    def _operation(self, asked):
        operation = asked.path.rpartition("/")[2]
        body = asked.body.decode()
        self.grids.append(f"{operation}\n{body}")
        if operation == "about":
            return self._grid('ver:"3.0"\nserverName,tz,whoami\n"Test","UTC","u"\n')
        if operation == "read" and "nonsense" in body:
            return self._grid('ver:"3.0" err dis:"no such filter"\nempty\n')
        if operation == "read":
            return self._grid(POINTS)
        if operation == "hisRead":
            return self._grid(HISTORY[re.search(r"@[\w:]+", body)[0]])
        return self.reply(404, "no such operation")

    def _grid(self, zinc: str):
        if self.form == "zinc":
            return self.reply(200, zinc.encode(), content_type="text/zinc; charset=utf-8")
        data, kind = JSON_POINTS[self.form]
        return self.reply(200, json.dumps(data).encode(), content_type=kind)


JSON_POINTS = {
    "json3": (
        {
            "meta": {"ver": "3.0"},
            "cols": [{"name": "id"}],
            "rows": [
                {"id": "r:p:demo:r:1 One", "dis": "s:One", "point": "m:", "area": "n:100 m²", "n": "n:4", "z": "-:"}
            ],
        },
        "application/vnd.haystack+json;version=3",
    ),
    "json4": (
        {
            "_kind": "grid",
            "meta": {"ver": "3.0"},
            "cols": [{"name": "id"}],
            "rows": [
                {
                    "id": {"_kind": "ref", "val": "p:demo:r:1", "dis": "One"},
                    "dis": "One",
                    "point": {"_kind": "marker"},
                    "area": {"_kind": "number", "val": 100, "unit": "m²"},
                    "n": 4,
                    "z": {"_kind": "remove"},
                }
            ],
        },
        "application/json",
    ),
}


@pytest.fixture
def server(web, reply):
    return HaystackServer(web, reply, {"u,=ser": "pass wörd"})


def given(web, action: str, **more):
    return {"_url": web.url, "_project": "demo", "_uname": "u,=ser", "_pwd": "pass wörd", "_action": action, **more}


async def test_about_after_a_scram_login(desk, web, server):
    output = await desk.run(HAYSTACK, given(web, "about"))
    assert output == {"_rows": [{"serverName": "Test", "tz": "UTC", "whoami": "u"}], "_count": 1, "_truncated": False}
    assert web.asked[0].path == "/api/demo/about" and server.logins == 1


async def test_the_token_is_kept_and_renewed(desk, web, server):
    await desk.run(HAYSTACK, given(web, "about"))
    await desk.run(HAYSTACK, given(web, "about"))
    assert server.logins == 1
    server.tokens.clear()
    await desk.run(HAYSTACK, given(web, "about"))
    assert server.logins == 2


async def test_sha_512(desk, web, reply):
    HaystackServer(web, reply, {"u,=ser": "pass wörd"}, hash_name="SHA-512")
    assert (await desk.run(HAYSTACK, given(web, "about")))["_count"] == 1


@pytest.mark.parametrize("wrong", [{"_pwd": "other"}, {"_uname": "nobody"}])
async def test_a_refused_login_is_not_tried_again(desk, web, server, wrong):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, {**given(web, "about"), **wrong})
    assert caught.value.code == "AUTHENTICATION" and not caught.value.retryable


async def test_a_server_that_does_not_know_the_password_is_not_trusted(desk, web, server):
    server.honest = False
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, given(web, "about"))
    assert "did not show" in caught.value.message


async def test_a_token_is_used_as_it_is(desk, web, server):
    server.tokens.add("own")
    output = await desk.run(
        HAYSTACK, {"_action": "about"}, config={"resourceId": "h"}, resource={"url": web.url, "project": "demo"},
        secret={"token": "own"},
    )  # fmt: skip
    assert output["_count"] == 1 and server.logins == 0
    server.tokens.clear()
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, {"_action": "about", "_url": web.url, "token": "own"})
    assert caught.value.code == "AUTHENTICATION"


@pytest.mark.parametrize("action", ["read", "readall", "READ"])
async def test_read(desk, web, server, action):
    output = await desk.run(HAYSTACK, given(web, action, _cmd='point and dis=="a\\b"'))
    assert output["_rows"][0] == {"id": "p:demo:r:1", "dis": "One", "point": True, "kind": "Number"}
    assert server.grids[-1] == 'read\nver:"3.0"\nfilter,limit\n"point and dis==\\"a\\\\b\\"",10001\n'


@pytest.mark.parametrize("form", ["json3", "json4"])
async def test_json_of_both_versions(desk, web, server, form):
    server.form = form
    output = await desk.run("graph:haystack", {key.lstrip("_"): v for key, v in given(web, "read", _cmd="x").items()})
    row = {"id": "p:demo:r:1", "dis": "One", "point": True, "area": {"val": 100, "unit": "m²"}, "n": 4, "z": None}
    assert output == {"rows": [row], "count": 1, "truncated": False}


async def test_read_by_id(desk, web, server):
    await desk.run(HAYSTACK, given(web, "readbyid", _ids=["@p:demo:r:1", "p:demo:r:2"]))
    assert server.grids[-1] == 'read\nver:"3.0"\nid\n@p:demo:r:1\n@p:demo:r:2\n'


async def test_history_of_points(desk, web, server):
    days = {"_hisStartDate": "2026-04-07", "_hisEndDate": "2026-04-08"}
    output = await desk.run(HAYSTACK, given(web, "pointhistory", _cmd="point", **days))
    assert output["_rows"] == [
        {"id": "p:demo:r:1", "ts": "2026-04-07T00:00:00Z", "val": 21.5, "unit": "°C"},
        {"id": "p:demo:r:1", "ts": "2026-04-07T00:15:00Z", "val": 22, "unit": "°C"},
        {"id": "p:demo:r:2", "ts": "2026-04-07T00:00:00Z", "val": True},
    ]
    assert server.grids[-1].endswith('@p:demo:r:2,"2026-04-07,2026-04-08"\n')


async def test_history_is_cut_at_the_limit(desk, web, server):
    output = await desk.run(
        HAYSTACK, given(web, "readhistory", _ids="p:demo:r:1", _hisStartDate="2026-04-06", _limit=1)
    )
    assert output["_count"] == 1 and output["_truncated"] is True
    assert '"2026-04-06T00:00:00Z UTC,2026-04-07T00:00:00Z UTC"' in server.grids[-1]


async def test_rows_as_a_file(desk, web, server):
    output = await desk.run(HAYSTACK, given(web, "read", _cmd="point", _to="file"))
    assert set(output) == {"_payload"}
    assert json.loads(desk.records.kept[output["_payload"]["_sha256"]])[1]["dis"] == "Two"


async def test_an_error_grid_fails(desk, web, server):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, given(web, "read", _cmd="nonsense"))
    assert "no such filter" in caught.value.message


@pytest.mark.parametrize(
    "wrong",
    [
        {"_action": "eval"},
        {"_action": "read"},
        {"_action": "readbyid"},
        {"_action": "readbyid", "_ids": ["@a b"]},
        {"_action": "readhistory", "_ids": ["a"]},
        {"_action": "readhistory", "_ids": ["a"], "_hisStartDate": "2026-13-01"},
        {"_action": "readhistory", "_ids": ["a"], "_hisStartDate": "2026-05-01", "_hisEndDate": "2026-04-01T00:00:00Z"},
        {"_action": "about", "_url": "http://127.0.0.1/?x=1"},
    ],
)
async def test_wrong_input(desk, web, server, wrong):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, {**given(web, "about"), **wrong})
    assert caught.value.code == "INPUT_INVALID" and not caught.value.retryable


async def test_an_answer_that_is_no_grid(desk, web, reply):
    web.answer = lambda asked: reply(200, "hello")
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, {"_url": web.url, "_action": "about"})
    assert caught.value.code == "HAYSTACK" and not caught.value.retryable


async def test_a_password_in_the_clear_is_not_given_without_tls(desk, web, reply):
    web.answer = lambda asked: reply(401, "", www_authenticate="PLAINTEXT")
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(HAYSTACK, given(web, "about"))
    assert "https" in caught.value.message and len(web.asked) == 1
