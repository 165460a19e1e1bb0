from __future__ import annotations

import pytest

from weft.connectors.failures import (
    MAX_REASON,
    AttemptFailed,
    bad_input,
    http_status,
    overdue,
    refused_egress,
    unreachable,
)


def test_the_reason_is_cut_in_bytes():
    problem = http_status(500, "é" * 2000, "GET x")
    assert len(problem.message.encode()) <= MAX_REASON and set(problem.message) == {"é"}
    assert http_status(404, "", "GET x").message == "GET x: 404"


def test_what_is_worth_another_attempt():
    assert unreachable("x").retryable and overdue("x", 5).retryable
    assert not bad_input("x").retryable and not refused_egress("x").retryable
    assert "5 s" in overdue("x", 5).message


@pytest.mark.parametrize(("given", "kept"), [(-5, 0), (1, 1), (10**9, 3_600_000)])
def test_a_wait_is_at_most_an_hour(given, kept):
    assert AttemptFailed("X", "x", True, given).retry_after_ms == kept
