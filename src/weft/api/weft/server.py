"""The server itself: what it is, how it does, and new keys for what is sealed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import RotationView, ServerView, time_text
from weft.services.access_rights import READ, WRITE
from weft.services.access_vault import KeyRotation
from weft.web.operations import Answer, Call, Operation

GROUP = "server"


class ServerState(msgspec.Struct, frozen=True):
    """What is told of the server; `checks` and `stats` are asked when somebody wants to know."""

    version: str
    started_at: int
    checks: Callable[[], Awaitable[Mapping[str, bool]]]
    stats: Callable[[], Mapping[str, Any]]


def operations(rotation: KeyRotation, state: ServerState) -> tuple[Operation, ...]:
    """The operations of this group."""

    async def get_server(call: Call) -> Answer:
        call.principal.require_server(READ)
        view = ServerView(
            version=state.version,
            started_at=time_text(state.started_at),
            parts=dict(await state.checks()),
            stats=dict(state.stats()),
        )
        return Answer(body=view)

    async def rotate_keys(call: Call) -> Answer:
        done = await rotation.rotate(call.principal)
        return Answer(body=RotationView(keys=done.keys, values=done.values, nouns=done.holders))

    return (
        declare(
            "GET", "server", "getServer", READ, "Version, parts and numbers", get_server, GROUP, {200: ServerView},
            of_tenant=False,
        ),
        declare(
            "POST", "keys/rotate", "rotateKeys", WRITE, "New data keys; all sealed values are sealed anew", rotate_keys,
            GROUP, {200: RotationView}, of_tenant=False,
        ),
    )  # fmt: skip
