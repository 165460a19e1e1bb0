"""The guard ends what a worker started, in real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WORKER = """
import os, subprocess, sys, time
from weft_adapter.worker.guard import Guard
guard = Guard()
guard.start()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), guard.pid, child.pid, flush=True)
sys.stdin.readline()
guard.dismiss()
print("dismissed", flush=True)
sys.stdin.readline()
"""


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ended(pid: int, limit_s: float = 10) -> bool:
    deadline = time.monotonic() + limit_s
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not running(pid)


def begin(*, leader: bool) -> tuple[subprocess.Popen[str], list[int]]:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=leader,
    )  # fmt: skip
    assert worker.stdout is not None
    return worker, [int(word) for word in worker.stdout.readline().split()]


def test_a_killed_workers_children_end() -> None:
    worker, (pid, guard, child) = begin(leader=True)
    os.kill(pid, signal.SIGKILL)
    worker.wait(10)
    assert ended(child)
    assert ended(guard)


def test_an_ordinary_signal_does_not_send_the_guard_away() -> None:
    worker, (pid, guard, child) = begin(leader=True)
    os.kill(guard, signal.SIGTERM)
    assert running(child)
    os.kill(pid, signal.SIGKILL)
    worker.wait(10)
    assert ended(child)


def test_a_dismissed_guard_is_gone_and_ends_nobody() -> None:
    worker, (_pid, guard, child) = begin(leader=True)
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write("\n")
    worker.stdin.flush()
    assert worker.stdout.readline() == "dismissed\n"
    assert not Path(f"/proc/{guard}").exists() or guard == 0
    assert running(child)
    worker.kill()
    worker.wait(10)
    os.kill(child, signal.SIGKILL)


def test_without_a_group_of_its_own_there_is_no_guard() -> None:
    worker, (_pid, guard, child) = begin(leader=False)
    assert guard == 0
    worker.kill()
    worker.wait(10)
    os.kill(child, signal.SIGKILL)
