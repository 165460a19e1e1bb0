from __future__ import annotations

from collections import Counter

from weft.api.cwm.dialect import CwmServices, dialect
from weft.web.operations import Operation


def made(more=()):
    services = CwmServices(**dict.fromkeys(CwmServices.__struct_fields__))
    return dialect(services, more)


def test_no_operation_twice():
    operations = made().operations
    assert max(Counter((one.method, one.path) for one in operations).values()) == 1
    assert max(Counter(one.name for one in operations).values()) == 1


def test_mounts_and_more():
    extra = Operation(method="GET", path="/job", name="listJobs", permission="job.list", summary="", handler=None)
    found = made((extra,))
    assert found.mounts == {"v1": "/crosswork/cwm/v1", "v2": "/crosswork/cwm/v2"}
    assert extra in found.operations
    assert found.max_depth == 100


def test_shown_operations_are_documented():
    for one in made().operations:
        if not one.hidden:
            assert one.summary and one.responses and one.family, one.name
            assert {401, 403} <= set(one.responses), one.name
            if one.method in ("PUT", "PATCH"):
                assert one.request is not None, one.name
