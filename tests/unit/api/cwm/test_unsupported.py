from __future__ import annotations

import pytest

from weft.api.cwm.unsupported import unsupported_operations
from weft.domain.access import PERMISSIONS
from weft.domain.errors import Unsupported


@pytest.mark.anyio
@pytest.mark.parametrize("operation", unsupported_operations(), ids=lambda one: f"{one.method}{one.path}")
async def test_each_says_what_is_missing(operation):
    assert operation.hidden
    noun, _, verb = operation.permission.partition(".")
    assert verb in PERMISSIONS[noun]
    with pytest.raises(Unsupported, match="not part of this release"):
        await operation.handler(None)
