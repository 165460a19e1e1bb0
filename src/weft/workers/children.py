"""How child processes are started: nothing of the server's environment, limits, a process group of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

OUTPUT_LIMIT = 64 * 1024
GRACE_SECONDS = 5.0


def cleared_environment(home: Path) -> dict[str, str]:
    """The whole environment of a child. Few malloc arenas, because each reserves address space, which is limited."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108 - where the system has it
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MALLOC_ARENA_MAX": "2",
    }


def limited(command: Sequence[str], memory_bytes: int) -> list[str]:
    """The command with a limit on its address space, in force from its first instruction; 0 means none.

    The shell sets the limit on itself and becomes the command: the process stays the same.
    """
    if not memory_bytes:
        return list(command)
    become = 'ulimit -v "$1" && shift && unset PWD && exec "$@"'
    return ["/bin/sh", "-c", become, "sh", str(memory_bytes // 1024), *command]


def kill_group(pid: int) -> None:
    """End a child's process group at once."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class Ran(msgspec.Struct, frozen=True):
    """How a child ended: `status` None means it ran out of time. `output` is the end of what it wrote."""

    status: int | None
    output: str


class PipeReader:
    """Reads a pipe to its end in a thread, so that a child never waits for a reader, and keeps a bounded part.

    Keeps the first `limit` bytes and one piece more (so that "too much" can be seen), or with `tail` the last.
    """

    def __init__(self, descriptor: int, limit: int, *, tail: bool = False) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._tail = tail
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with os.fdopen(self._descriptor, "rb", buffering=0) as pipe:
            while piece := pipe.read(65_536):
                if self._tail:
                    self._kept += piece
                    del self._kept[: -self._limit]
                elif len(self._kept) <= self._limit:
                    self._kept += piece

    def result(self) -> bytes:
        """What was kept. Waits for the end, but not for a stray grandchild that keeps the pipe open."""
        self._thread.join(GRACE_SECONDS)
        return bytes(self._kept)


def run(command: Sequence[str], home: Path, seconds: float, *, pass_fds: Sequence[int] = (), memory: int = 0) -> Ran:
    """Run a child to its end, or end its whole group after `seconds`. Blocks: call it in a thread."""
    reading, writing = os.pipe()
    try:
        child = subprocess.Popen(
            limited(command, memory),
            cwd=home,
            env=cleared_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    except OSError as error:
        os.close(reading)
        return Ran(127, f"{command[0]}: {error.strerror}")
    finally:
        os.close(writing)
    output = PipeReader(reading, OUTPUT_LIMIT, tail=True)
    status: int | None = None
    with contextlib.suppress(subprocess.TimeoutExpired):
        status = child.wait(timeout=seconds)
    kill_group(child.pid)
    child.wait()
    return Ran(status, output.result().decode(errors="replace").strip())
