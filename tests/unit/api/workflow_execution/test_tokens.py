from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest

from weft.api.workflow_execution.tokens import Refused, TokenEndpoint, dialect, refuse
from weft.domain.errors import Busy, TooLarge, Unauthenticated
from weft.web.refusals import MethodNotAllowed

pytestmark = pytest.mark.anyio
FORM = {"content-type": "application/x-www-form-urlencoded"}
GOOD = b"client_id=importer&client_secret=s3cr3t&grant_type=client_credentials"


@dataclass
class Issued:
    text: str
    expires_in_s: int


class Clients:
    """Knows one client; too many calls from one address are refused."""

    async def token(self, client_id, secret, *, scope="", address=""):
        if address == "busy":
            raise Busy("too many", code="too_many_requests", retry_after=30)
        if (client_id, secret) != ("importer", "s3cr3t"):
            raise Unauthenticated("no", code="invalid_client")
        return Issued("tok", 3600)


def basic(text):
    return {**FORM, "authorization": "Basic " + base64.b64encode(text.encode()).decode()}


async def ask(asked, data=GOOD, headers=FORM, **more):
    return await TokenEndpoint(Clients()).create(asked(data=data, headers=headers, **more))


async def test_a_token_has_four_members(asked):
    body = (await ask(asked)).body
    assert {name: getattr(body, name) for name in body.__struct_fields__} == {
        "access_token": "tok", "expires_in": 3600, "token_type": "Bearer", "scope": "workflow_api",
    }  # fmt: skip
    assert (await ask(asked, GOOD + b"&scope=a+b&scp=1&scp=2")).body.scope == "a b"


async def test_credentials_in_a_basic_header(asked):
    for text in ("importer:s3cr3t", "importer:s3c%723t"):
        assert (await ask(asked, b"grant_type=client_credentials", basic(text))).body.access_token == "tok"


@pytest.mark.parametrize(
    ("data", "headers", "error", "challenge"),
    [
        (GOOD, {"content-type": "application/json"}, "invalid_request", False),
        (GOOD, {}, "invalid_request", False),
        (b"client_secret=x&grant_type=client_credentials", FORM, "invalid_request", False),
        (b"client_id=x&grant_type=client_credentials", FORM, "invalid_request", False),
        (b"client_id=x&client_secret=y", FORM, "invalid_request", False),
        (GOOD + b"&client_id=importer", FORM, "invalid_request", False),
        (b"\xff", FORM, "invalid_request", False),
        (GOOD, basic("importer:s3cr3t"), "invalid_request", False),
        (b"client_id=importer&client_secret=s3cr3t&grant_type=password", FORM, "unsupported_grant_type", False),
        (GOOD.replace(b"s3cr3t", b"wrong"), FORM, "invalid_client", False),
        (b"grant_type=client_credentials", basic("importer:wrong"), "invalid_client", True),
        (b"grant_type=client_credentials", basic("importer"), "invalid_client", True),
        (b"grant_type=client_credentials", {**FORM, "authorization": "Basic %%%"}, "invalid_client", True),
    ],
)
async def test_what_is_refused(asked, data, headers, error, challenge):
    with pytest.raises(Refused) as caught:
        await ask(asked, data, headers)
    assert (caught.value.code, caught.value.challenge) == (error, challenge)


async def test_too_many_failures(asked):
    with pytest.raises(Busy) as caught:
        await ask(asked, address="busy")
    answer = refuse(caught.value, None, "")
    assert (answer.status, answer.body, answer.headers) == (429, {"error": "too_many_requests"}, {"Retry-After": "30"})


def test_errors_have_one_member():
    assert refuse(Refused("invalid_client"), None, "").status == 400
    challenged = refuse(Refused("invalid_client", challenge=True), None, "")
    assert (challenged.status, challenged.headers) == (401, {"WWW-Authenticate": "Basic"})
    assert refuse(TooLarge("x"), None, "").body == {"error": "invalid_request"}
    assert refuse(MethodNotAllowed("x", ("POST",)), None, "").status == 405


def test_the_dialect_has_one_open_operation():
    (operation,) = dialect(Clients()).operations
    assert (operation.method, operation.permission) == ("POST", None)
