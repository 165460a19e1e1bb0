"""What this dialect has and this release has not: known paths that answer 501 in the dialect's form.

They are left out of the documentation; a caller still needs the permission that would guard the operation.
"""

from __future__ import annotations

from typing import Any

from weft.api.cwm.errors import OBJECT, PAYLOAD, RPC, STRING
from weft.domain.errors import Unsupported
from weft.web.operations import Answer, Call, Handler, Operation

_PATHS: tuple[tuple[str, str, str, str, str], ...] = (
    ("GET", "/schedule", "schedule.list", OBJECT, "schedules"),
    ("POST", "/schedule", "schedule.create", OBJECT, "schedules"),
    ("GET", "/schedule/{scheduleId}", "schedule.get", OBJECT, "schedules"),
    ("PATCH", "/schedule/{scheduleId}", "schedule.update", OBJECT, "schedules"),
    ("DELETE", "/schedule/{scheduleId}", "schedule.delete", OBJECT, "schedules"),
    ("GET", "/policy/{roleId}", "policy.get", OBJECT, "policies"),
    ("POST", "/policy/{roleId}", "policy.create", OBJECT, "policies"),
    ("PUT", "/policy/{roleId}", "policy.update", OBJECT, "policies"),
    ("GET", "/form", "form.list", OBJECT, "forms"),
    ("POST", "/form", "form.create", OBJECT, "forms"),
    ("GET", "/form/{formId}", "form.get", OBJECT, "forms"),
    ("PATCH", "/form/{formId}", "form.update", OBJECT, "forms"),
    ("DELETE", "/form/{formId}", "form.delete", OBJECT, "forms"),
    ("POST", "/formExport", "form.export", OBJECT, "forms"),
    ("POST", "/formImport", "form.import", OBJECT, "forms"),
    ("GET", "/task", "task.list", OBJECT, "tasks"),
    ("GET", "/task/{taskId}", "task.get", OBJECT, "tasks"),
    ("POST", "/task/{taskId}", "task.complete", OBJECT, "tasks"),
    ("DELETE", "/task/{taskId}", "task.delete", OBJECT, "tasks"),
    ("GET", "/config/defaults", "config.list", STRING, "system defaults"),
    ("PATCH", "/config/defaults", "config.update", STRING, "system defaults"),
    ("GET", "/config/defaults/{key}", "config.get", STRING, "system defaults"),
    ("PUT", "/config/defaults/{key}", "config.update", STRING, "system defaults"),
    ("GET", "/payload/{key}", "payload.get", PAYLOAD, "the payload store"),
    ("GET", "/publicKey", "publicKey.list", STRING, "public keys"),
    ("POST", "/publicKey", "publicKey.create", STRING, "public keys"),
    ("GET", "/publicKey/{name}", "publicKey.get", STRING, "public keys"),
    ("PATCH", "/publicKey/{name}", "publicKey.update", STRING, "public keys"),
    ("DELETE", "/publicKey/{name}", "publicKey.delete", STRING, "public keys"),
    ("POST", "/mcp", "mcp.call", RPC, "the MCP endpoint"),
)


def _refusing(what: str) -> Handler:
    async def refuse(call: Call) -> Answer:
        raise Unsupported(f"{what} {'are' if what.endswith('s') else 'is'} not part of this release")

    return refuse


def unsupported_operations() -> list[Operation]:
    """One hidden operation per path."""
    return [_operation(*entry) for entry in _PATHS]


def _operation(method: Any, path: str, permission: str, family: str, what: str) -> Operation:
    name = f"{method.lower()}{''.join(part.strip('{}').capitalize() for part in path.split('/'))}"
    return Operation(
        method=method,
        path=path,
        name=name,
        permission=permission,
        summary=f"Not in this release: {what}",
        handler=_refusing(what),
        group=permission.partition(".")[0],
        family=family,
        hidden=True,
    )
