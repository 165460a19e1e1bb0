from __future__ import annotations

import pytest

from weft.domain.event_types import Correlation, EventType, correlation_of, endpoint_fits, filters_fit, source_fits


def event_type(**more):
    return EventType(name="n", type="t", kind="consumed", created_at=1, updated_at=1, **more)


@pytest.mark.parametrize(("source", "fits"), [("", True), ("*", True), ("s", True), ("other", False)])
def test_sources(source, fits):
    assert source_fits(event_type(source=source), "s") is fits


def test_endpoints():
    assert endpoint_fits(event_type(endpoint="alarms"), None)
    assert endpoint_fits(event_type(endpoint="/alarms/"), "alarms")
    assert not endpoint_fits(event_type(endpoint="alarms"), "other")


def test_attributes_without_case():
    one = event_type(correlation=(Correlation("Device"), Correlation("absent"), Correlation("data")))
    assert correlation_of(one, {"DEVICE": "r1", "data": {}}) == {"device": "r1"}


def test_filters():
    one = event_type(correlation=(Correlation("device", "r1"), Correlation("count", "2"), Correlation("free")))
    assert filters_fit(one, {"device": "r1", "count": 2})
    assert not filters_fit(one, {"device": "r2", "count": 2})
    assert not filters_fit(one, {})
