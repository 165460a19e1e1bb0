"""One operating-system process that runs the activities of one adapter version."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from pathlib import Path

import msgspec

from weft.ports.tasks import TaskSource
from weft.workers.children import cleared_environment, kill_group, limited
from weft.workers.feed import Feed
from weft_adapter.channel import Channel
from weft_adapter.errors import WORKER_LOST, WORKER_STOPPED
from weft_adapter.messages import (
    PROTOCOL_VERSION,
    Credit,
    Drain,
    Heartbeat,
    Hello,
    Log,
    ProtocolError,
    Results,
    Setup,
    decode_from_worker,
    frame,
)

logger = logging.getLogger("weft.workers")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
OUTPUT_KEPT = 4_096
CLOSE_SECONDS = 1.0
MAX_LINES = 1_000


class StartFailed(Exception):
    """The process did not become ready; the text is the cause."""


class Launch(msgspec.Struct, frozen=True):
    """What to start: the interpreter of the adapter's environment, its directory, the setup, limits in bytes and s."""

    python: Path
    home: Path
    setup: Setup
    queue: str
    memory_bytes: int = 0
    start_seconds: float = 60.0


class LineLimit:
    """Lets `MAX_LINES` lines a second through to the server's log, and says once a second how many it held back."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._since = 0.0
        self._count = 0

    def permit(self, now: float) -> bool:
        """True if a line may be logged at `now` (seconds)."""
        if now - self._since >= 1.0:
            if self._count > MAX_LINES:
                logger.warning("worker %s: %d lines of its output were left out", self._queue, self._count - MAX_LINES)
            self._since, self._count = now, 0
        self._count += 1
        return self._count <= MAX_LINES


class WorkerProcess:
    """Started once, ends once."""

    def __init__(self, launch: Launch, source: TaskSource) -> None:
        self._launch = launch
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._channel: Channel | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._feed: Feed | None = None
        self._hello: asyncio.Future[Hello] = self._loop.create_future()
        self._closed = asyncio.Event()
        self._ended = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._output = bytearray()
        self._lines = LineLimit(launch.queue)
        self._lost_code: str | None = WORKER_LOST
        self._complaint = ""
        self._draining = False
        self.cause = ""
        self.last_seen = self._loop.time()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @property
    def held(self) -> int:
        """Attempts the process holds."""
        return self._feed.held if self._feed is not None else 0

    async def start(self) -> Hello:
        """Start and wait until the adapter is loaded. Raises StartFailed; nothing is left running then."""
        try:
            await self._spawn()
        except OSError as error:
            self._ended.set()
            raise StartFailed(f"{self._launch.python}: {error.strerror or error}") from None
        try:
            async with asyncio.timeout(self._launch.start_seconds):
                hello = await self._hello
        except (TimeoutError, StartFailed, asyncio.CancelledError) as error:
            self._kill()
            await asyncio.shield(self._ended.wait())
            if isinstance(error, asyncio.CancelledError):
                raise
            text = str(error) or f"the adapter was not loaded within {self._launch.start_seconds:g} s"
            raise StartFailed(self._complaint or text) from None
        return hello

    async def _spawn(self) -> None:
        launch = self._launch
        own, other = socket.socketpair()
        own.setblocking(False)
        command = [str(launch.python), "-I", "-m", "weft_adapter.worker", "--fd", str(other.fileno())]
        try:
            self._child = await asyncio.create_subprocess_exec(
                *limited(command, launch.memory_bytes),
                cwd=launch.home,
                env=cleared_environment(launch.home),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )  # fmt: skip
        except BaseException:
            own.close()
            raise
        finally:
            other.close()
        self._channel = await Channel.open(own, self._on_frame, self._on_close)
        self._watcher = self._loop.create_task(self._watch(self._child))
        self._channel.send(frame(launch.setup))

    async def ended(self) -> str:
        """Wait until the process is gone and its attempts are settled; why it ended, `""` after a drain."""
        await self._ended.wait()
        return self.cause

    def drain(self) -> None:
        """Take nothing more, finish what runs, end."""
        self._draining = True
        if self._feed is None:
            self.stop()
            return
        self._feed.close()
        self._send(frame(Drain()))

    def stop(self) -> None:
        """End it now; its attempts are lost with WORKER_STOPPED."""
        self._lost_code = WORKER_STOPPED
        self._kill()

    def abandon(self) -> None:
        """End it now without a word about its attempts, because the server stops too."""
        self._lost_code = None
        self._kill()

    def _kill(self) -> None:
        if self._child is not None and not self._ended.is_set():
            kill_group(self._child.pid)

    def _send(self, data: bytes) -> None:
        if self._channel is not None:
            self._channel.send(data)

    def _on_frame(self, body: bytes) -> None:
        message = decode_from_worker(body)
        self.last_seen = self._loop.time()
        if self._feed is None:
            self._on_hello(message)
        elif isinstance(message, Results):
            self._feed.results(message.items)
        elif isinstance(message, Credit):
            self._feed.credit(message.count)
        elif isinstance(message, Heartbeat):
            self._feed.heartbeat(message.attempt_ids)
        elif isinstance(message, Log):
            self._log(message)
        else:
            raise ProtocolError("a second hello")

    def _on_hello(self, message: object) -> None:
        if not isinstance(message, Hello):
            raise ProtocolError("the first frame is hello")
        self._complaint = message.error
        if not message.error and message.adapter_id != self._launch.setup.adapter_id:
            self._complaint = f"the process hosts {message.adapter_id[:200]!r}"
        if not message.error and message.protocol != PROTOCOL_VERSION:
            self._complaint = f"the process speaks protocol {message.protocol}, the server {PROTOCOL_VERSION}"
        if self._complaint:
            self._refuse(self._complaint)
            return
        channel = self._channel
        assert channel is not None
        self._feed = Feed(self._source, self._launch.queue, message.adapter_id, channel.send, lambda: channel.congested)
        channel.on_writable = self._feed.wake
        if not self._hello.done():
            self._hello.set_result(message)

    def _refuse(self, cause: str) -> None:
        if not self._hello.done():
            self._hello.set_exception(StartFailed(cause))

    def _on_close(self, cause: Exception | None) -> None:
        self._closed.set()
        if isinstance(cause, ProtocolError):
            self._complaint = self._complaint or str(cause)
            self._kill()
        else:
            # It closes the connection when it exits by itself. One that goes on without it is of no use.
            self._loop.call_later(CLOSE_SECONDS, self._kill)

    def _log(self, line: Log) -> None:
        if not self._lines.permit(self._loop.time()):
            return
        logger.log(
            _LEVELS.get(line.level, logging.INFO),
            "%s",
            line.message,
            extra={
                "worker": self._launch.queue,
                "activity": line.activity,
                "attempt_id": line.attempt_id,
                "fields": line.fields,
            },
        )

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        output = self._loop.create_task(self._read_output(child))
        status = await child.wait()
        kill_group(child.pid)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._closed.wait()
        if self._channel is not None:
            self._channel.close()
        await asyncio.wait([output], timeout=CLOSE_SECONDS)
        output.cancel()
        self.cause = self._cause(status)
        self._refuse(self.cause or "the process ended before it was ready")
        if self._feed is not None:
            try:
                await self._feed.end(self._lost_code)
            except Exception:
                logger.exception("worker %s: the attempts of a lost process were not reported", self._launch.queue)
        self._ended.set()

    def _cause(self, status: int) -> str:
        if status == 0 and self._draining:
            return ""
        if self._complaint:
            return self._complaint
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        last = self._output.decode(errors="replace").strip().splitlines()[-1:]
        return f"the process ended with {how}" + (f": {last[0][:500]}" if last else "")

    async def _read_output(self, child: asyncio.subprocess.Process) -> None:
        """What the adapter prints: kept in part for the cause of its end, and logged."""
        assert child.stdout is not None
        while piece := await child.stdout.read(65_536):
            self._output += piece
            del self._output[:-OUTPUT_KEPT]
            for line in piece.decode(errors="replace").splitlines()[:100]:
                if line.strip() and self._lines.permit(self._loop.time()):
                    logger.info("%s", line[:1_000], extra={"worker": self._launch.queue, "output": True})
