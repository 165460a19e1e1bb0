"""The test kit itself."""

from typing import Any

import httpx
import pytest

from weft_adapter import ActivityContext, ActivityError, activity
from weft_adapter.jsonvalue import NotJson
from weft_adapter.testing import FakeWorker, RecordingTransport, call


@activity
def plain(input: dict, ctx: ActivityContext) -> dict:
    ctx.log.info("seen")
    ctx.heartbeat()
    return {"status": ctx.http.get("/x").status_code, "attempt": ctx.attempt}


@activity
async def later(input: dict) -> Any:
    return object() if "bad" in input else 1


def test_plain_functions_run_with_a_blocking_client() -> None:
    worker = FakeWorker(RecordingTransport([lambda request: httpx.Response(418)]))
    assert call(plain, resource={"scheme": "http", "host": "h"}, attempt=2, worker=worker) == {
        "status": 418,
        "attempt": 2,
    }
    assert (worker.beats, worker.lines) == (1, [("info", "seen", {})])


def test_async_functions_results_and_inputs_are_treated_as_by_a_worker() -> None:
    assert call(later, {}) == 1
    with pytest.raises(NotJson):
        call(later, {"bad": 1})
    with pytest.raises(ActivityError) as caught:
        call(later, "text")
    assert caught.value.code == "INPUT_INVALID"


def test_requests_beyond_the_answers_fail_the_test() -> None:
    with pytest.raises(AssertionError, match="no answer is left"):
        call(plain, resource={"scheme": "http", "host": "h"}, transport=RecordingTransport())
