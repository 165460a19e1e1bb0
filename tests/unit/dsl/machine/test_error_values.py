from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.error_values import canonical_kind, error_type, error_value
from weft.dsl.machine.faults import Fault, fault


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("https://serverlessworkflow.io/spec/1.0.0/errors/timeout", "timeout"),
        ("https://open-workflow-specification.org/spec/1.0.0/errors/timeout", "timeout"),
        ("https://serverlessworkflow.io/dsl/errors/types/communication", "communication"),
        ("https://serverlessworkflow.io/spec/errors/runtime", "runtime"),
        ("runtime", "runtime"),
        ("https://example.com/errors/timeout", "https://example.com/errors/timeout"),
        (
            "https://serverlessworkflow.io/spec/1.0.0/errors/other",
            "https://serverlessworkflow.io/spec/1.0.0/errors/other",
        ),
    ],
)
def test_kinds(uri: str, kind: str) -> None:
    assert canonical_kind(uri) == kind


def test_types_are_emitted_under_one_base() -> None:
    assert error_type(fault("timeout", ""), "https://b/") == "https://b/timeout"
    assert error_type(Fault(kind="https://x/y", status=400), "https://b/") == "https://x/y"


def test_the_value_of_an_error_variable(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    value = error_value(turn, fault("timeout", "d", code="TIMEOUT", instance="/do/0/w"))
    assert value["type"] == "https://serverlessworkflow.io/spec/1.0.0/errors/timeout"
    assert (value["status"], value["instance"], value["code"], value["detail"]) == (408, "/do/0/w", "TIMEOUT", "d")
