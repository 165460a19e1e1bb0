"""Talking to a server: where it is, how to log in, and what its refusals mean for the shell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from weft.cli.contexts import Context, Contexts, load_contexts
from weft.cli.failures import UNREACHABLE, USAGE, CommandError, code_of
from weft.cli.output import Form

if TYPE_CHECKING:
    import httpx

DEFAULT_SERVER = "http://127.0.0.1:8080"
TIMEOUT_S = 60.0
ADMINISTRATION = "/api/weft/v1"
WORKFLOWS = "/crosswork/cwm/v2"
_LOG_IN = "log in with WEFT_USER and WEFT_PASSWORD, with WEFT_TOKEN, --token-file, or a login kept by weft context add"
_ELSEWHERE = "is a server running there? start one with weft serve, or name another with --server or WEFT_SERVER"


class Choices(msgspec.Struct):
    """What the command line said about the server and the output, before any command."""

    server: str = ""
    token_file: str = ""
    context: str = ""
    output: Form = "table"


choices = Choices()
"""Set once per process by the root command."""


def resolve(chosen: Choices, environ: Mapping[str, str], stored: Contexts) -> Context:
    """The server and credential to use: flags, then `WEFT_SERVER`, `WEFT_TOKEN`, `WEFT_USER`, then the context."""
    name = chosen.context or environ.get("WEFT_CONTEXT", "")
    if name and name not in stored.contexts:
        raise CommandError(f"there is no context {name}; see: weft context list", USAGE)
    base = stored.contexts.get(name or stored.current)
    server = chosen.server or environ.get("WEFT_SERVER", "")
    token = _file(chosen.token_file) if chosen.token_file else environ.get("WEFT_TOKEN", "")
    user, password = environ.get("WEFT_USER", ""), environ.get("WEFT_PASSWORD", "")
    if base is not None and (not server or server.rstrip("/") == base.server.rstrip("/")):
        if token:
            return Context(base.server, token=token)
        if user:
            return Context(base.server, user=user, password=password)
        return base
    return Context(server or DEFAULT_SERVER, token=token, user="" if token else user, password=password)


def _file(name: str) -> str:
    try:
        return Path(name).read_text().strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise CommandError(f"cannot read the token file {name}: {cause}", USAGE) from None


def client(context: Context, timeout_s: float | None = TIMEOUT_S) -> httpx.Client:
    """An HTTP client with the context's credential."""
    import httpx  # only here: commands that need no server start sooner

    headers: dict[str, str] = {}
    auth = None
    if context.token.startswith("weft_"):
        headers["X-API-Key"] = context.token
    elif context.token:
        headers["Authorization"] = f"Bearer {context.token}"
    elif context.user:
        auth = httpx.BasicAuth(context.user, context.password)
    return httpx.Client(base_url=context.server.rstrip("/"), headers=headers, auth=auth, timeout=timeout_s)


def call(method: str, path: str, *, timeout_s: float | None = TIMEOUT_S, **given: Any) -> Any:
    """One request to the chosen server; its JSON, or None for an empty answer. Raises CommandError."""
    import httpx

    context = resolve(choices, os.environ, load_contexts())
    try:
        with client(context, timeout_s) as http:
            response = http.request(method, path, **given)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise CommandError(f"{context.server} is no server's address", USAGE) from None
    except httpx.HTTPError as cause:
        raise CommandError(f"no answer from {context.server}: {cause}; {_ELSEWHERE}", UNREACHABLE) from None
    return answer_of(response)


def answer_of(response: httpx.Response) -> Any:
    """The JSON of a success; a refusal becomes a CommandError with the server's own words."""
    try:
        value = response.json() if response.content else None
    except ValueError:
        value = response.text
    if response.is_success:
        return value
    status = response.status_code
    hint = f"; {_LOG_IN}" if status == 401 else ""
    raise CommandError(f"{message_of(value) or response.reason_phrase} ({status}){hint}", code_of(status))


def message_of(value: Any) -> str:
    """The message inside an error body of any of our dialects."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    inner = value.get("error")
    if isinstance(inner, Mapping):
        value = inner
    details = value.get("detail") or value.get("details") or ""
    if isinstance(details, list):
        details = "; ".join(str(item) for item in details)
    message = str(value.get("message", ""))
    return f"{message}: {details}" if details and details != message else message
