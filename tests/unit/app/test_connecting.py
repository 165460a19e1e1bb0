from __future__ import annotations

import pytest
import structlog

from weft.app import connecting
from weft.app.connecting import check_scripts, script_settings
from weft.app.settings import Settings
from weft.connectors.script_process import CannotRun

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_what_scripts_may(tmp_path):
    found = script_settings(Settings(data_dir=tmp_path))
    assert not found.enabled and not found.inline and found.folder is None and found.hidden == tmp_path
    found = script_settings(Settings(data_dir=tmp_path, scripts_enabled=True, scripts_dir="/srv/scripts"))
    assert found.enabled and str(found.folder) == "/srv/scripts" and not found.network


async def test_a_machine_without_namespaces_is_told_at_the_start(monkeypatch):
    async def cannot() -> None:
        raise CannotRun("no namespaces")

    monkeypatch.setattr(connecting, "can_isolate", cannot)
    log = structlog.testing.CapturingLogger()
    await check_scripts(Settings(), log)
    assert log.calls == []
    await check_scripts(Settings(scripts_enabled=True), log)
    assert log.calls[0].method_name == "error" and log.calls[0].kwargs["reason"] == "no namespaces"
    await check_scripts(Settings(scripts_enabled=True, scripts_network=True), log)
    assert log.calls[1].method_name == "warning"
