from __future__ import annotations

import pytest

from weft.domain.errors import Forbidden
from weft.dsl.machine.faults import Fault
from weft.services.system_functions import SystemFunctions

BASE = "system.function.v1.0.0.common"


def test_no_op():
    assert SystemFunctions().run(f"{BASE}.NoOp", {"any": "thing"}) == {}


def test_fail_job():
    found = SystemFunctions().run(f"{BASE}.FailJob", {"message": "m", "code": "C"})
    assert isinstance(found, Fault)
    assert (found.detail, found.code, found.retryable) == ("m", "C", False)
    assert SystemFunctions().run(f"{BASE}.FailJob", None).code == "FATAL"


def test_unknown():
    assert SystemFunctions().run(f"{BASE}.Other", {}).code == "ADAPTER_NOT_FOUND"


@pytest.mark.anyio
async def test_permission(records, made):
    assert len(await SystemFunctions().list_all(records.root)) == 2
    with pytest.raises(Forbidden):
        await SystemFunctions().list_all(made.NOBODY)
