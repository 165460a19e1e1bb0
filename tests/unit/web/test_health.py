from __future__ import annotations

import json

import pytest

from weft.web.asgi_app import WebApp
from weft.web.health import health_dialect
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("works", "status"), [(True, 200), (False, 503)])
async def test_ready_only_when_all_parts_work(serve, op, works, status):
    async def checks():
        return {"store": True, "engine": works}

    async def handler(call):
        return Answer()

    served = serve(op("GET", "a", handler))
    served.app = WebApp(
        (health_dialect(checks),), served.users, clock=served.app._clock, ids=served.app._ids, log=served.log
    )
    anonymous = {"authorization": ""}
    assert (await served.ask("GET", "/healthz", headers=anonymous)).status == 200
    ready = await served.ask("GET", "/readyz", headers=anonymous)
    assert ready.status == status
    assert json.loads(ready.body)["parts"] == {"store": True, "engine": works}
