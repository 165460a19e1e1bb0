"""What can be asked of a run."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import NotFound
from weft.ports.tasks import Result

NOOP = "system.function.v1.0.0.common.NoOp"


def test_waiting_for_history(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("await", "up")]
        job = await k.start("wait")
        assert await k.engine.wait_history(job.run, 0, 1)
        assert not await k.engine.wait_history(job.run, 1, 0.01)
        assert not await k.engine.wait_closed(job.run, 0.01)
        seen: list[str] = []
        end = k.engine.on_change(lambda jobs: seen.extend(job.status for job in jobs))
        await k.deliver("up")
        end()
        assert seen == ["completed"]
        assert await k.engine.wait_history(job.run, 5, 1)
        with pytest.raises(NotFound):
            await k.engine.wait_closed("nobody", 1)

    kit(test)


def test_pending_tells_everything_open(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("sleep", 50)]
        k.host.scripts["parent"] = [("call", "child")]
        k.host.scripts["wait"] = [("await", "up")]
        parent, wait = await k.start("parent"), await k.start("wait")
        pending = k.engine.pending(parent.run)
        assert [(c.name, c.on_parent_close, bool(c.run)) for c in pending.children] == [("child", "terminate", True)]
        (subscription,) = k.engine.pending(wait.run).subscriptions
        assert (subscription.filters[0].type, subscription.standing) == ("up", False)
        assert not await k.engine.wait_closed(wait.run, 0.001)
        await k.deliver("up")
        assert await k.engine.wait_closed(wait.run, 0.001)
        assert k.engine.pending(wait.run).subscriptions == []

    kit(test)


def test_a_closed_run_that_is_touched_again_is_still_closed(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        job = await k.start("one")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.control(job.run, "terminate")
        await k.engine.complete([Result(task.attempt_id, 1)])
        assert await k.engine.wait_closed(job.run, 0.001)

    kit(test)
