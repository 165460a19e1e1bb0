"""Requests to a Haystack server: operations that read, with grids in and out, under a login."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import AttemptFailed, bad_input, refused_login
from weft.connectors.haystack_login import login
from weft.connectors.haystack_values import Grid, json_grid
from weft.connectors.haystack_zinc import ZincError, read_grid
from weft.connectors.web_call import WebAnswer, WebCall, checked_url, demand_success, origin_of, send

KEPT_SECONDS: Final = 600.0
ACCEPT: Final = "text/zinc, application/json;q=0.8"
MOST_AT_ONCE: Final = 32 * 1024
"""Bytes of an answer that are read in the loop's own thread."""


class Session:
    """One attempt's way to a server."""

    def __init__(self, attempt: Attempt, timeout_s: float) -> None:
        self._attempt = attempt
        values: Mapping[str, Any] = {}
        secret: Mapping[str, Any] = {}
        if attempt.resource is not None:
            values, secret = attempt.resource.values, attempt.resource.secret or {}
        inputs = attempt.inputs
        url = str(values.get("url") or "") if attempt.resource is not None else inputs.text("url")
        project = inputs.text("project", str(values.get("project") or ""), 255)
        self._base = base_of(url, project)
        named = (origin_of(self._base).host,) if attempt.resource is not None else ()
        self._call = WebCall(
            "GET",
            f"{self._base}/about",
            timeout_s=timeout_s,
            hosts=named,
            insecure=bool(values.get("allowInsecure")),
        )
        own = attempt.resource is None
        self._user = inputs.text("uname", "", 255) if own else str(secret.get("username") or "")
        self._password = inputs.text("pwd", "") if own else str(secret.get("password") or "")
        self._token = inputs.text("token", "") if own else str(secret.get("token") or "")
        attempt.hide(self._password, self._token)

    @property
    def _key(self) -> tuple[str, ...]:
        digest = hashlib.sha256(f"{self._user}\0{self._password}".encode()).hexdigest()
        return ("haystack", self._attempt.place.tenant, self._base, digest)

    async def ask(self, operation: str, grid: str | None = None) -> Grid:
        """The grid that an operation answers; `grid` is the request in Zinc. Raises AttemptFailed."""
        kept = self._attempt.around.tokens.get(self._key) is not None
        answer = await self._send(operation, grid)
        if answer.status in (401, 403) and kept:  # the kept token has ended
            self._attempt.around.tokens.drop(self._key)
            answer = await self._send(operation, grid)
        if answer.status in (401, 403):
            raise refused_login(f"the server refuses {operation} ({answer.status})")
        demand_success(self._attempt, self._call, answer)
        # A long history takes seconds to read, in which nobody else of this server should have to wait.
        long = len(answer.body) > MOST_AT_ONCE
        found = await asyncio.to_thread(_grid, answer) if long else _grid(answer)
        if found.error:
            raise AttemptFailed("HAYSTACK", f"{operation}: {found.error}")
        return found

    async def _send(self, operation: str, grid: str | None) -> WebAnswer:
        headers = {"accept": ACCEPT}
        authorization = await self._authorization()
        if authorization:
            headers["authorization"] = authorization
        if grid is not None:
            headers["content-type"] = "text/zinc; charset=utf-8"
        call = msgspec.structs.replace(
            self._call,
            method="GET" if grid is None else "POST",
            url=f"{self._base}/{operation}",
            headers=headers,
            content=None if grid is None else grid.encode(),
        )
        return await send(self._attempt, call)

    async def _authorization(self) -> str:
        if self._token:
            return f"BEARER authToken={self._token}"
        if not self._user:
            return ""
        tokens = self._attempt.around.tokens
        token = tokens.get(self._key)
        if token is None:
            token = await login(self._attempt, self._call, self._user, self._password)
            tokens.put(self._key, token, KEPT_SECONDS)
        self._attempt.hide(token)
        return f"BEARER authToken={token}"


def base_of(url: str, project: str) -> str:
    """Where the operations of a project stand: `<url>/api/<project>`; what the URL has of it is not added again."""
    parsed = checked_url(url)
    if parsed.query:
        raise bad_input("the URL of a Haystack server has no query")
    base = str(parsed).rstrip("/")
    if "api" not in parsed.path.split("/"):
        base += "/api"
    tail = f"/{quote(project, safe='')}"
    return base + tail if project and not base.endswith(tail) else base


def _grid(answer: WebAnswer) -> Grid:
    try:
        if "json" in answer.content_type.lower():
            return json_grid(msgspec.json.decode(answer.body), answer.content_type)
        return read_grid(answer.text())
    except (ZincError, ValueError, RecursionError) as error:
        raise AttemptFailed("HAYSTACK", f"the server's answer is no grid: {error}", retryable=False) from None
