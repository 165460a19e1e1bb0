"""The HTTP tasks of lists and of graphs: web requests without a way to authenticate of their own.

List: `uri`, `method`, `headers`, `body`, `accept`, `contentType`, `connectionTimeOut`, `readTimeOut` (ms), flat or
under `http_request`; output `{"response": {statusCode, reasonPhrase, headers, body}}`.
Graph: `url`, `method`, `headers`, `query`, `body`, `timeout` (s), `secretId`; output `{statusCode, headers, body}`.
"""

from __future__ import annotations

from typing import Any, Final

from weft.connectors.attempt import Attempt
from weft.connectors.inputs import Inputs
from weft.connectors.rest import (
    DEFAULT_SECONDS,
    LEAST_SECONDS,
    MAX_SECONDS,
    content_of,
    method_of,
    shown_answer,
    stores_file,
)
from weft.connectors.web_body import kept_body
from weft.connectors.web_call import CONNECT_SECONDS, WebCall, checked_headers, demand_success, origin_of, send
from weft.connectors.web_target import Target, authorization_of, target_of

_MS: Final = 1000


async def run_listed(attempt: Attempt) -> dict[str, Any]:
    """A list's HTTP task. Raises AttemptFailed."""
    nested = attempt.inputs.exact("http_request")
    inputs = attempt.inputs if nested is None else Inputs(nested, "'http_request'")
    stored = stores_file(inputs)
    target = target_of(attempt, inputs.text("uri", "" if attempt.resource else None), {})
    headers = checked_headers(dict(inputs.inner("headers").items()))
    for key, name in (("accept", "accept"), ("contentType", "content-type")):
        if inputs.get(key) is not None:
            headers.setdefault(name, checked_headers({name: inputs.text(key)})[name])
    connect_ms = inputs.number("connectionTimeOut", CONNECT_SECONDS * _MS, 1, MAX_SECONDS * _MS)
    read_ms = inputs.number("readTimeOut", DEFAULT_SECONDS * _MS, 1, MAX_SECONDS * _MS)
    content = content_of(inputs.get("body"), headers)
    call = _call(method_of(inputs), target, headers, content, read_ms / _MS)
    call.connect_s = connect_ms / _MS
    answer = await send(attempt, call)
    demand_success(attempt, call, answer)
    if stored:
        return {attempt.key("payload"): await attempt.keep(answer.body, answer.content_type)}
    body, payload = await kept_body(attempt, answer)
    response = {
        "statusCode": answer.status,
        "reasonPhrase": answer.reason,
        "headers": answer.headers,
        "body": body,
    }
    return {"response": response} if payload is None else {"response": response, attempt.key("payload"): payload}


async def run_graph(attempt: Attempt) -> dict[str, Any]:
    """A graph's HTTP task. Raises AttemptFailed."""
    inputs = attempt.inputs
    stored = stores_file(inputs)
    url = inputs.text("url", "" if attempt.resource else None)
    target = target_of(attempt, url, dict(inputs.inner("query").items()))
    headers = checked_headers(dict(inputs.inner("headers").items()))
    secret_id = inputs.text("secretId", "")
    if secret_id:
        secret = await attempt.secret_of(secret_id, [origin_of(target.url)])
        target.authorization = authorization_of(attempt, secret)
    timeout = inputs.number("timeout", DEFAULT_SECONDS, LEAST_SECONDS, MAX_SECONDS)
    call = _call(method_of(inputs), target, headers, content_of(inputs.get("body"), headers), timeout)
    answer = await send(attempt, call)
    demand_success(attempt, call, answer)
    if stored:
        return {attempt.key("payload"): await attempt.keep(answer.body, answer.content_type)}
    return await shown_answer(attempt, answer)


def _call(method: str, target: Target, headers: dict[str, str], content: bytes | None, timeout: float) -> WebCall:
    if target.authorization:
        headers.setdefault("authorization", target.authorization)
    return WebCall(
        method, target.url, headers, content, timeout, hosts=target.hosts, insecure=target.insecure, keyed=True
    )
