"""Prefect: flows of 3 tasks in this process against Prefect's own server on SQLite, 10 at a time."""

import asyncio
import logging
import os
import sys

os.environ["PREFECT_API_URL"] = sys.argv[1]
os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

import timing
from prefect import flow, task

logging.disable(logging.WARNING)


@task
async def noop(i):
    return i


@flow
async def three(i):
    return await noop(await noop(await noop(i)))


asyncio.run(timing.bench(three, [("one at a time", 20, 1), ("500 in flight", 60, 10)], repeat=3, warmup=5))
sys.stdout.flush()
os._exit(0)
