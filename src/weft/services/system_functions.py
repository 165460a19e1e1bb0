"""The functions of the server itself, which need no adapter."""

from __future__ import annotations

from typing import Any

from weft.domain.access import Principal
from weft.domain.adapters import SYSTEM_ADAPTER, SYSTEM_FUNCTIONS, Activity
from weft.dsl.machine.faults import Fault, fault

MAX_MESSAGE = 4096


class SystemFunctions:
    """Lists the functions, and carries one out."""

    async def list_all(self, principal: Principal) -> tuple[Activity, ...]:
        """Every function with its schemas."""
        principal.require("systemFunction.list")
        return SYSTEM_FUNCTIONS

    def run(self, activity: str, value: Any) -> Any | Fault:
        """Carry out the activity of that full id. A Fault is never retried."""
        if activity == f"{SYSTEM_ADAPTER}.common.NoOp":
            return {}
        if activity == f"{SYSTEM_ADAPTER}.common.FailJob":
            given = value if isinstance(value, dict) else {}
            message, code = _text(given.get("message")), _text(given.get("code"))
            return fault("runtime", message or "the job was failed", code=code or "FATAL", retryable=False)
        return fault("configuration", f"{activity} is no system function", code="ADAPTER_NOT_FOUND", retryable=False)


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:MAX_MESSAGE]
