"""Retry policies by dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.retrying import SERVER_DEFAULT, in_force
from weft.dsl.v08.lowering import Lowering
from weft.dsl.v08.retries import AUTOMATIC, policy_by, read_policy, retry_of_action

Make = Callable[..., Lowering]
RETRIES = [{"name": "r", "delay": "PT2S", "maxAttempts": 3}]


def test_an_entry(lowering: Make) -> None:
    body = {
        "delay": "PT1S",
        "maxDelay": "PT1M",
        "increment": "PT2S",
        "multiplier": "1.5",
        "maxAttempts": "4",
        "jitter": 0.5,
    }
    policy = read_policy(body, "/retries/0", lowering())
    assert (policy.delay, policy.max_delay, policy.increment, policy.multiplier) == (1000, 60_000, 2000, 1.5)
    assert (policy.attempts, policy.jitter) == (4, 0.5)
    assert read_policy({"jitter": "PT3S"}, "/r", lowering()).jitter_ms == 3000


def test_missing_members(lowering: Make) -> None:
    assert read_policy({}, "/r", lowering()).multiplier == 1.0
    cwm = read_policy({}, "/r", lowering("cwm"))
    assert (cwm.delay, cwm.multiplier, cwm.max_delay, cwm.attempts, cwm.jitter) == (-1, -1, -1, 0, 0)
    assert in_force(cwm, {"retryDelay": 3}).delay == 3000


@pytest.mark.parametrize(
    ("dialect", "attempts", "severity"), [("v08", 1, "warning"), ("v09", 1, "error"), ("cwm", 0, None)]
)
def test_no_attempts(lowering: Make, dialect: str, attempts: int, severity: str | None) -> None:
    made = lowering(dialect)
    assert read_policy({"maxAttempts": 0}, "/r", made).attempts == attempts
    assert [p.severity for p in made.draft.problems] == ([severity] if severity else [])


def test_texts_that_are_no_numbers(lowering: Make) -> None:
    made = lowering()
    read_policy({"multiplier": "many", "maxAttempts": "-1", "delay": "soon"}, "/r", made)
    assert {(p.code, p.pointer) for p in made.draft.problems} == {
        ("number-text", "/r/multiplier"),
        ("number-text", "/r/maxAttempts"),
        ("duration", "/r/delay"),
    }


def test_v08_needs_a_policy(lowering: Make) -> None:
    made = lowering(retries=RETRIES, errors=[{"name": "busy", "code": 503}])
    assert retry_of_action({}, "/a", made, activity=True) is None
    by_name = retry_of_action({"retryRef": "r", "retryableErrors": ["busy"]}, "/a", made, activity=True)
    assert by_name is not None
    assert (by_name.attempts, by_name.only) == (3, frozenset({"HTTP_STATUS_503"}))


def test_auto_retries(lowering: Make) -> None:
    made = lowering(autoRetries=True, errors=[{"name": "gone", "code": "404"}])
    found = retry_of_action({"nonRetryableErrors": ["gone"]}, "/a", made, activity=True)
    assert found is not None
    assert (found.delay, found.never, found.only) == (AUTOMATIC.delay, frozenset({"HTTP_STATUS_404"}), None)


def test_cwm_has_a_default_for_activities(lowering: Make) -> None:
    made = lowering("cwm")
    found = retry_of_action({"nonRetryableErrors": ["HTTP_STATUS_404"]}, "/a", made, activity=True)
    assert found is not None
    assert (found.name, found.never) == (SERVER_DEFAULT.name, frozenset({"HTTP_STATUS_404"}))
    assert retry_of_action({}, "/a", made, activity=False) is None
    assert made.draft.problems == []


def test_names_that_are_none(lowering: Make) -> None:
    made = lowering()
    retry_of_action({"retryRef": "x", "retryableErrors": ["y"]}, "/a", made, activity=True)
    assert {(p.code, p.pointer) for p in made.draft.problems} == {
        ("ref-retry", "/a/retryRef"),
        ("ref-error", "/a/retryableErrors/0"),
    }


def test_a_policy_in_line(lowering: Make) -> None:
    made = lowering("v09", retries=RETRIES)
    given: list[Any] = ["r", {"delay": "PT4S", "maxAttempts": 2}, 5]
    assert [p.delay if p else None for p in (policy_by(value, "/h", made) for value in given)] == [2000, 4000, None]
