from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Busy
from weft.services import access_passwords
from weft.services.access_passwords import Passwords

pytestmark = pytest.mark.anyio


@pytest.fixture
def passwords():
    return Passwords(memory_bytes=8192, passes=1)


async def test_a_hash_fits_its_password_only(passwords):
    hashed = await passwords.hash("pässword")
    assert hashed.startswith("$argon2id$")
    assert await passwords.matches(hashed, "pässword")
    assert not await passwords.matches(hashed, "password")
    assert hashed != await passwords.hash("pässword")


async def test_nobody_has_the_decoy(passwords):
    assert not await passwords.matches(None, "nobody has this password")


async def test_a_broken_hash_fits_nothing(passwords):
    assert not await passwords.matches("not a hash", "x")


async def test_too_many_waiting_are_refused(passwords, monkeypatch):
    monkeypatch.setattr(access_passwords, "MAX_WAITING", 3)
    hashed = await passwords.hash("x")
    results = await asyncio.gather(*(passwords.matches(hashed, "x") for _ in range(6)), return_exceptions=True)
    assert [type(result) for result in results] == [bool] * 3 + [Busy] * 3
