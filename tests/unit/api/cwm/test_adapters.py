from __future__ import annotations

from weft.api.cwm.adapters import activity_body, adapter_body
from weft.domain.adapters import SYSTEM_FUNCTIONS, Adapter
from weft.services.adapters import AdapterView


def test_answer():
    record = Adapter(
        id="a.b.v1.0.0", vendor="a", product="b", version="v1.0.0", created_at=0, updated_at=1, uploaded=True,
        activities=SYSTEM_FUNCTIONS,
    )  # fmt: skip
    body = adapter_body(AdapterView(record, in_use=True))
    assert (body["id"], body["adapterId"], body["inUseStatus"]) == ("a.b.v1.0.0", "a.b.v1.0.0", True)
    assert body["activities"] == []
    record.deployed = True
    assert len(adapter_body(AdapterView(record, in_use=True))["activities"]) == 2


def test_activities():
    body = activity_body(SYSTEM_FUNCTIONS[0])
    assert (body["adapterId"], body["packageName"], body["name"]) == ("system.function.v1.0.0", "common", "NoOp")
    assert set(body) == {"id", "adapterId", "packageName", "name", "description", "inputSchema", "outputSchema"}
