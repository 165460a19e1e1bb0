"""Which subscriptions an event fits."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from weft.dsl.machine.commands import Correlate, Filter
from weft.engines.embedded.codec import encode
from weft.engines.embedded.correlation import attributes_of, fits, matches
from weft.ports.runs import SubscriptionRow

EVENT = {"id": "1", "type": "up", "source": "lab", "Device": "r1", "count": 5, "ok": True, "data": {"secret": 1}}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (Filter(), True),
        (Filter(type="up"), True),
        (Filter(type="down"), False),
        (Filter(source="lab"), True),
        (Filter(source="*"), True),
        (Filter(source="other"), False),
        (Filter(attributes={"device": "r1"}), True),
        (Filter(attributes={"count": "5", "ok": "true"}), True),
        (Filter(attributes={"device": "r2"}), False),
        (Filter(attributes={"data": "x"}), False),
        (Filter(correlate=(Correlate("DEVICE", "r1"),)), True),
        (Filter(correlate=(Correlate("device", "r1"), Correlate("count", 5))), True),
        (Filter(correlate=(Correlate("count", "5"),)), True),
        (Filter(correlate=(Correlate("ok", "true"),)), True),
        (Filter(correlate=(Correlate("ok", 1),)), False),
        (Filter(correlate=(Correlate("device", None),)), False),
        (Filter(correlate=(Correlate("device"),)), True),
        (Filter(correlate=(Correlate("missing"),)), False),
        (Filter(correlate=(Correlate("severity", "major"),)), True),
        (Filter(correlate=(Correlate("device", "r1", path=".x"),)), False),
    ],
)
def test_filters(filter_: Filter, expected: bool) -> None:
    assert fits(filter_, EVENT, attributes_of(EVENT, {"Severity": "major"})) is expected


def row(run: int, ref: str, index: int, filter_: Filter, standing: bool = False) -> SubscriptionRow:
    return SubscriptionRow(run, ref, index, "t", filter_.type, encode((filter_, standing)))


def test_one_match_per_subscription_and_waits_before_standing_ones() -> None:
    device: Any = Correlate("device", msgspec.UNSET)
    rows = [
        row(1, "e1", 0, Filter(type="down")),
        row(1, "e1", 1, Filter(type="up", correlate=(device,))),
        row(1, "e1", 2, Filter()),
        row(1, "e2", 0, Filter(type="up"), standing=True),
        row(2, "e1", 0, Filter(type="up"), standing=True),
        row(2, "e2", 0, Filter(source="other")),
    ]
    found = matches(rows, EVENT, {})
    assert [(match.run, match.ref, match.filter, match.keys) for match in found] == [
        (1, "e1", 1, {"device": "r1"}),
        (2, "e1", 0, {}),
    ]
