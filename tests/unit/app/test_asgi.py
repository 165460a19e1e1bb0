from __future__ import annotations

import pytest

from weft.app.asgi import Application
from weft.app.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_requests_before_the_start_are_refused():
    with pytest.raises(RuntimeError, match="lifespan"):
        await Application(Settings())({"type": "http"}, None, None)


async def test_a_start_that_fails_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await Application(Settings(data_dir=tmp_path / "file"))({"type": "lifespan"}, receive, send)
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert "not a folder" in sent[0]["message"]
