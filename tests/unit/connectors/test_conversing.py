"""The task that asks a language model, against a server that behaves as such endpoints do."""

from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed
from weft.ports.connections import OpenedResource

pytestmark = pytest.mark.anyio
AI = "tasklist:AI_CONVERSE"


@pytest.fixture
def model(web, reply):
    """Answers `echo: <last prompt>`, and counts tokens by words."""

    def answer(asked):
        assert asked.path == "/v1/chat/completions" and asked.headers["authorization"] == "Bearer k3y"
        words = len(asked.json["messages"])
        text = f"echo: {asked.json['messages'][-1]['content']}"
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": words, "completion_tokens": 2, "total_tokens": words + 2}
        return reply(200, {"id": "x", "object": "chat.completion", "model": "m-1", "choices": [choice], "usage": usage})

    web.answer = answer
    return web


def config(web) -> dict:
    return {
        "config": {"resourceId": "ai"},
        "resource": {"baseUrl": f"{web.url}/v1/", "model": "m-1"},
        "secret": {"apiKey": "k3y"},
    }


async def test_one_question(desk, model):
    input = {"_userPrompt": "hi ${x}", "_systemPrompt": "be brief", "_temperature": 0.5, "_maxTokens": 9}
    output = await desk.run(AI, input, **config(model))
    assert output == {
        "_response": "echo: hi ${x}",
        "_converse_id": None,
        "_model": "m-1",
        "_finishReason": "stop",
        "_usage": {"promptTokens": 2, "completionTokens": 2, "totalTokens": 4},
    }
    asked = model.asked[0].json
    assert asked["messages"][0] == {"role": "system", "content": "be brief"}
    assert asked["temperature"] == 0.5 and asked["max_tokens"] == 9 and "response_format" not in asked
    assert model.asked[0].headers["idempotency-key"] == "attempt-1"


async def test_a_resource_named_as_team(desk, model):
    desk.records.resources["team"] = OpenedResource({"baseUrl": f"{model.url}/v1", "model": "m"}, {"token": "k3y"})
    output = await desk.run("graph:ai", {"userPrompt": "q", "teamId": "team"})
    assert output["response"] == "echo: q" and set(output) >= {"converse_id", "finishReason", "usage"}
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, {"_userPrompt": "q", "_teamId": "nobody"})
    assert caught.value.code == "RESOURCE_NOT_FOUND"


async def test_a_conversation_is_kept(desk, model):
    for number in range(3):
        await desk.run(
            AI, {"_userPrompt": f"q{number}", "_converse_id": "c"}, attempt_id=f"at-{number}", **config(model)
        )
    roles = [(one["role"], one["content"]) for one in model.asked[2].json["messages"]]
    assert roles == [
        ("user", "q0"),
        ("assistant", "echo: q0"),
        ("user", "q1"),
        ("assistant", "echo: q1"),
        ("user", "q2"),
    ]
    assert [one.prompt for one in desk.records.said["c"]] == ["q0", "q1", "q2"]


async def test_a_conversation_has_fifty_messages(desk, model):
    for number in range(30):
        await desk.run(
            AI, {"_userPrompt": f"q{number}", "_converse_id": "c"}, attempt_id=f"at-{number}", **config(model)
        )
    assert len(desk.records.said["c"]) == 25 and desk.records.said["c"][0].prompt == "q5"
    assert len(model.asked[-1].json["messages"]) == 51


async def test_an_attempt_that_is_handed_out_again_does_not_ask_again(desk, model):
    input = {"_userPrompt": "q", "_converse_id": "c"}
    first = await desk.run(AI, input, **config(model))
    assert await desk.run(AI, input, **config(model)) == first
    assert len(model.asked) == 1 and len(desk.records.said["c"]) == 1


async def test_json_answers_are_parsed(desk, web, reply):
    text = '{"a": [1]}'
    web.answer = lambda asked: reply(200, {"choices": [{"message": {"content": text}}]})
    more = config(web)
    output = await desk.run(AI, {"_userPrompt": "q", "_responseFormat": "json", "_model": "m-2"}, **more)
    assert output["_response"] == {"a": [1]} and output["_model"] == "m-2" and output["_finishReason"] is None
    assert web.asked[0].json["response_format"] == {"type": "json_object"} and web.asked[0].json["model"] == "m-2"
    text = "no json"
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, {"_userPrompt": "q", "_responseFormat": "json"}, **more)
    assert caught.value.code == "NO_ANSWER" and not caught.value.retryable


@pytest.mark.parametrize("body", ["nothing", {}, {"choices": []}, {"choices": [{"message": {"content": None}}]}])
async def test_no_answer_text_fails_for_good(desk, web, reply, body):
    web.answer = lambda asked: reply(200, body)
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, {"_userPrompt": "q"}, **config(web))
    assert not caught.value.retryable


async def test_too_many_requests_tell_when_to_come_again(desk, web, reply):
    web.answer = lambda asked: reply(429, {"error": "slow down"}, retry_after="5")
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, {"_userPrompt": "q"}, **config(web))
    assert caught.value.retryable and caught.value.retry_after_ms == 5000


@pytest.mark.parametrize(
    "input", [{}, {"_userPrompt": ""}, {"_userPrompt": "q", "_responseFormat": "xml"}, {"_userPrompt": [1]}]
)
async def test_wrong_input(desk, web, input):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, input, **config(web))
    assert caught.value.code == "INPUT_INVALID"


async def test_a_resource_that_is_none_for_models(desk, web):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, {"_userPrompt": "q"}, config={"resourceId": "x"}, resource={"host": "h", "model": "m"})
    assert "baseUrl" in caught.value.message
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(AI, {"_userPrompt": "q"}, config={"resourceId": "x"}, resource={"baseUrl": web.url})
    assert "model" in caught.value.message
