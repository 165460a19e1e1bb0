"""Events leave, at last."""

from __future__ import annotations

from typing import Any

from weft.engines.embedded.limits import Limits

NOOP = "system.function.v1.0.0.common.NoOp"


def test_emitted_events_leave_and_are_tried_again(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["emit"] = [("emit", "up")]
        k.host.refuse_publishing = 1
        await k.start("emit")
        await k.idle()
        assert k.host.published == [] and k.engine.stats().outbox == 1
        await k.advance(1_000)
        assert k.host.published == ["up"] and k.engine.stats().outbox == 0

    kit(test)


def test_events_that_never_leave_are_given_up_and_kept(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["emit"] = [("emit", "up")]
        k.host.refuse_publishing = 99
        await k.start("emit")
        await k.idle()
        await k.advance(1_000)
        await k.advance(2_000)
        assert k.host.refuse_publishing == 96 and k.engine.stats().outbox == 0
        row = k.store.read_now(lambda tx: tx.sql.execute("SELECT attempts, failed FROM outbox").fetchone())
        assert row == (3, "ConnectionError")

    kit(test, limits=Limits(outbox_attempts=3))
