"""What all tasks may say."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.graph.builder import Builder, Keys
from weft.dsl.graph.policies import common, names_of, retry_of


def test_defaults(builder: Builder) -> None:
    spec = common(Keys(builder, {}, ""), "HTTP", "a", 3, None, None, top=True)
    assert (spec.retry.count, spec.retry.delay_ms, spec.retry.logic, spec.policy) == (3, 60_000, "fixed", "end")
    assert (spec.response_ms, spec.timeout_ms, spec.optional, spec.top) == (3_600_000, 0, False, True)


def test_what_is_written(builder: Builder) -> None:
    given = {
        "retryCount": 0,
        "_retryLogic": "LINEAR BACK",
        "backoffScaleFactor": 2.5,
        "_timeoutPolicy": "RETRY",
        "timeoutSeconds": 4,
        "_totalTimeoutSeconds": 9,
        "startDelay": 1,
        "_optional": True,
    }
    keys = Keys(builder, given, "", {"backoffRate": ("backoffScaleFactor",)})
    spec = common(keys, "HTTP", "a", 3, None, None, top=False)
    assert not builder.problems
    assert (spec.retry.count, spec.retry.logic, spec.retry.rate) == (0, "linear", 2.5)
    assert (spec.policy, spec.timeout_ms, spec.total_ms, spec.delay_ms, spec.optional) == (
        "retry",
        4_000,
        9_000,
        1_000,
        True,
    )


def test_types_without_retries(builder: Builder) -> None:
    assert retry_of(Keys(builder, {"retryCount": 5}, ""), -1).count == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"retryCount": 11}, "range"),
        ({"retryLogic": "SOMETIMES"}, "enum"),
        ({"timeoutPolicy": "NEVER"}, "enum"),
        ({"backoffRate": "x"}, "type"),
        ({"optional": "yes"}, "type"),
        ({"retryDelaySeconds": 90_000}, "range"),
    ],
)
def test_what_is_refused(builder: Builder, given: dict[str, Any], code: str) -> None:
    common(Keys(builder, given, ""), "HTTP", "a", 3, None, None, top=False)
    assert [problem.code for problem in builder.problems] == [code]


def test_the_end_is_not_optional(builder: Builder) -> None:
    common(Keys(builder, {"optional": True}, ""), "TERMINATE", "a", -1, None, None, top=False)
    assert builder.problems[0].code == "unsupported-optional"


def test_names() -> None:
    assert (names_of(["a", 1, "b"]), names_of("a")) == (["a", "b"], [])
