from __future__ import annotations

import stat

import pytest

from weft.app.access import build_access, build_vault, first_administrator
from weft.app.clock import SystemClock
from weft.app.ids import SystemIds
from weft.app.settings import Settings
from weft.store.sqlite import SqliteStore
from weft.vaults.master import MasterKeyError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store():
    store = SqliteStore(":memory:", SystemClock())
    await store.open()
    yield store
    await store.close()


def settings_of(tmp_path, **more):
    return Settings(data_dir=tmp_path, auth_argon2_memory=8192, auth_argon2_time=1, **more)


async def test_a_made_up_password_lies_in_a_file_and_is_told_once(tmp_path, store):
    clock = SystemClock()
    ids, settings = SystemIds(clock), settings_of(tmp_path, admin_user="chief")
    vault = await build_vault(settings, store, clock)
    parts = await build_access(settings, store, vault, clock, ids)
    told = await first_administrator(settings, store, parts, clock, ids)
    path = tmp_path / "admin-password"
    assert str(path) in told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = path.read_text().strip()
    assert password not in told
    assert (await parts.access.login("chief", password, "x")).name == "chief"
    assert await first_administrator(settings, store, parts, clock, ids) is None


async def test_a_given_password_is_nowhere_on_disk(tmp_path, store):
    clock = SystemClock()
    ids, settings = SystemIds(clock), settings_of(tmp_path, admin_password="hunter22hunter22")
    vault = await build_vault(settings, store, clock)
    parts = await build_access(settings, store, vault, clock, ids)
    told = await first_administrator(settings, store, parts, clock, ids)
    assert "hunter22" not in told
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


async def test_a_wrong_master_key_is_told(tmp_path, store):
    with pytest.raises(MasterKeyError):
        await build_vault(settings_of(tmp_path, master_key="short"), store, SystemClock())
