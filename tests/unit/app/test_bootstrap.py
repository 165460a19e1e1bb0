from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
import pytest

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.app.starting import StartError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def settings_of(folder, **more):
    return Settings(data_dir=folder, port=0, auth_argon2_memory=8192, auth_argon2_time=1, **more)


async def test_parts_start_stop_and_start_again_on_the_same_data(tmp_path):
    for round_number in range(2):
        async with AsyncExitStack() as stack:
            parts = await build(settings_of(tmp_path, admin_password="password1"), stack)
            assert bool(parts.notices) is (round_number == 0)
            transport = httpx.ASGITransport(parts.web)
            async with httpx.AsyncClient(transport=transport, base_url="http://weft.test") as http:
                assert (await http.get("/readyz")).status_code == 200
                server = await http.get("/api/weft/v1/server", auth=("admin", "password1"))
                assert server.json()["stats"]["engine"]["open_runs"] == 0
                for dialect in parts.dialects:
                    for prefix in dialect.mounts.values():
                        document = (await http.get(f"{prefix}/openapi.json")).json()
                        assert document["openapi"] == "3.1.0"
                        assert len(document["paths"]) == len({one.path for one in dialect.operations if not one.hidden})


async def test_two_servers_on_one_folder_are_refused(tmp_path):
    async with AsyncExitStack() as stack:
        await build(settings_of(tmp_path), stack)
        async with AsyncExitStack() as second:
            with pytest.raises(StartError, match="another server"):
                await build(settings_of(tmp_path), second)


@pytest.mark.parametrize("trouble", ["key", "lost key", "database", "readable"])
async def test_troubles_are_told_in_words(tmp_path, trouble):
    more = {}
    if trouble == "key":
        more["master_key"] = "short"
    elif trouble == "database":
        (tmp_path / "weft.db").write_bytes(b"this is no database" * 100)
    else:
        async with AsyncExitStack() as stack:
            await build(settings_of(tmp_path), stack)
        if trouble == "lost key":
            (tmp_path / "master.key").unlink()
        else:
            (tmp_path / "master.key").chmod(0o644)
    async with AsyncExitStack() as stack:
        with pytest.raises(StartError) as told:
            await build(settings_of(tmp_path, **more), stack)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) > 10
