from __future__ import annotations

import pytest

from weft.domain.errors import Forbidden, NotFound

pytestmark = pytest.mark.anyio


async def test_reading(records, made):
    types = records.services.resource_types
    listed = await types.list_all(records.root)
    assert [one.id for one in listed] == sorted(one.id for one in listed)
    assert (await types.get(records.root, "generic.rest.resource.v1.0.0")).builtin
    with pytest.raises(NotFound):
        await types.get(records.root, "none")
    for call in (types.list_all(made.NOBODY), types.get(made.NOBODY, "x")):
        with pytest.raises(Forbidden):
            await call
