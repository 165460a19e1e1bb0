"""Becomes a script: runs as a program of its own, with the standard library only, never inside the server.

Arguments: a JSON object `{network, memory, cpu, files, hidden, address}` and then the script's command. Cuts the
process off from the network (unless `network`), from other processes and from the server's folder (`hidden`), sets
limits, becomes a user without rights if it is root, and starts the script. Ends with the script's exit code, 128 + the
signal that ended it, or `CANNOT_ISOLATE` before anything was started.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any, NoReturn

CANNOT_ISOLATE = 125
CANNOT_START = 126
SAYS = "weft: "
"""What this program itself says on standard error begins so."""
NOBODY = 65_534
_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_MS_REC_PRIVATE = 0x44000
_MS_NOSUID_NODEV_NOEXEC_RDONLY = 0xF
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def isolate(libc: Any, network: bool) -> bool:
    """Leave the shared namespaces. Everything if the kernel lets; the network in any case, or False is given."""
    uid, gid = os.getuid(), os.getgid()
    own = 0 if uid == 0 else _NEWUSER
    needed = 0 if network else _NEWNET
    for more in (_NEWNS | _NEWPID | _NEWIPC, _NEWPID, 0):
        flags = own | needed | more
        if flags == own or libc.unshare(flags) == 0:
            if own and flags != own:
                _map(uid, gid)
            return True
    return False


def _map(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - nothing more than needed is imported here
            file.write(text)


def hide(libc: Any, folder: str) -> None:
    """Put an empty folder in place of the server's own; without a mount namespace of its own this changes nothing."""
    if libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None) == 0 and folder:
        libc.mount(b"none", os.fsencode(folder), b"tmpfs", _MS_NOSUID_NODEV_NOEXEC_RDONLY, b"size=4k,mode=0")


def limit(given: dict[str, Any]) -> None:
    """Processor time, memory, file size, descriptors, processes, no core files."""
    memory = int(given["memory"])
    wanted = [
        (resource.RLIMIT_CPU, int(given["cpu"])),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, int(given["files"])),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ]
    if given["address"]:
        wanted.append((resource.RLIMIT_AS, memory))
    for which, value in wanted:
        hard = resource.getrlimit(which)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (most, most))


def drop(libc: Any) -> None:
    """No rights of root, and none to be had by starting another program."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def become(command: list[str]) -> NoReturn:
    """Become the script's interpreter."""
    try:
        os.execv(command[0], command)  # noqa: S606 - that is what this program is for
    except OSError as error:
        sys.stderr.write(f"{SAYS}{command[0]} cannot be started: {error.strerror}\n")
        os._exit(CANNOT_START)


def relay(child: int) -> NoReturn:
    """Wait for a child and end as it ended; other children are only collected."""
    for stream in (0, 1):
        os.close(stream)
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def main(arguments: list[str]) -> NoReturn:
    """See the module."""
    given: dict[str, Any] = json.loads(arguments[0])
    command = arguments[1:]
    libc = _libc()
    libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    before = os.stat("/proc/self/ns/mnt").st_ino  # noqa: PTH116
    if not isolate(libc, bool(given["network"])):
        sys.stderr.write(f"{SAYS}the kernel gives no network namespace\n")
        os._exit(CANNOT_ISOLATE)
    if os.stat("/proc/self/ns/mnt").st_ino != before:  # noqa: PTH116
        hide(libc, str(given["hidden"]))
    # The first child is the first process of its own process namespace, where the kernel spares it from signals; the
    # script is the second. When this process ends, they all do.
    first = os.fork()
    if first:
        relay(first)
    drop(libc)
    second = os.fork()
    if second:
        relay(second)
    limit(given)
    if hasattr(resource, "RLIMIT_NPROC") and os.getuid() == NOBODY:
        resource.setrlimit(resource.RLIMIT_NPROC, (1024, 1024))
    become(command)


if __name__ == "__main__":
    main(sys.argv[1:])
