from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden

pytestmark = pytest.mark.anyio


async def test_rotation_needs_administration_write(world):
    with pytest.raises(Forbidden):
        await world.parts.rotation.rotate(Principal(name="x", permissions=frozenset({"administration.read"})))


async def test_rotation_reaches_the_signing_key(world):
    done = await world.parts.rotation.rotate(world.root)
    assert (done.keys, done.holders) == (1, {"signingKey": 1})
    assert (await world.parts.rotation.rotate(world.root)).values == 1
