"""The task that asks a language model: one chat request to an OpenAI-compatible endpoint, which is a resource.

Input `resourceId` (or `teamId`), `userPrompt`, `systemPrompt`, `model`, `temperature`, `maxTokens`, `responseFormat`
(`text` or `json`), `converse_id`: tasks of a job with the same id share a conversation of up to 50 messages; `timeout`
in seconds (120, at most 600). Output `{response, converse_id, model, finishReason, usage}`. What a model says is data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import AttemptFailed, bad_input
from weft.connectors.web_call import WebAnswer, WebCall, checked_url, demand_success, origin_of, send
from weft.connectors.web_target import authorization_of
from weft.domain.conversations import MAX_NAME, Exchange
from weft.ports.connections import OpenedResource
from weft_adapter.jsonvalue import NotJson, to_json

DEFAULT_SECONDS: Final = 120.0
MAX_SECONDS: Final = 600.0
MAX_PROMPT: Final = 1024 * 1024
NO_ANSWER: Final = "NO_ANSWER"


async def run(attempt: Attempt) -> dict[str, Any]:
    """Carry the task out. Raises AttemptFailed."""
    inputs = attempt.inputs
    resource = await _resource(attempt)
    prompt = inputs.text("userPrompt", limit=MAX_PROMPT)
    name = inputs.text("converse_id", "", MAX_NAME)
    wants_json = _format(inputs.text("responseFormat", "text")) == "json"
    model = inputs.text("model", str(resource.values.get("model") or ""))
    if not model:
        raise bad_input("neither the task nor the resource names a model")
    said = await attempt.around.connections.exchanges(attempt.place, name) if name else ()
    # An attempt that is carried out again after a restart has asked already: its answer is what it was.
    mine = next((one for one in said if one.attempt_id == attempt.task.attempt_id), None)
    if mine is None:
        body = _request(attempt, model, prompt, said, wants_json)
        mine = _exchange(attempt, model, prompt, await _ask(attempt, resource, body))
    response = _parsed(mine.answer) if wants_json else mine.answer
    if name:
        await attempt.around.connections.remember(attempt.place, name, mine)
    return {
        attempt.key("response"): response,
        attempt.key("converse_id"): name or None,
        attempt.key("model"): mine.model,
        attempt.key("finishReason"): mine.finish or None,
        attempt.key("usage"): mine.usage,
    }


async def _resource(attempt: Attempt) -> OpenedResource:
    if attempt.resource is not None:
        return attempt.resource
    return await attempt.resource_of(attempt.inputs.text("teamId", None, 255))


def _format(text: str) -> str:
    if text not in ("text", "json"):
        raise bad_input("'responseFormat' is text or json")
    return text


def _request(attempt: Attempt, model: str, prompt: str, said: Sequence[Exchange], wants_json: bool) -> dict[str, Any]:
    inputs = attempt.inputs
    messages: list[dict[str, str]] = []
    system = inputs.text("systemPrompt", "", MAX_PROMPT)
    if system:
        messages.append({"role": "system", "content": system})
    for one in said:
        messages.append({"role": "user", "content": one.prompt})
        messages.append({"role": "assistant", "content": one.answer})
    messages.append({"role": "user", "content": prompt})
    body: dict[str, Any] = {"model": model, "messages": messages}
    if inputs.get("temperature") is not None:
        body["temperature"] = inputs.number("temperature", 0, 0, 10)
    if inputs.get("maxTokens") is not None:
        body["max_tokens"] = inputs.whole("maxTokens", 0, 1, 10_000_000)
    if wants_json:
        body["response_format"] = {"type": "json_object"}
    return body


async def _ask(attempt: Attempt, resource: OpenedResource, body: dict[str, Any]) -> WebAnswer:
    base = resource.values.get("baseUrl")
    if not isinstance(base, str) or not base:
        raise bad_input("the resource has no 'baseUrl'")
    url = str(checked_url(base.rstrip("/") + "/chat/completions"))
    headers = {"content-type": "application/json", "accept": "application/json"}
    authorization = authorization_of(attempt, resource.secret)
    if authorization:
        headers["authorization"] = authorization
    call = WebCall(
        "POST",
        url,
        headers,
        msgspec.json.encode(body),
        attempt.inputs.number("timeout", DEFAULT_SECONDS, 0.001, MAX_SECONDS),
        hosts=(origin_of(url).host,),
        insecure=bool(resource.values.get("allowInsecure")),
        keyed=True,
    )
    answer = await send(attempt, call)
    demand_success(attempt, call, answer)
    return answer


def _exchange(attempt: Attempt, model: str, prompt: str, answer: WebAnswer) -> Exchange:
    """What was asked and answered. Raises AttemptFailed (NO_ANSWER) where the answer holds no text."""
    try:
        found: Any = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise AttemptFailed(NO_ANSWER, "the endpoint's answer is not JSON", retryable=False) from None
    choice = _first(_member(found, "choices"))
    text = _member(_member(choice, "message"), "content")
    if not isinstance(text, str) or not text:
        raise AttemptFailed(NO_ANSWER, "the model gave no answer text", retryable=False)
    used, finish = _member(found, "usage"), _member(choice, "finish_reason")
    named = _member(found, "model")
    return Exchange(
        attempt.task.attempt_id,
        prompt,
        text,
        model=named if isinstance(named, str) and named else model,
        finish=finish if isinstance(finish, str) else "",
        usage={ours: _count(used, theirs) for ours, theirs in _USAGE},
    )


_USAGE: Final = (
    ("promptTokens", "prompt_tokens"),
    ("completionTokens", "completion_tokens"),
    ("totalTokens", "total_tokens"),
)


def _member(value: Any, key: str) -> Any:
    return cast("Mapping[str, Any]", value).get(key) if isinstance(value, dict) else None


def _first(value: Any) -> Any:
    return cast("list[Any]", value)[0] if isinstance(value, list) and value else None


def _count(used: Any, key: str) -> int:
    found = _member(used, key)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**53 else 0


def _parsed(text: str) -> Any:
    try:
        return to_json(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError, NotJson):
        raise AttemptFailed(NO_ANSWER, "the model's answer is not JSON", retryable=False) from None
