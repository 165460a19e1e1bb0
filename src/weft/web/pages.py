"""Pages that every dialect gets: `<mount>/openapi.json`, `<mount>/docs`, their files, and an index of them at `/`.

The page loads nothing from elsewhere and runs no inline script; its policy says so to the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec

from weft.domain.errors import NotFound
from weft.web.fallback import refuse
from weft.web.openapi import downgrade, openapi_document
from weft.web.operations import Answer, Call, Dialect, Operation, Parameter

ASSETS = "/_weft/docs"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "index.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css"><link rel="stylesheet" href="{assets}/index.css">
</head><body><div id="swagger-ui"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/swagger-ui-standalone-preset.js"></script>
<script src="{assets}/start.js"></script></body></html>
"""
_INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Weft</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png"></head><body><h1>Weft {version}</h1>
<p>This server speaks these APIs. Each page lists its operations and lets you try them.</p>
<ul>
{entries}
</ul></body></html>
"""
_START = """window.addEventListener("load", function () {
  var base = location.pathname.replace(/\\/docs\\/?$/, "");
  window.ui = SwaggerUIBundle({
    url: base + "/openapi.json?openapi=3.0",
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: "BaseLayout"
  });
});
"""


def with_pages(dialects: Sequence[Dialect], version: str) -> tuple[Dialect, ...]:
    """The dialects, each with its documentation, and one more that serves the pages' files."""
    documented = tuple(
        msgspec.structs.replace(dialect, operations=(*dialect.operations, *_pages_of(dialect, version)))
        for dialect in dialects
    )
    return (*documented, _assets(), _index(dialects, version))


def _pages_of(dialect: Dialect, version: str) -> tuple[Operation, ...]:
    taken = {(operation.method, operation.path.strip("/")) for operation in dialect.operations}
    documents: dict[tuple[str, bool], bytes] = {}

    async def document(call: Call) -> Answer:
        old = "3.0" in call.query.get("openapi", ())
        key = (call.mount, old)
        if key not in documents:
            value = openapi_document(dialect, call.mount, version)
            documents[key] = msgspec.json.encode(downgrade(value) if old else value)
        return Answer(body=documents[key])

    async def page(call: Call) -> Answer:
        body = _PAGE.format(title=_escaped(f"{dialect.title} {call.mount}"), assets=ASSETS)
        return Answer(body=body, media="text/html; charset=utf-8", headers=dict(_PAGE_HEADERS))

    version_choice = Parameter("openapi", "query", "`3.0` for OpenAPI 3.0.3")
    pages = (
        _page("openapi.json", "openapi", "This API as OpenAPI", document, (version_choice,)),
        _page("docs", "docs", "This API as a page", page),
    )
    return tuple(each for each in pages if (each.method, each.path) not in taken)


def _page(
    path: str, name: str, summary: str, handler: Callable[[Call], Any], parameters: tuple[Parameter, ...] = ()
) -> Operation:
    return Operation(
        method="GET", path=path, name=name, permission=None, summary=summary, handler=handler, parameters=parameters,
        hidden=True,
    )  # fmt: skip


def _index(dialects: Sequence[Dialect], version: str) -> Dialect:
    """The page at `/`: a link for every mount that offers operations to people."""
    entries = [
        f'<li><a href="{prefix.rstrip("/")}/docs">{_escaped(dialect.title)}</a> <code>{prefix}</code></li>'
        for dialect in dialects
        if not all(operation.hidden for operation in dialect.operations)
        for prefix in dialect.mounts.values()
    ]
    text = _INDEX.format(assets=ASSETS, version=_escaped(version), entries="\n".join(entries))

    async def index(call: Call) -> Answer:
        return Answer(body=text, media="text/html; charset=utf-8", headers=dict(_PAGE_HEADERS))

    operations = (_page("", "index", "The APIs of this server", index),)
    return Dialect(name="index", title="Weft", mounts={"root": "/"}, operations=operations, refuse=refuse)


def _assets() -> Dialect:
    async def asset(call: Call) -> Answer:
        name = call.path["file"]
        if name == "start.js":
            return Answer(body=_START, media="text/javascript; charset=utf-8")
        if name not in _FILES:
            raise NotFound("path not served")
        return Answer(body=_read(name), media=_FILES[name], headers={"Cache-Control": "public, max-age=86400"})

    operations = (_page("{file}", "asset", "A file of the documentation pages", asset),)
    return Dialect(name="docs", title="Weft", mounts={"docs": ASSETS}, operations=operations, refuse=refuse)


@cache
def _read(name: str) -> bytes:
    from swagger_ui_bundle import swagger_ui_path

    return (swagger_ui_path / name).read_bytes()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
