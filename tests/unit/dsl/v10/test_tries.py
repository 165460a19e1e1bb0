from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.durations import Duration
from weft.dsl.machine.program import DONE, END, ErrorFilter
from weft.dsl.v10.tries import error_filter

S = {"set": {"k": 1}}


def test_filters() -> None:
    uri = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout"
    assert error_filter({"type": uri, "status": 408, "details": "d"}) == ErrorFilter(
        kind="timeout", status=408, detail="d"
    )
    assert error_filter({"status": "503", "detail": "a", "details": "b"}) == ErrorFilter(status=503, detail="a")
    assert error_filter({"status": True, "title": 5}) == ErrorFilter()


def test_catch(node: Callable[..., Any]) -> None:
    made = node(
        {
            "try": [{"a": S}],
            "catch": {"as": "e", "when": "$e.status == 1", "do": [{"h": {"set": {"k": "${ $e }"}}}], "then": "end"},
        }
    )
    spec = made.spec
    assert (made.kind, spec.error, spec.then, spec.has_then) == ("guard", "e", END, True)
    assert spec.when.needs == ("e",) and spec.handler >= 0
    plain = node({"try": [{"a": S}], "catch": {}}).spec
    assert (plain.handler, plain.has_then, plain.then, plain.retry) == (-1, False, DONE, None)


def test_the_error_is_bound_in_the_handler_only(codes: Callable[..., Any]) -> None:
    found = codes(
        [
            {
                "x": {
                    "try": [{"a": {"set": {"k": "${ $error }"}}}],
                    "catch": {"do": [{"h": {"set": {"k": "${ $error }"}}}]},
                }
            }
        ]
    )
    assert [pointer for code, pointer in found if code == "expression-variable"] == ["/do/0/x/try/0/a/set/k"]


def test_policies(node: Callable[..., Any]) -> None:
    policy = {
        "delay": "PT1S",
        "backoff": {"exponential": {}},
        "jitter": {"from": {"seconds": 1}, "to": {"seconds": 2}},
        "limit": {"attempt": {"count": 3, "duration": "PT5S"}, "duration": "PT1M"},
        "when": "$error.status == 503",
    }
    for catch, root in (({"retry": policy}, {}), ({"retry": "p"}, {"use": {"retries": {"p": policy}}})):
        spec = node({"try": [{"a": S}], "catch": catch}, **root).spec.retry
        assert (spec.backoff, spec.count, spec.delay.fixed) == ("exponential", 3, Duration(1000))
        assert (spec.jitter_from.fixed, spec.jitter_to.fixed) == (Duration(1000), Duration(2000))
        assert (spec.attempt_limit.fixed, spec.total_limit.fixed) == (Duration(5000), Duration(60_000))
        assert spec.when.needs == ("error",) and spec.except_when is None
    assert node({"try": [{"a": S}], "catch": {"retry": {"delay": "PT1S"}}}).spec.retry.count == -1
