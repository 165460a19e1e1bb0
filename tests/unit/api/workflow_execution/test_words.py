from __future__ import annotations

from typing import get_args

from weft.api.workflow_execution.schemas import ExecutionStatus, TaskStatus
from weft.api.workflow_execution.words import EXECUTION, FAILED, FINISHED, IN_QUEUE, TASK, status_of
from weft.domain.jobs import CLOSED, Job, JobStatus


def test_every_status_of_a_job_has_a_word():
    assert set(EXECUTION) == set(get_args(JobStatus))
    assert set(EXECUTION.values()) == set(get_args(ExecutionStatus))
    assert {EXECUTION[status] for status in CLOSED - {"continued"}} == FINISHED


def test_words_of_tasks_are_those_of_the_schema():
    assert set(TASK.values()) == set(get_args(TaskStatus))
    assert set(TASK.values()) >= FAILED | IN_QUEUE


def test_status_of_a_job():
    job = Job("j", "r", "n", "w", "1", "wid", "d", "suspended", 0)
    assert status_of(job) == "paused"
