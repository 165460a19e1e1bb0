"""Runs the activities of one adapter for the server at the other end of a channel."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from weft_adapter.activities import Activity
from weft_adapter.channel import Channel
from weft_adapter.clients import Clients
from weft_adapter.context import ActivityContext
from weft_adapter.errors import ADAPTER_NOT_FOUND
from weft_adapter.messages import (
    MAX_MESSAGE,
    Ack,
    Cancel,
    Credit,
    Drain,
    Fault,
    Heartbeat,
    Log,
    ProtocolError,
    Result,
    Setup,
    Task,
    Tasks,
    decode_to_worker,
    frame,
)
from weft_adapter.worker.attempts import RunningAttempt
from weft_adapter.worker.outbox import Outbox
from weft_adapter.worker.threads import ThreadPool

UNACKED_LIMIT = 8
"""Times the concurrency: with more unacknowledged results than that, credit is only given back by acknowledgements."""
MAX_LINES = 1_000
"""Log lines per second that are passed on."""


class Runtime:
    """Takes tasks, runs them (async functions in the loop, plain ones in threads), and answers in batches.

    All methods but those of the context's surroundings (`beat`, `say`, `open_client`, `names_host`) belong to the
    loop's thread. `on_idle` is called once after a drain, when nothing runs and every result is acknowledged.
    """

    def __init__(
        self, channel: Channel, setup: Setup, activities: dict[str, Activity], on_idle: Callable[[], None]
    ) -> None:
        allowed = None if setup.allowed is None else set(setup.allowed)
        self._activities = {key: item for key, item in activities.items() if allowed is None or key in allowed}
        self._channel = channel
        self._setup = setup
        self._on_idle = on_idle
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._pool = ThreadPool(setup.threads)
        self._outbox = Outbox()
        self._running: dict[str, RunningAttempt] = {}
        self._owed = 0
        self._draining = False
        self._flush_planned = False
        self._lines_left = MAX_LINES
        self.clients = Clients(setup.egress)

    def start(self) -> None:
        """Give credit and begin to beat."""
        self._channel.send(frame(Credit(self._setup.concurrency)))
        self._loop.call_later(self._setup.heartbeat_ms / 1_000, self._beat_all)
        self._loop.call_later(self._setup.repeat_ms / 1_000, self._repeat)

    def on_frame(self, body: bytes) -> None:
        """A frame of the server. Raises ProtocolError."""
        message = decode_to_worker(body)
        if isinstance(message, Tasks):
            for task in message.items:
                self._take(task)
        elif isinstance(message, Ack):
            self._outbox.acknowledge(message.attempt_ids)
            self._plan_flush()
        elif isinstance(message, Cancel):
            for attempt_id in message.attempt_ids:
                self._cancel(attempt_id)
        elif isinstance(message, Drain):
            self._draining = True
            self._plan_flush()
        else:
            raise ProtocolError(f"unexpected frame {type(message).__name__}")

    def _take(self, task: Task) -> None:
        if task.attempt_id in self._running:
            self._settle()
            return
        if task.attempt_id in self._outbox:
            self._outbox.renew(task.attempt_id)
            self._settle()
            return
        activity = self._activities.get(task.activity)
        if activity is None:
            fault = Fault(ADAPTER_NOT_FOUND, f"this worker does not offer {task.activity}", False)
            self._outbox.add(Result(task.attempt_id, None, fault))
            self._settle()
            return
        self._begin(task, activity)

    def _begin(self, task: Task, activity: Activity) -> None:
        context = ActivityContext(
            self,
            activity=task.activity,
            job_id=task.job,
            run_id=task.run,
            attempt=task.attempt,
            attempt_id=task.attempt_id,
            resource=task.resource,
            secret=task.secret,
            config=task.config,
            deadline_ms=task.deadline_ms,
            is_async=activity.is_async,
        )
        attempt = RunningAttempt(task, activity, context, self._loop.time())
        self._running[task.attempt_id] = attempt
        try:
            arguments = activity.arguments(task.input, context)
        except Exception as error:  # noqa: BLE001 - checks of an input run foreign code (hooks of its classes)
            self._ended(attempt, None, error)
            return
        if task.deadline_ms:
            left = task.deadline_ms / 1_000 - time.time_ns() / 1e9
            attempt.timer = self._loop.call_later(max(0.0, left), self._expire, attempt)
        if activity.is_async:
            attempt.handle = self._loop.create_task(self._run(attempt, arguments))
        else:
            self._pool.submit(
                lambda: _called(attempt, arguments), lambda value, error: self._ended(attempt, value, error)
            )

    async def _run(self, attempt: RunningAttempt, arguments: dict[str, Any]) -> None:
        value: Any = None
        failure: BaseException | None = None
        try:
            value = await attempt.activity.function(**arguments)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever an activity raises, cancellation too, is its outcome
            failure = error
        self._ended(attempt, value, failure)

    def _ended(self, attempt: RunningAttempt, value: Any, error: BaseException | None) -> None:
        if attempt.timer is not None:
            attempt.timer.cancel()
        if not attempt.answered:
            attempt.answered = True
            self._outbox.add(attempt.result(value, error, self._loop.time()))
        del self._running[attempt.task.attempt_id]
        self._settle()

    def _expire(self, attempt: RunningAttempt) -> None:
        """The deadline passed: answer now; the function is told, and its place is free when it has ended."""
        if attempt.answered:
            return
        attempt.answered = True
        self._outbox.add(attempt.expired(self._loop.time()))
        self._interrupt(attempt)
        self._plan_flush()

    def _cancel(self, attempt_id: str) -> None:
        attempt = self._running.get(attempt_id)
        if attempt is not None:
            self._interrupt(attempt)

    def _interrupt(self, attempt: RunningAttempt) -> None:
        attempt.context.cancel()
        if attempt.handle is not None:
            attempt.handle.cancel()

    def _settle(self) -> None:
        self._owed += 1
        self._plan_flush()

    def _plan_flush(self) -> None:
        if not self._flush_planned:
            self._flush_planned = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send what has gathered since the last turn of the loop: one frame of results, one of credit."""
        self._flush_planned = False
        frames = self._outbox.take(self._loop.time())
        if self._owed and not self._draining and len(self._outbox) <= UNACKED_LIMIT * self._setup.concurrency:
            frames.append(frame(Credit(self._owed)))
            self._owed = 0
        if frames:
            self._channel.send(b"".join(frames))
        if self._draining and not self._running and not len(self._outbox):
            self._on_idle()

    def _repeat(self) -> None:
        after = self._setup.repeat_ms / 1_000
        frames = self._outbox.repeat(self._loop.time(), after)
        if frames:
            self._channel.send(b"".join(frames))
        self._loop.call_later(after, self._repeat)

    def _beat_all(self) -> None:
        alive: list[str] = []
        for attempt_id, attempt in self._running.items():
            if not attempt.answered and (attempt.beaten or not attempt.task.heartbeat_ms):
                alive.append(attempt_id)
            attempt.beaten = False
        self._lines_left = MAX_LINES
        self._channel.send(frame(Heartbeat(alive)))
        self._loop.call_later(self._setup.heartbeat_ms / 1_000, self._beat_all)

    def beat(self, attempt_id: str) -> None:
        attempt = self._running.get(attempt_id)
        if attempt is not None:
            attempt.beaten = True

    def say(self, level: str, message: str, attempt_id: str, activity: str, fields: dict[str, str]) -> None:
        text = message[:MAX_MESSAGE].encode("utf-8", "replace").decode()
        clean = {key: value.encode("utf-8", "replace").decode() for key, value in fields.items()}
        line = Log(level, text, attempt_id, activity, clean)
        if threading.get_ident() == self._thread:
            self._send_line(line)
        else:
            self._loop.call_soon_threadsafe(self._send_line, line)

    def _send_line(self, line: Log) -> None:
        if self._lines_left > 0:
            self._lines_left -= 1
            self._channel.send(frame(line))

    def open_client(self, context: ActivityContext) -> Any:
        make = self.clients.client if context.is_async else self.clients.blocking
        return make(context.resource, context.secret, context.config)

    def names_host(self, host: str, port: int) -> bool:
        return self.clients.policy.names(host, port)


def _called(attempt: RunningAttempt, arguments: dict[str, Any]) -> Any:
    """In a pool thread: run the function, unless its attempt was given up while it waited for a thread."""
    if attempt.context.cancelled:
        raise asyncio.CancelledError
    return attempt.activity.function(**arguments)
