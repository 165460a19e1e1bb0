from __future__ import annotations

import pytest

from weft.app.sealing import register_sealed
from weft.domain.access import Principal
from weft.domain.errors import Forbidden

pytestmark = pytest.mark.anyio


async def test_rotation_needs_administration_write(world):
    with pytest.raises(Forbidden):
        await world.parts.rotation.rotate(Principal(name="x", permissions=frozenset({"administration.read"})))


async def test_rotation_reaches_the_signing_key(world):
    register_sealed(world.vault, world.store)
    done = await world.parts.rotation.rotate(world.root)
    assert (done.keys, done.holders) == (1, {"blobs": 0, "signingKey": 1, "secrets": 0, "inline secrets": 0})
    assert (await world.parts.rotation.rotate(world.root)).values == 1
