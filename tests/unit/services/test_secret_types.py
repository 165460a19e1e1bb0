from __future__ import annotations

import pytest

from weft.domain.errors import Forbidden, NotFound

pytestmark = pytest.mark.anyio


async def test_reading(records, made):
    types = records.services.secret_types
    assert len(await types.list_all(records.root)) == 5
    await records.secrets.create(records.root, "s", "token", {"token": "t"})
    kind, secrets = await types.get(records.root, "token")
    assert (kind.id, [one.id for one in secrets]) == ("token", ["s"])
    with pytest.raises(NotFound):
        await types.get(records.root, "none")
    for call in (types.list_all(made.NOBODY), types.get(made.NOBODY, "x")):
        with pytest.raises(Forbidden):
            await call
