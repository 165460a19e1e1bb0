from __future__ import annotations

import pytest

from weft.vaults.cipher import BlobCipher

pytestmark = pytest.mark.anyio


async def test_blobs_are_bound_to_their_context(vault):
    cipher = BlobCipher(vault)
    sealed = cipher.seal(b"data" * 1000, "default/blob/abc")
    assert cipher.open(sealed, "default/blob/abc") == b"data" * 1000
    for broken, context in ((sealed, "default/blob/abd"), (sealed[:-1], "default/blob/abc"), (b"", "x")):
        with pytest.raises(ValueError, match="seal"):
            cipher.open(broken, context)
