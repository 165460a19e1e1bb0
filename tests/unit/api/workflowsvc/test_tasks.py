from __future__ import annotations

import pytest

from weft.api.workflowsvc.errors import Wrong
from weft.api.workflowsvc.scoping import Asked
from weft.api.workflowsvc.tasks import below, read_answer
from weft.services.job_tasks import TaskRecord

pytestmark = pytest.mark.anyio


def record(ident: str, parent: str = "", iteration: int = 0) -> TaskRecord:
    return TaskRecord(
        id=ident, key=ident, name=ident, type="HTTP", number=1, status="queued", parent=parent, iteration=iteration
    )


def test_the_tasks_of_a_loop_are_those_that_it_has_made():
    records = [
        record("loop"), record("a1", "loop", 1), record("fork1", "loop", 1), record("b1", "fork1", 1),
        record("a2", "loop", 2), record("behind"), record("other", "behind"),
    ]  # fmt: skip
    assert [one.id for one in below(records[0], records)] == ["a1", "fork1", "b1", "a2"]


async def read(call, body):
    return await read_answer(Asked(call(body=body), None, None, None, None))  # type: ignore[arg-type]


async def test_answers(call):
    assert await read(call, {"_userInput": {"a": 1}}) == ({"a": 1}, False, "")
    assert await read(call, {"_userInput": {}, "_status": "failed", "_reason": "x"}) == ({}, True, "x")


@pytest.mark.parametrize(
    "body",
    [{}, {"_userInput": []}, {"_userInput": None}, [], {"_userInput": {}, "_status": "DONE"},
     {"_userInput": {}, "_status": 1}, {"_userInput": {}, "_reason": "x" * 1001}],
)  # fmt: skip
async def test_what_is_no_answer(call, body):
    with pytest.raises(Wrong) as caught:
        await read(call, body)
    assert caught.value.code == "invalid_user_input"
