"""The form of a sealed value.

`0x01 | key id (8 bytes) | nonce (12 bytes) | AES-256-GCM ciphertext and tag`. The additional data binds form, key id,
tenant and context, so that a value copied to another record, or under another tenant, does not open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from weft.ports.vault import SealBroken

KEY_BYTES = 32
KEY_ID_BYTES = 8
_FORM = b"\x01"
_NONCE = 12
_HEAD = len(_FORM) + KEY_ID_BYTES
_LEAST = _HEAD + _NONCE + 16


def _bound(key_id: bytes, tenant: str, context: str) -> bytes:
    owner = tenant.encode()
    return b"weft sealed\x00" + _FORM + key_id + len(owner).to_bytes(4) + owner + context.encode()


def seal(key: AESGCM, key_id: bytes, tenant: str, context: str, plain: bytes) -> bytes:
    """Seal a value under one key."""
    nonce = os.urandom(_NONCE)
    return _FORM + key_id + nonce + key.encrypt(nonce, plain, _bound(key_id, tenant, context))


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that a value was sealed with. Raises SealBroken for what is no sealed value."""
    if len(sealed) < _LEAST or sealed[:1] != _FORM:
        raise SealBroken("not a sealed value")
    return sealed[1:_HEAD]


def open_sealed(key: AESGCM, tenant: str, context: str, sealed: bytes) -> bytes:
    """The value. Raises SealBroken when it was changed or is bound to something else."""
    key_id = key_id_of(sealed)
    nonce = sealed[_HEAD : _HEAD + _NONCE]
    try:
        return key.decrypt(nonce, sealed[_HEAD + _NONCE :], _bound(key_id, tenant, context))
    except InvalidTag:
        raise SealBroken("the sealed value was changed or belongs elsewhere") from None
