"""The key-encryption key: from the settings, or made up once and kept in the data folder.

Text forms: 64 hex digits, or base64 (also URL-safe) of 32 bytes. The file is made with mode 0600; one that others may
read is refused.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from pathlib import Path

from weft.vaults.envelope import KEY_BYTES

FILE_NAME = "master.key"


class MasterKeyError(Exception):
    """The key-encryption key cannot be used; the message says why and what to do."""


def parse_master_key(text: str) -> bytes:
    """32 bytes from a text. Raises MasterKeyError, which never repeats the text."""
    text = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyError("the master key is neither 64 hex digits nor base64 of 32 bytes")
    return key


def load_master_key(configured: str, data_dir: Path) -> bytes:
    """The key from the settings, else from `DATA/master.key`, which is made when it is missing."""
    if configured:
        return parse_master_key(configured)
    path = data_dir / FILE_NAME
    try:
        return _read(path)
    except FileNotFoundError:
        return _make(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise MasterKeyError(f"{path} can be read by others; run: chmod 600 {path}")
        return parse_master_key(file.read(1024).decode("ascii", "replace"))


def _make(path: Path) -> bytes:
    key = os.urandom(KEY_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key
