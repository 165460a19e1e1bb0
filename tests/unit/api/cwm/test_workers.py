from __future__ import annotations

import pytest

from weft.api.cwm.workers import result, summary, word
from weft.domain.adapters import SYSTEM_FUNCTIONS
from weft.domain.workers import Worker
from weft.ports.workers import WorkerState
from weft.services.workers import WorkerView


@pytest.mark.parametrize(
    ("state", "text"),
    [(WorkerState.RUNNING, "Running"), (WorkerState.INITIALIZING, "Initializing"), (WorkerState.STOPPED, "Stopped")],
)
def test_words(state, text):
    assert word(state) == text


def test_numbers_are_the_apis():
    assert [int(state) for state in WorkerState] == list(range(9))


def test_outcomes():
    assert result("done", "w") == {"errorCode": 0, "message": ""}
    assert result("already_running", "w") == {"errorCode": 8, "message": "worker w is running"}
    assert result("already_stopped", "w")["errorCode"] == 9


def test_summary():
    record = Worker(name="w", id="1", items=(), created_at=0, updated_at=0)
    view = WorkerView(record, WorkerState.FAILED, WorkerState.RUNNING, list(SYSTEM_FUNCTIONS), "why", "node-1/7")
    body = summary(view)
    assert (body["status"], body["adminStatus"], body["activeError"]) == ("Failed", "Running", "why")
    assert body["activities"] == [{"adapterId": "system.function.v1.0.0", "numOfActivities": 2}]
