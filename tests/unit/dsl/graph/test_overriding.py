"""The run input laid over the only REST call."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget
from weft.dsl.graph.overriding import laid_over, overridden
from weft.dsl.machine.nodes.workflow_facts import VARIABLES, WORKFLOW
from weft.dsl.machine.program import Source

OWN = {"url": "https://h/a", "_auth": {"_type": "Basic"}, "_args": {"headers": {"k": "v"}}, "_resourceId": "r", "n": 1}


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ({"other": 1}, OWN),
        ({"_method": "PUT"}, {**OWN, "_method": "PUT"}),
        ({"_auth": None}, {**OWN, "_auth": None}),
        ({"url": "https://evil"}, OWN),
        ({"_url": "https://evil/a"}, {"_url": "https://evil/a", "n": 1}),
        ({"_url": "http://h/a"}, {"_url": "http://h/a", "n": 1}),
        ({"_url": "https://h:444/a"}, {"_url": "https://h:444/a", "n": 1}),
        ({"_url": "//evil/a"}, {"_url": "//evil/a", "n": 1}),
        ({"_url": 3}, {"_url": 3, "n": 1}),
        ({"_url": "https://evil", "_auth": {"t": 1}}, {"_url": "https://evil", "_auth": {"t": 1}, "n": 1}),
    ],
)
def test_members_are_replaced_as_a_whole(run: dict[str, Any], expected: dict[str, Any]) -> None:
    assert laid_over(OWN, run) == expected


@pytest.mark.parametrize("address", ["https://H:443/b", "/b"])
def test_the_same_origin_keeps_what_is_stored(address: str) -> None:
    found = laid_over(OWN, {"_url": address})
    assert found == {**{key: item for key, item in OWN.items() if key != "url"}, "_url": address}


def test_a_call_through_a_resource_alone_has_no_origin_of_its_own() -> None:
    assert laid_over({"_url": "/a", "_resourceId": "r"}, {"_url": "https://evil"}) == {"_url": "https://evil"}


def test_the_source_sees_the_run_input() -> None:
    run = {"input": {"_method": "PUT"}}
    assert overridden(None).evaluate(None, (run,), Budget()) == {"_method": "PUT"}
    inner = Source(lambda _value, vars, _budget: {"v": vars[0]}, (VARIABLES,), "t")
    assert overridden(inner).needs == (VARIABLES, WORKFLOW)
    assert overridden(inner).evaluate(None, (1, run), Budget()) == {"v": 1, "_method": "PUT"}
    both = Source(lambda _value, vars, _budget: {}, (WORKFLOW,), "t")
    assert overridden(both).needs == (WORKFLOW,)
