"""The guard of a worker process: a small second process that ends everything the worker has started, however it ends.

A worker ends its process group when the connection to the server ends. It cannot when it is killed itself, or when the
kernel ends it because the server was killed (which must be SIGKILL, to reach a worker that is stuck in C code). What
its activities started would live on. The guard stands in the same group, runs no adapter code, holds no descriptor, and
waits for the kernel to tell it that the worker is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_TOLD = signal.SIGTERM


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal when its parent ends. Elsewhere than on Linux nothing is asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number))


class Guard:
    """`start` before any thread and any adapter code; `dismiss` when the worker ends in good order."""

    def __init__(self) -> None:
        self.pid = 0

    def start(self) -> None:
        """Nothing is started where this process leads no group of its own, or the system is not Linux."""
        worker = os.getpid()
        if sys.platform != "linux" or os.getpgrp() != worker:
            return
        # Blocked before the fork: a signal that comes before the guard's first line must not end it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {_TOLD})
        self.pid = os.fork()
        if self.pid == 0:
            _watch(worker)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def dismiss(self) -> None:
        """End the guard and leave no zombie."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self.pid = 0


def _watch(worker: int) -> None:
    """In the guard: wait for the worker's end, then end the group, this process with it."""
    try:
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        die_with_parent(_TOLD)
        while os.getppid() == worker:
            signal.sigwait({_TOLD})
        os.killpg(0, signal.SIGKILL)
    finally:
        os._exit(1)
