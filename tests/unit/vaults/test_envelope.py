from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from weft.ports.vault import SealBroken
from weft.vaults.envelope import key_id_of, open_sealed, seal

KEY = AESGCM(b"k" * 32)
ID = b"01234567"


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_opens_in_its_place(plain, tenant, context):
    assert open_sealed(KEY, tenant, context, seal(KEY, ID, tenant, context, plain)) == plain


def test_it_opens_nowhere_else():
    sealed = seal(KEY, ID, "t", "secret/a", b"value")
    for tenant, context in (("t", "secret/b"), ("u", "secret/a"), ("ts", "ecret/a"), ("", "tsecret/a")):
        with pytest.raises(SealBroken):
            open_sealed(KEY, tenant, context, sealed)
    with pytest.raises(SealBroken):
        open_sealed(AESGCM(b"l" * 32), "t", "secret/a", sealed)


def test_any_changed_bit_is_noticed():
    sealed = seal(KEY, ID, "t", "c", b"value")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(SealBroken):
            open_sealed(KEY, "t", "c", bytes(changed))


@given(st.binary(max_size=60))
def test_no_bytes_fail_otherwise(data):
    with pytest.raises(SealBroken):
        open_sealed(KEY, "t", "c", data)


def test_the_key_id_is_told_and_equal_values_look_different():
    one, two = seal(KEY, ID, "t", "c", b"value"), seal(KEY, ID, "t", "c", b"value")
    assert key_id_of(one) == ID
    assert one != two
    assert b"value" not in one
