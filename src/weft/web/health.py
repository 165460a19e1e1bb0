"""`/healthz`: the process answers. `/readyz`: its parts work; 503 with the names of those that do not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from weft.web.fallback import refuse
from weft.web.operations import Answer, Call, Dialect, Operation

Checks = Callable[[], Awaitable[Mapping[str, bool]]]


def health_dialect(checks: Checks) -> Dialect:
    """Both paths at the root; they need no credential and tell nothing but names of parts."""

    async def healthz(call: Call) -> Answer:
        return Answer(body={"status": "ok"})

    async def readyz(call: Call) -> Answer:
        parts = await checks()
        ready = all(parts.values())
        return Answer(status=200 if ready else 503, body={"status": "ok" if ready else "not ready", "parts": parts})

    operations = (
        Operation(
            method="GET", path="healthz", name="healthz", permission=None, summary="Whether the process answers",
            handler=healthz, hidden=True,
        ),
        Operation(
            method="GET", path="readyz", name="readyz", permission=None, summary="Whether all parts work",
            handler=readyz, hidden=True,
        ),
    )  # fmt: skip
    return Dialect(name="health", title="Health", mounts={"root": "/"}, operations=operations, refuse=refuse)
