"""A customer as an operator makes one: tenant, namespace and client by the command line, then the client's token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from weft.demo.processes import DemoError, Server
from weft.demo.stage import Stage

TENANT, NAMESPACE, CLIENT = "acme", "plant", "rollout"
TOKEN_PATH = "/api/authentication/connect/token"
LIMIT_S = 60.0


@dataclass(frozen=True)
class Customer:
    """`uuid` is the tenant's id for callers; `token` an access token of its client."""

    uuid: str
    client_id: str
    client_secret: str
    token: str


class Caller:
    """Calls below `base` with a token; every refusal stops the demo."""

    def __init__(self, url: str, token: str, base: str, params: Mapping[str, str] | None = None) -> None:
        self.http = httpx.Client(
            base_url=url + base, timeout=60, params=dict(params or {}), headers={"Authorization": f"Bearer {token}"}
        )

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request; whatever is answered. Raises DemoError for a status of 400 and above."""
        reply = self.http.request(method, path, **given)
        if reply.status_code >= 400:
            raise DemoError(f"{method} {reply.request.url} answered {reply.status_code}: {reply.text[:2000]}")
        return reply

    def call(self, method: str, path: str, **given: Any) -> Any:
        """The JSON of an answer, None for an empty one."""
        reply = self.ask(method, path, **given)
        return reply.json() if reply.content else None


def command(server: Server, *arguments: str) -> Any:
    """One `weft` command as the administrator; what it prints as JSON. Raises DemoError with its own words."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    env = {**kept, "WEFT_SERVER": server.url, "WEFT_USER": server.user, "WEFT_PASSWORD": server.password}
    env["XDG_CONFIG_HOME"] = str(server.data.parent / "config")
    done = subprocess.run(
        [sys.executable, "-m", "weft.cli", "-o", "json", *arguments],
        capture_output=True, text=True, timeout=LIMIT_S, check=False, env=env,
    )  # fmt: skip
    if done.returncode:
        raise DemoError(f"weft {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def set_up(stage: Stage, server: Server) -> Customer:
    """A tenant with a namespace and a client that may write and run definitions in it."""
    tenant = command(server, "tenant", "create", TENANT)
    stage.step(f"weft tenant create {TENANT}: customer [b]{tenant['uuid']}[/b]")
    command(server, "namespace", "create", NAMESPACE, "--tenant", TENANT)
    stage.step(f"weft namespace create {NAMESPACE} --tenant {TENANT}")
    events = ("--permission", "eventType.*")
    command(server, "role", "create", "events", *events, "--tenant", TENANT)
    roles = ("--role", "author", "--role", "events")
    made = command(server, "client", "create", CLIENT, "--tenant", TENANT, *roles)
    stage.step(f"weft client create {CLIENT} --tenant {TENANT} --role author …: its secret is shown once")
    issued = log_in(server.url, made["id"], made["secret"])
    stage.step(f"token endpoint: a token for {issued['expires_in']} s")
    return Customer(tenant["uuid"], made["id"], made["secret"], issued["access_token"])


def log_in(url: str, client_id: str, client_secret: str) -> dict[str, Any]:
    """An access token by client credentials. Raises DemoError."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    reply = httpx.post(url + TOKEN_PATH, data=form, timeout=60)
    if reply.status_code != 200:
        raise DemoError(f"the token endpoint answered {reply.status_code}: {reply.text}")
    return reply.json()
