"""Ways to authenticate, and the tokens of OAuth servers."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.web_login import kind_of

pytestmark = pytest.mark.anyio
REST = "tasklist:REST_CONNECTOR"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NoAuth", "none"),
        ("none", "none"),
        ("Basic", "basic"),
        ("basic auth", "basic"),
        ("BearerToken", "bearer"),
        ("Bearer-Token", "bearer"),
        ("OAuth2 Client Credentials", "client_credentials"),
        ("oauth2-password", "password"),
    ],
)
def test_words(text, kind):
    assert kind_of(text) == kind


def test_other_words_are_refused():
    with pytest.raises(AttemptFailed):
        kind_of("digest")


async def test_basic_and_bearer(desk, web):
    await desk.run(REST, {"_url": web.url, "_auth": {"_type": "Basic", "_params": {"username": "u", "password": "p"}}})
    await desk.run(REST, {"_url": web.url, "_auth": {"type": "bearer", "params": {"_token": "t"}}})
    assert [asked.headers["authorization"] for asked in web.asked] == ["Basic dTpw", "Bearer t"]


class TokenServer:
    """Gives tokens t1, t2 …; `by` is how it wants to be told who asks."""

    def __init__(self, web, reply, by: str = "header") -> None:
        self.count = 0
        self.forms: list[dict[str, list[str]]] = []
        self.headers: list[str] = []

        def answer(asked):
            form = parse_qs(asked.body.decode())
            self.forms.append(form)
            self.headers.append(asked.headers.get("authorization", ""))
            known = "authorization" in asked.headers if by == "header" else form.get("client_secret") == ["s3cret"]
            if not known:
                return reply(401, {"error": "invalid_client"})
            self.count += 1
            return reply(200, {"access_token": f"t{self.count}", "expires_in": 600})

        web.answer = answer


def oauth(second, kind="OAuth2ClientCredentials", **more):
    params = {"tokenUrl": f"{second.url}/token", "clientId": "me", "clientSecret": "s3cret", **more}
    return {"_type": kind, "_params": params}


async def test_client_credentials_with_a_kept_token(desk, web, second, reply):
    tokens = TokenServer(second, reply)
    input = {"_url": web.url, "_auth": oauth(second, scope="a b", audience="x")}
    for _ in range(2):
        await desk.run(REST, input)
    assert [asked.headers["authorization"] for asked in web.asked] == ["Bearer t1", "Bearer t1"]
    assert tokens.forms == [{"grant_type": ["client_credentials"], "scope": ["a b"], "audience": ["x"]}]
    desk.clock.ms += 600_000
    await desk.run(REST, input)
    assert web.asked[2].headers["authorization"] == "Bearer t2"


async def test_a_server_that_wants_the_client_in_the_form(desk, web, second, reply):
    tokens = TokenServer(second, reply, by="form")
    await desk.run(REST, {"_url": web.url, "_auth": oauth(second)})
    assert web.asked[0].headers["authorization"] == "Bearer t1"
    assert tokens.forms[1]["client_id"] == ["me"] and tokens.headers[1] == ""


async def test_password_grant(desk, web, second, reply):
    tokens = TokenServer(second, reply)
    await desk.run(REST, {"_url": web.url, "_auth": oauth(second, "OAuth2Password", username="u", password="p")})
    assert tokens.forms[0] == {"grant_type": ["password"], "username": ["u"], "password": ["p"]}


async def test_a_refused_token_is_asked_for_anew_once(desk, web, second, reply):
    TokenServer(second, reply)
    web.answer = lambda asked: reply(200 if asked.headers["authorization"] == "Bearer t2" else 401, {})
    await desk.run(REST, {"_url": web.url, "_auth": oauth(second)})
    assert len(web.asked) == 2
    web.answer = lambda asked: reply(401, {})
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(REST, {"_url": web.url, "_auth": oauth(second)})
    assert not caught.value.retryable and len(web.asked) == 4


async def test_refused_credentials_are_not_tried_again_and_not_told(desk, web, second, reply):
    second.answer = lambda asked: reply(401, "s3cret is wrong")
    attempt = desk.attempt(REST, {"_url": web.url, "_auth": oauth(second)})
    from weft.connectors import rest

    with pytest.raises(AttemptFailed) as caught:
        await rest.run(attempt)
    assert caught.value.code == "AUTHENTICATION" and not caught.value.retryable
    assert "s3cret" not in attempt.redacted(caught.value.message) and web.asked == []


async def test_a_token_server_in_trouble_is_tried_again(desk, web, second, reply):
    second.answer = lambda asked: reply(503, "later", retry_after="3")
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(REST, {"_url": web.url, "_auth": oauth(second)})
    assert caught.value.retryable and caught.value.retry_after_ms == 3000


@pytest.mark.parametrize("body", ["no json", {"access_token": ""}, {"access_token": "a b"}, [1]])
async def test_no_token(desk, web, second, reply, body):
    second.answer = lambda asked: reply(200, body)
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(REST, {"_url": web.url, "_auth": oauth(second)})
    assert caught.value.code == "AUTHENTICATION"


async def test_a_secret_of_the_tenant_for_its_own_hosts(desk, web, second, reply):
    TokenServer(second, reply)
    desk.records.secrets["s"] = {"clientId": "me", "clientSecret": "s3cret", "username": "u", "password": "p"}
    desk.records.granted["s"] = {web.url}
    await desk.run(REST, {"_url": web.url, "_auth": {"_type": "Basic", "_secretId": "s"}})
    assert web.asked[0].headers["authorization"] == "Basic dTpw"
    auth = {"_type": "OAuth2ClientCredentials", "_secretId": "s", "_params": {"tokenUrl": second.url}}
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(REST, {"_url": web.url, "_auth": auth})
    assert caught.value.code == "SECRET_NOT_GRANTED" and second.asked == []
    desk.records.granted["s"].add(second.url)
    await desk.run(REST, {"_url": web.url, "_auth": auth})
    assert web.asked[1].headers["authorization"] == "Bearer t1"
