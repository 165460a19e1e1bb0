from __future__ import annotations

from weft.api.workflow_execution import envelope
from weft.api.workflow_execution.problems import Entry


def test_the_four_forms():
    meta = {"errors": [], "validation": [], "info": {}}
    assert envelope.success({"a": 1}, {"s": 2}) == {"meta": {**meta, "info": {"s": 2}}, "data": {"a": 1}}
    assert envelope.listed([], 3, {}) == {"meta": meta, "data": [], "totalItemsCount": 3}
    error = {"code": "c", "message": "m"}
    assert envelope.refused("c", "m") == {"meta": {**meta, "errors": [error]}, "data": None}
    entry = {"property": "p", "message": "m"}
    assert envelope.invalid([Entry("p", "m")]) == {"meta": {**meta, "validation": [entry]}, "data": None}
