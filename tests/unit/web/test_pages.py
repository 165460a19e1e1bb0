from __future__ import annotations

import json

import pytest

from weft.web.asgi_app import WebApp
from weft.web.operations import Answer
from weft.web.pages import with_pages

pytestmark = pytest.mark.anyio


async def handler(call):
    return Answer(body="own")


@pytest.fixture
def documented(serve, op):
    def make(*operations):
        served = serve(*operations)
        dialect = served.app.router.routes[0].dialect
        served.app = WebApp(
            with_pages((dialect,), "9"), served.users, clock=served.app._clock, ids=served.app._ids, log=served.log
        )
        return served

    return make


async def test_every_dialect_has_its_document_and_page(documented, op):
    served = documented(op("GET", "a", handler))
    anonymous = {"authorization": ""}
    document = json.loads((await served.ask("GET", "/api/openapi.json", headers=anonymous)).body)
    assert (document["openapi"], list(document["paths"])) == ("3.1.0", ["/a"])
    older = json.loads((await served.ask("GET", "/api/openapi.json", query="openapi=3.0", headers=anonymous)).body)
    assert older["openapi"] == "3.0.3"
    page = await served.ask("GET", "/api/docs", headers=anonymous)
    assert page.status == 200
    policy = page.header("content-security-policy")[0]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert b"http://" not in page.body
    assert b"https://" not in page.body
    assert b"<script>" not in page.body


async def test_the_root_names_every_api(documented, op):
    served = documented(op("GET", "a", handler))
    page = await served.ask("GET", "/", headers={"authorization": ""})
    assert (page.status, page.body.count(b'href="/api/docs"')) == (200, 1)
    assert b"Weft 9" in page.body
    assert "default-src 'none'" in page.header("content-security-policy")[0]


@pytest.mark.parametrize(
    "name", ["start.js", "swagger-ui-bundle.js", "swagger-ui.css", "index.css", "favicon-32x32.png"]
)
async def test_all_files_of_the_page_are_served_from_here(documented, op, name):
    reply = await documented(op("GET", "a", handler)).ask("GET", f"/_weft/docs/{name}", headers={"authorization": ""})
    assert (reply.status, len(reply.body) > 50) == (200, True)


async def test_no_other_file_is_served(documented, op):
    served = documented(op("GET", "a", handler))
    assert (await served.ask("GET", "/_weft/docs/index.html")).status == 404
    assert (await served.ask("GET", "/_weft/docs/..%2F__init__.py")).status == 400


async def test_a_dialects_own_path_wins(documented, op):
    served = documented(op("GET", "docs", handler))
    assert (await served.ask("GET", "/api/docs")).body == b'"own"'
