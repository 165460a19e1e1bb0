"""Work that goes on beside the server until it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any


def keep_up(work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Begin at once; leaving `stack` ends it, wherever it is."""
    task = asyncio.get_running_loop().create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
