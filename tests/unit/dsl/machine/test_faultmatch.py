"""Which handler takes a fault."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.faultmatch import Caught, ErrorMatch, codes_of, normal_code, pick
from weft.dsl.machine.faults import Fault, fault


@pytest.mark.parametrize(
    ("code", "normal"),
    [(503, "HTTP_STATUS_503"), ("503", "HTTP_STATUS_503"), (" X ", "X"), (None, ""), (True, ""), (5030, "5030")],
)
def test_codes_are_normalised(code: Any, normal: str) -> None:
    assert normal_code(code) == normal


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (Fault("runtime", 500, code="404"), ("HTTP_STATUS_404",)),
        (Fault("communication", 503), ("HTTP_STATUS_503",)),
        (Fault("timeout", 408), ("TIMEOUT",)),
        (Fault("runtime", 500), ("runtime",)),
    ],
)
def test_codes_of_faults(fault: Fault, codes: tuple[str, ...]) -> None:
    assert codes_of(fault) == codes


def caught(*matches: ErrorMatch) -> Caught:
    return Caught(matches)


def test_exact_codes_come_before_the_default() -> None:
    handlers = [
        caught(ErrorMatch(code="DEFAULT")),
        caught(ErrorMatch(code="A"), ErrorMatch(code="B")),
        caught(ErrorMatch(code="B")),
    ]
    assert pick(handlers, Fault("runtime", 500, code="B")) == 1
    assert pick(handlers, Fault("runtime", 500, code="C")) == 0
    assert pick(handlers[1:], Fault("runtime", 500, code="C")) == -1
    assert pick(handlers, Fault("runtime", 500, code="DEFAULT")) == 0


def test_names_match_codes_and_titles() -> None:
    handlers = [caught(ErrorMatch(name="busy"))]
    assert pick(handlers, Fault("runtime", 500, code="busy")) == 0
    assert pick(handlers, Fault("runtime", 500, code="X", title="busy")) == 0
    assert pick(handlers, Fault("runtime", 500, code="X")) == -1


def test_parts() -> None:
    any_but = Caught((), (ErrorMatch(status="400"),), by_parts=True)
    assert pick([any_but], Fault("runtime", 500)) == 0
    assert pick([any_but], Fault("validation", 400)) == -1
    by_type = Caught((ErrorMatch(kind="urn:x"),), by_parts=True)
    assert pick([by_type], Fault("runtime", 500, type="urn:x")) == 0
    assert pick([by_type], Fault("urn:x", 500)) == 0
    assert pick([by_type], Fault("runtime", 500)) == -1
    # DEFAULT is of the other model
    assert pick([Caught((ErrorMatch(code="DEFAULT", status="1"),), by_parts=True)], Fault("runtime", 500)) == -1


def test_a_stopped_expression_is_taken_by_handlers_of_both_codes():
    assert codes_of(fault("expression", "used more than 200000 steps", code="BUDGET")) == ("BUDGET", "EXPRESSION")
    assert codes_of(fault("expression", "no", code="EXPRESSION")) == ("EXPRESSION",)
