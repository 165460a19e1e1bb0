"""What an activity gets beside its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from weft_adapter.redaction import Redactor

MAX_FIELD = 1_024
"""Characters of one field of a log line."""


class Surroundings(Protocol):
    """What a context needs from the worker that made it. Every method may be called from any thread."""

    def beat(self, attempt_id: str) -> None:
        """The activity says that it is alive."""
        ...

    def say(self, level: str, message: str, attempt_id: str, activity: str, fields: dict[str, str]) -> None:
        """Pass on a line of the activity's log."""
        ...

    def open_client(self, context: ActivityContext) -> Any:
        """The HTTP client bound to the context's resource."""
        ...

    def names_host(self, host: str, port: int) -> bool:
        """Whether the egress policy names the host."""
        ...


Say = Callable[[str, str, str, str, dict[str, str]], None]
"""level, message, attempt id, activity id, fields"""


class ActivityLog:
    """The log of one attempt: `ctx.log.info("allocated", prefix=text)`. Secret values are masked."""

    __slots__ = ("_activity", "_attempt_id", "_redact", "_say")

    def __init__(self, say: Say, attempt_id: str, activity: str, redact: Redactor) -> None:
        self._say = say
        self._attempt_id = attempt_id
        self._activity = activity
        self._redact = redact

    def debug(self, message: str, *args: Any, **fields: Any) -> None:
        self._write("debug", message, args, fields)

    def info(self, message: str, *args: Any, **fields: Any) -> None:
        self._write("info", message, args, fields)

    def warning(self, message: str, *args: Any, **fields: Any) -> None:
        self._write("warning", message, args, fields)

    def error(self, message: str, *args: Any, **fields: Any) -> None:
        self._write("error", message, args, fields)

    def _write(self, level: str, message: str, args: tuple[Any, ...], fields: Mapping[str, Any]) -> None:
        text = str(message) % args if args else str(message)
        shown = {str(key): self._redact(str(value))[:MAX_FIELD] for key, value in list(fields.items())[:32]}
        self._say(level, self._redact(text), self._attempt_id, self._activity, shown)


class ActivityContext:
    """One attempt's context.

    `resource` and `secret` are the opened values, `config` the action's configuration, each `{}` if there is none.
    `attempt` counts from 1, `attempt_id` is the same when the same attempt is run again: use it to be idempotent.
    `deadline` is when the attempt ends (UTC) or None.
    """

    __slots__ = (
        "_cancelled", "_client", "_surroundings", "activity", "attempt", "attempt_id", "config", "deadline",
        "is_async", "job_id", "log", "redact", "resource", "run_id", "secret",
    )  # fmt: skip

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        activity: str = "",
        job_id: str = "",
        run_id: str = "",
        attempt: int = 1,
        attempt_id: str = "",
        resource: Mapping[str, Any] | None = None,
        secret: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        deadline_ms: int = 0,
        is_async: bool = True,
    ) -> None:
        self._surroundings = surroundings
        self._cancelled = False
        self._client: Any = None
        self.activity = activity
        self.job_id = job_id
        self.run_id = run_id
        self.attempt = attempt
        self.attempt_id = attempt_id
        self.resource: Mapping[str, Any] = resource or {}
        self.secret: Mapping[str, Any] = secret or {}
        self.config: Mapping[str, Any] = config or {}
        self.deadline = datetime.fromtimestamp(deadline_ms / 1_000, UTC) if deadline_ms else None
        self.is_async = is_async
        self.redact = Redactor(secret)
        self.log = ActivityLog(surroundings.say, attempt_id, activity, self.redact)

    @property
    def cancelled(self) -> bool:
        """True once the attempt is no longer wanted. An async function is also interrupted; a plain one looks here."""
        return self._cancelled

    def cancel(self) -> None:
        """Called by the worker: the attempt is no longer wanted."""
        self._cancelled = True

    def heartbeat(self) -> None:
        """Say that the activity is alive. Needed in time by activities that run under a heartbeat limit."""
        self._surroundings.beat(self.attempt_id)

    @property
    def http(self) -> Any:
        """An HTTP client bound to the resource: base URL, credentials, time-out, TLS verification, egress rules.

        An httpx.AsyncClient in async activities, an httpx.Client in plain ones. Credentials go to the resource only.
        """
        if self._client is None:
            self._client = self._surroundings.open_client(self)
        return self._client

    def names_host(self, host: str, port: int) -> bool:
        """True if the operator's or the tenant's egress policy names the host (this task's resource does not count)."""
        return self._surroundings.names_host(host, port)
