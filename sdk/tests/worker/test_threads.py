"""The pool for plain functions."""

import asyncio
import threading
from typing import Any

from weft_adapter.worker.threads import ThreadPool


def test_values_and_errors_come_back_to_the_loop() -> None:
    async def scene() -> list[Any]:
        pool, loop = ThreadPool(2), asyncio.get_running_loop()
        outcomes: list[Any] = []
        ready: asyncio.Future[None] = loop.create_future()

        def done(value: Any, error: BaseException | None) -> None:
            assert threading.current_thread() is threading.main_thread()
            outcomes.append(value if error is None else type(error).__name__)
            if len(outcomes) == 3:
                ready.set_result(None)

        pool.submit(lambda: 1, done)
        pool.submit(lambda: {}["x"], done)
        pool.submit(lambda: (_ for _ in ()).throw(SystemExit(1)), done)
        await ready
        return outcomes

    assert sorted(map(str, asyncio.run(scene()))) == ["1", "KeyError", "SystemExit"]


def test_no_more_threads_than_allowed_and_all_work_is_done() -> None:
    async def scene() -> tuple[int, int]:
        pool, loop = ThreadPool(2), asyncio.get_running_loop()
        both = threading.Barrier(2, timeout=20)
        names: set[str] = set()
        count = 0
        ready: asyncio.Future[None] = loop.create_future()

        def work() -> str:
            both.wait()
            return threading.current_thread().name

        def done(value: Any, error: BaseException | None) -> None:
            nonlocal count
            assert error is None
            names.add(value)
            count += 1
            if count == 8:
                ready.set_result(None)

        for _ in range(8):
            pool.submit(work, done)
        await ready
        return len(names), count

    assert asyncio.run(scene()) == (2, 8)
