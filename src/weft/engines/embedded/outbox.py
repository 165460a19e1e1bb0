"""The relay: takes events from the outbox and publishes them, with retries, until they have left."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
import structlog

from weft.domain.errors import Refusal
from weft.engines.embedded.codec import outbox_item
from weft.engines.embedded.limits import Limits
from weft.ports.clock import Clock
from weft.ports.engine import EngineHost
from weft.ports.runs import OutboxRow
from weft.ports.store import Store, Tx

_log = structlog.get_logger("weft.engine")
BATCH = 64
POLL_S = 1.0


class Outbox:
    """At least once: an event that was published just before a crash is published again, with the same event id."""

    def __init__(self, store: Store, host: EngineHost, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._host = host
        self._clock = clock
        self._limits = limits
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._working = False

    def start(self) -> None:
        self._poked.set()
        self._task = asyncio.get_running_loop().create_task(self._relay())

    async def stop(self) -> None:
        """What is being published is cut off, and published again at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def poke(self) -> None:
        """There is something new, or something due."""
        self._poked.set()

    @property
    def working(self) -> bool:
        return self._working or self._poked.is_set()

    async def _relay(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._poked.wait()
            self._working = True
            self._poked.clear()
            try:
                while await self.relay_due():
                    pass
            except Refusal as refusal:
                _log.warning("the outbox cannot be worked on now", reason=refusal.message)
            except Exception:  # noqa: BLE001
                _log.exception("the outbox relay failed")
            finally:
                self._working = False

    async def relay_due(self) -> int:
        """Publish what is due now, one batch; how many rows it had."""
        now = self._clock.now_ms()
        rows = self._store.read_now(lambda tx: tx.runs.due_outbox(now, BATCH))
        if not rows:
            return 0
        results = await asyncio.gather(*(self._publish(row) for row in rows))
        sent = [row.id for row, problem in zip(rows, results, strict=True) if not problem]
        kept = [self._later(row, problem) for row, problem in zip(rows, results, strict=True) if problem]

        def settle(tx: Tx) -> None:
            runs = tx.runs
            runs.delete_outbox(sent)
            for row in kept:
                runs.update_outbox(row)

        await self._store.write(settle)
        return len(rows)

    async def _publish(self, row: OutboxRow) -> str:
        """An empty text when it has left, else why not."""
        try:
            item = outbox_item.decode(row.body)
            await asyncio.wait_for(self._host.publish(item.job, item.command), self._limits.publish_s)
        except TimeoutError:
            return f"not published within {self._limits.publish_s:g} s"
        except Refusal as refusal:
            return refusal.message
        except Exception as error:  # noqa: BLE001
            _log.exception("publishing failed")
            return type(error).__name__
        return ""

    def _later(self, row: OutboxRow, problem: str) -> OutboxRow:
        row.attempts += 1
        delay = min(self._limits.outbox_first_ms << min(row.attempts - 1, 20), self._limits.outbox_longest_ms)
        row.next_at = self._clock.now_ms() + delay
        if row.attempts >= self._limits.outbox_attempts:
            row.failed = problem[:500] or "not published"
            _log.error("an event is given up", attempts=row.attempts, reason=row.failed, **_named(row))
        return row


def _named(row: OutboxRow) -> dict[str, str]:
    """Which event of which job a row holds, for the log."""
    try:
        item = outbox_item.decode(row.body)
    except msgspec.MsgspecError:
        return {"ref": row.ref}
    event = item.command.event
    return {"job": item.job.id, "run": item.job.run, "type": str(event.get("type")), "id": str(event.get("id"))}
