from __future__ import annotations

from types import SimpleNamespace

import pytest

from weft.api.cwm.system_functions import SystemFunctionEndpoints
from weft.domain.access import SYSTEM
from weft.services.system_functions import SystemFunctions


@pytest.mark.anyio
async def test_one_entry():
    (entry,) = (await SystemFunctionEndpoints(SystemFunctions()).list_all(SimpleNamespace(principal=SYSTEM))).body
    assert (entry["id"], entry["name"], len(entry["activities"])) == ("system.function.v1.0.0", "system.function", 2)
