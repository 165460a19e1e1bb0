from __future__ import annotations

from typing import get_args

from weft.api.workflowsvc import words
from weft.domain.jobs import Job, JobStatus


def job(status: str) -> Job:
    return Job(
        id="j", run="r", name="n", workflow_name="n", workflow_version="1", workflow_id="w", revision="x",
        status=status, started_at=1,
    )  # fmt: skip


def test_every_status_of_a_job_has_a_word():
    for status in get_args(JobStatus):
        assert words.run_status(job(status)) in words.RUN_STATES


def test_filters_read_the_words_backwards():
    for word, statuses in words.STATUSES_OF.items():
        assert {words.RUN_STATUS[status] for status in statuses} == {word}
    told = {status for statuses in words.STATUSES_OF.values() for status in statuses}
    assert told | {"continued"} == set(get_args(JobStatus))


def test_states_of_tasks():
    assert words.task_status("cancelled") == "CANCELED"
    assert words.task_status("completed_with_errors") == "COMPLETED_WITH_ERRORS"
    assert words.task_status("suspended") == "PAUSED"
    assert set(words.TASK_STATUS.values()) == set(words.TASK_STATES)
