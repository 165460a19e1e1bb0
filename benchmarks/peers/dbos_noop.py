"""DBOS at its best on SQLite: WAL set on the file before DBOS opens it, workflows in threads, 8 at a time."""

import asyncio
import os
import sqlite3
import sys

import timing
from dbos import DBOS


@DBOS.step()
def noop(i):
    return i


@DBOS.workflow()
def three(i):
    return noop(noop(noop(i)))


async def main(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    DBOS(config={"name": "peer", "system_database_url": f"sqlite:///{path}", "log_level": "ERROR",
                 "run_admin_server": False})
    DBOS.launch()

    async def one(i):
        await asyncio.to_thread(three, i)

    await timing.bench(one, [("one at a time", 100, 1), ("500 in flight", 1000, 8)])
    DBOS.destroy()


asyncio.run(main(sys.argv[1]))
sys.stdout.flush()
os._exit(0)
