"""The calls the demo makes, over the public API as any client would."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx

from weft.demo.processes import DemoError

BASE = "/crosswork/cwm/v2"


class Api:
    """A logged-in client of the CWM API."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60)
        form = {"username": user, "password": password}
        ticket = self._need(self.http.post("/crosswork/sso/v1/tickets", data=form)).headers["location"]
        token = self._need(self.http.post(ticket, data={"service": f"{url}/app-dashboard"})).text
        self.http.headers["authorization"] = f"Bearer {token}"

    def _need(self, reply: httpx.Response) -> httpx.Response:
        if reply.status_code >= 400:
            raise DemoError(f"{reply.request.method} {reply.request.url} answered {reply.status_code}: {reply.text}")
        return reply

    def call(self, method: str, path: str, **kwargs: Any) -> Any:
        reply = self._need(self.http.request(method, BASE + path, **kwargs))
        return reply.json() if reply.content else None

    def upload(self, archive: Path) -> str:
        with archive.open("rb") as file:
            return self.call("POST", "/adapter", files={"file": (archive.name, file, "application/gzip")})

    def events(self, job: str, run: str) -> list[dict[str, Any]]:
        return self.call("GET", f"/job/{job}/runs/{run}/events")


def decoded(payload: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(payload["data"]))
