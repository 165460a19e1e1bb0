from __future__ import annotations

import json

import pytest

from weft.api.workflow_execution.once import Once, fingerprint
from weft.api.workflow_execution.problems import BadRequest
from weft.domain.access import Principal
from weft.web.answers import encode
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio


class Kept:
    """Remembers one answer per scope."""

    def __init__(self):
        self.known = {}
        self.asked = []

    async def guarded(self, scope, print_, work):
        self.asked.append((scope, print_))
        if scope in self.known:
            return self.known[scope], True
        return await work(lambda tx, kept: self.known.__setitem__(scope, kept)), False


async def ask(asked, kept, key, made, value=None, path="/p"):
    async def work(keep):
        made.append(1)
        answer = Answer(status=202, body={"number": len(made)}, headers={"Location": "/x"})
        keep(None, answer)
        return answer

    headers = {} if key is None else {"idempotency-key": key}
    principal = Principal("client:a", tenant="acme")
    return await Once(kept).answer(asked(headers=headers, value=value, principal=principal), path, work)


async def test_without_a_key_everything_is_new(asked):
    kept, made = Kept(), []
    await ask(asked, kept, None, made)
    await ask(asked, kept, None, made)
    assert (len(made), kept.asked) == (2, [])


async def test_with_a_key_the_first_answer_comes_again(asked):
    kept, made = Kept(), []
    first = await ask(asked, kept, "k", made)
    again = await ask(asked, kept, '"k"', made)
    assert len(made) == 1
    assert (again.status, json.loads(encode(again)), json.loads(encode(first))) == (202, {"number": 1}, {"number": 1})
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers == {"Location": "/x", "Idempotent-Replayed": "true"}
    assert kept.asked[0][0].split("\n") == ["acme", "client:a", "POST", "/p", "k"]


async def test_a_key_that_is_none(asked):
    for key in ("", "x" * 256, "a b"):
        with pytest.raises(BadRequest) as caught:
            await ask(asked, Kept(), key, [])
        assert [entry.property for entry in caught.value.entries] == ["Idempotency-Key"]


def test_the_order_of_members_does_not_count():
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
