"""Ways to authenticate a web request: none, Basic, Bearer, and OAuth 2 with client credentials or a password.

Names are compared without case, spaces, hyphens and the endings Auth and Token. Tokens of OAuth servers are kept in
memory until shortly before they end; one that the service refuses is asked for anew, once.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import bad_input, refused_login
from weft.connectors.inputs import Inputs
from weft.connectors.web_call import WebAnswer, WebCall, checked_url, demand_success, origin_of, send

DEFAULT_SECONDS: Final = 300.0
"""How long a token is kept whose server does not say."""
EARLY_SECONDS: Final = 30.0
TOKEN_SECONDS: Final = 30.0
KINDS: Final = {
    "no": "none", "none": "none", "": "none", "basic": "basic", "bearer": "bearer",
    "oauth2clientcredentials": "client_credentials", "oauth2password": "password",
}  # fmt: skip


class Login(msgspec.Struct):
    """How a task's requests show who asks. `key` names the kept token of an OAuth server."""

    kind: str
    values: dict[str, str] = {}
    key: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Login({self.kind})"


def kind_of(text: str) -> str:
    """none, basic, bearer, client_credentials or password. Raises AttemptFailed for another word."""
    folded = re.sub(r"[\s_-]", "", text).lower()
    bare = re.sub(r"(auth|token)$", "", folded)
    found = KINDS.get(bare, KINDS.get(folded))
    if found is None:
        raise bad_input(f"'{text[:40]}' is no way to authenticate")
    return found


async def login_of(attempt: Attempt, auth: Inputs, url: str) -> Login:
    """The login that an `auth` object describes for requests to `url`. A secret is opened only for these origins."""
    kind = kind_of(auth.text("type", "NoAuth"))
    if kind == "none":
        return Login("none")
    given = auth.inner("params")
    secret_id = auth.text("secretId", "") or given.text("secretId", "")
    if secret_id:
        origins = [origin_of(url)]
        token_url = given.text("tokenUrl", "")
        if token_url:
            origins.append(origin_of(str(checked_url(token_url))))
        opened = await attempt.secret_of(secret_id, origins)
        given = Inputs({**dict(given.items()), **opened}, "the secret")
    return Login(kind, _values(kind, given))


def _values(kind: str, given: Inputs) -> dict[str, str]:
    if kind == "bearer":
        return {"token": given.text("token")}
    if kind == "basic":
        return {"username": given.text("username", ""), "password": given.text("password", "")}
    names = ["tokenUrl", "clientId"]
    found = {name: given.text(name) for name in names}
    found["clientSecret"] = given.text("clientSecret", "")
    for name in ("scope", "audience"):
        found[name] = given.text(name, "")
    if kind == "password":
        found["username"], found["password"] = given.text("username"), given.text("password")
    return found


def basic(username: str, password: str) -> str:
    """The Authorization header of Basic."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def authorization(attempt: Attempt, login: Login, call: WebCall) -> str:
    """The Authorization header for a call, "" for none."""
    values = login.values
    if login.kind == "basic":
        text = basic(values["username"], values["password"])
        attempt.hide(text.removeprefix("Basic "), values["password"])
        return text
    if login.kind == "bearer":
        attempt.hide(values["token"])
        return f"Bearer {values['token']}"
    if login.kind == "none":
        return ""
    login.key = _token_key(attempt, login)
    token = attempt.around.tokens.get(login.key)
    if token is None:
        token, seconds = await _fetch_token(attempt, login, call)
        attempt.around.tokens.put(login.key, token, seconds)
    attempt.hide(token, values["clientSecret"])
    return f"Bearer {token}"


def _token_key(attempt: Attempt, login: Login) -> tuple[str, ...]:
    digest = hashlib.sha256(repr(sorted(login.values.items())).encode()).hexdigest()
    return (attempt.place.tenant, login.kind, digest)


async def _fetch_token(attempt: Attempt, login: Login, call: WebCall) -> tuple[str, float]:
    values = login.values
    form = {"grant_type": login.kind}
    form |= {name: values[name] for name in ("scope", "audience", "username", "password") if values.get(name)}
    by_header = basic(quote_plus(values["clientId"]), quote_plus(values["clientSecret"]))
    attempt.hide(by_header.removeprefix("Basic "), values["clientSecret"], values.get("password"))
    answer = await _ask(attempt, call, values["tokenUrl"], form, by_header)
    if answer.status in (400, 401):  # servers that want the client's credentials in the form
        body = {**form, "client_id": values["clientId"], "client_secret": values["clientSecret"]}
        answer = await _ask(attempt, call, values["tokenUrl"], body, "")
    if answer.status in (400, 401, 403):
        raise refused_login(f"the token server refuses the credentials ({answer.status}): {answer.text(2000)[:500]}")
    demand_success(attempt, WebCall("POST", values["tokenUrl"]), answer)
    return _token(answer)


async def _ask(attempt: Attempt, call: WebCall, url: str, form: dict[str, str], header: str) -> WebAnswer:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "accept": "application/json",
    }
    if header:
        headers["authorization"] = header
    asked = WebCall(
        "POST",
        str(checked_url(url)),
        headers,
        urlencode(form).encode(),
        min(call.timeout_s, TOKEN_SECONDS),
        hosts=call.hosts if origin_of(url) == origin_of(call.url) else (),
    )
    return await send(attempt, asked)


def _token(answer: WebAnswer) -> tuple[str, float]:
    try:
        found: Any = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token or any(ord(sign) < 33 or ord(sign) > 126 for sign in token):
        raise refused_login("the token server gave no access token")
    seconds: Any = found.get("expires_in")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        seconds = DEFAULT_SECONDS
    return token, max(1.0, min(float(seconds), 86_400.0) - EARLY_SECONDS)


async def authenticated(attempt: Attempt, login: Login, call: WebCall) -> WebAnswer:
    """Send a call with its login; where a kept token is refused, once more with a fresh one."""
    if "authorization" in call.headers:
        return await send(attempt, call)
    header = await authorization(attempt, login, call)
    if header:
        call.headers["authorization"] = header
    answer = await send(attempt, call)
    if answer.status == 401 and login.key and attempt.around.tokens.get(login.key) is not None:
        attempt.around.tokens.drop(login.key)
        call.headers["authorization"] = await authorization(attempt, login, call)
        answer = await send(attempt, call)
    return answer
