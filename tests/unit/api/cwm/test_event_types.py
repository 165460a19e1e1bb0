from __future__ import annotations

import pytest

from weft.api.cwm.event_types import event_type_body, read_correlation, read_event_type
from weft.domain.errors import Invalid
from weft.domain.event_types import Correlation, EventType


def test_both_generations():
    older = read_event_type({"name": "n", "correlation": [{"contextAttributeName": "a", "contextAttributeValue": "v"}]})
    newer = read_event_type({"TYPE": "t", "correlationAttrs": ["a"], "payloadAttrs": {"Key": ".x"}})
    assert (older.name, older.correlation) == ("n", (Correlation("a", "v"),))
    assert (newer.type, newer.correlation, newer.payload_attributes) == ("t", (Correlation("a"),), {"Key": ".x"})
    assert older.data_only
    assert read_event_type({"correlation": [], "correlationAttrs": ["b"]}).correlation == (Correlation("b"),)


@pytest.mark.parametrize("value", [7, {}, [7], [{}], [""], [{"contextAttributeValue": "v"}]])
def test_no_correlation(value):
    with pytest.raises(Invalid):
        read_correlation(value)


def test_refused():
    for body in ([], {"payloadAttrs": []}, {"dataOnly": "maybe"}, {"name": []}):
        with pytest.raises(Invalid):
            read_event_type(body)


def test_answer():
    record = EventType(name="n", type="t", kind="consumed", created_at=0, updated_at=0, correlation=(Correlation("a"),))
    body = event_type_body(record)
    assert (
        body["correlation"] == body["correlationAttrs"] == [{"contextAttributeName": "a", "contextAttributeValue": ""}]
    )
    assert (body["state"], body["internallyManagedListener"], body["dataOnly"]) == (False, False, True)
    assert read_event_type(body).correlation == record.correlation
