"""The REST task: one web request with a way to authenticate.

Input `url`, `method` (GET), `auth` `{type, params | secretId}`, `args` `{headers, params, body, timeout}` (seconds, 30
by default, 300 at most), `to` (`"file"` stores the body). Output `{statusCode, headers, body}`; what is stored is told
as `payload` `{size, contentType, sha256}`, and alone when a file was asked for.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import bad_input
from weft.connectors.inputs import Inputs
from weft.connectors.web_body import kept_body
from weft.connectors.web_call import METHODS, WebAnswer, WebCall, checked_headers, demand_success
from weft.connectors.web_login import authenticated, login_of
from weft.connectors.web_target import add_authorization, target_of

DEFAULT_SECONDS: Final = 30.0
MAX_SECONDS: Final = 300.0
LEAST_SECONDS: Final = 0.001


async def run(attempt: Attempt) -> dict[str, Any]:
    """Carry the task out. Raises AttemptFailed."""
    inputs = attempt.inputs
    args, stored = inputs.inner("args"), stores_file(inputs)
    target = target_of(
        attempt, inputs.text("url", "" if attempt.resource else None), dict(args.inner("params").items())
    )
    headers = checked_headers(dict(args.inner("headers").items()))
    call = WebCall(
        method_of(inputs),
        target.url,
        headers,
        content_of(args.get("body"), headers),
        args.number("timeout", DEFAULT_SECONDS, LEAST_SECONDS, MAX_SECONDS),
        hosts=target.hosts,
        insecure=target.insecure,
        keyed=True,
    )
    login = await login_of(attempt, inputs.inner("auth"), target.url)
    add_authorization(headers, target, login)
    answer = await authenticated(attempt, login, call)
    demand_success(attempt, call, answer)
    if stored:
        return {attempt.key("payload"): await attempt.keep(answer.body, answer.content_type)}
    return await shown_answer(attempt, answer)


async def shown_answer(attempt: Attempt, answer: WebAnswer) -> dict[str, Any]:
    """The output for an answer."""
    body, payload = await kept_body(attempt, answer)
    output = {
        attempt.key("statusCode"): answer.status,
        attempt.key("headers"): answer.headers,
        attempt.key("body"): body,
    }
    if payload is not None:
        output[attempt.key("payload")] = payload
    return output


def method_of(inputs: Inputs) -> str:
    """The method in capital letters, GET by default."""
    method = inputs.text("method", "GET").upper()
    if method not in METHODS:
        raise bad_input(f"'{method[:20]}' is no method")
    return method


def stores_file(inputs: Inputs) -> bool:
    """Whether the result is to be stored as a file."""
    to = inputs.text("to", "")
    if to not in ("", "file"):
        raise bad_input("'to' can only be \"file\"")
    return to == "file"


def content_of(body: Any, headers: dict[str, str]) -> bytes | None:
    """The bytes of a body: text as it is, every other value as JSON; null is none. Sets the content type if needed."""
    if body is None:
        return None
    if isinstance(body, str):
        headers.setdefault("content-type", "text/plain; charset=utf-8")
        return body.encode("utf-8", "surrogatepass")
    headers.setdefault("content-type", "application/json")
    return msgspec.json.encode(body)
