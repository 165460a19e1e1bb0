from __future__ import annotations

import pytest

from weft.api.workflow_execution.once import Once
from weft.api.workflow_execution.problems import BadRequest
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio


class Answers:
    """Keeps nothing, and tells in which scopes it was asked."""

    def __init__(self):
        self.scopes = []

    async def guarded(self, scope, print_, work):
        self.scopes.append(scope)
        return await work(lambda tx, kept: None), False


async def done(keep):
    answer = Answer(body={})
    keep(None, answer)
    return answer


async def test_a_key_is_taken_for_the_path(asked):
    answers = Answers()
    await Once(answers).answer(asked(headers={"idempotency-key": "k"}), "/p", done)
    assert [scope.split("\n")[-2:] for scope in answers.scopes] == [["/p", "k"]]
    await Once(answers).answer(asked(), "/p", done)
    assert len(answers.scopes) == 1


async def test_a_key_that_is_none_is_told_as_a_property(asked):
    for key in ("", "x" * 256, "a b"):
        with pytest.raises(BadRequest) as caught:
            await Once(Answers()).answer(asked(headers={"idempotency-key": key}), "/p", done)
        assert [entry.property for entry in caught.value.entries] == ["Idempotency-Key"]
