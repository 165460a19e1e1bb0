"""Runs a script in a process of its own: nothing of the server's environment, an empty folder, limits, no network.

Standard input and output are bounded; at the end of the time limit, and in any case at the end, everything that the
script has started is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from weft.connectors import script_launcher
from weft.connectors.script_launcher import CANNOT_ISOLATE, CANNOT_START, SAYS

SEARCHED: Final = "/usr/local/bin:/usr/bin:/bin"
MAX_FILE: Final = 16 << 20
"""Bytes of one file that a script may write."""
INTERPRETERS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "python": (("python3",), ("-I", "-B")),
    "javascript": (("node", "nodejs"), ()),
    "shell": (("sh",), ()),
}
SUFFIXES: Final = {"python": ".py", "javascript": ".js", "shell": ".sh"}


class Limits(msgspec.Struct, frozen=True):
    """Seconds, bytes; `hidden` is a folder that the script shall not see."""

    seconds: float
    memory: int
    output: int
    network: bool = False
    hidden: str = ""


class Ended(msgspec.Struct, frozen=True):
    """How a script ended. `status` None: its time was up. `output` holds at most one byte more than the limit."""

    status: int | None
    output: bytes
    errors: str


class CannotRun(Exception):
    """Scripts cannot be run on this machine as they should; the text says why."""


def interpreter(language: str) -> list[str]:
    """The command that runs a script of a language. Raises CannotRun where there is none."""
    names, options = INTERPRETERS[language]
    for name in names:
        found = shutil.which(name, path=SEARCHED)
        if found:
            return [found, *options]
    raise CannotRun(f"there is no {names[0]} in {SEARCHED} to run {language} scripts")


async def run(language: str, source: bytes, given: bytes, limits: Limits) -> Ended:
    """Run a script with `given` on its standard input. Raises CannotRun."""
    command = interpreter(language)
    box = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="weft-script-"))
    try:
        return await _in_box(box, command, language, source, given, limits)
    finally:
        await asyncio.to_thread(shutil.rmtree, box, True)


async def _in_box(
    box: Path, command: Sequence[str], language: str, source: bytes, given: bytes, limits: Limits
) -> Ended:
    script, work = box / f"script{SUFFIXES[language]}", box / "work"
    await asyncio.to_thread(_fill, box, script, work, source)
    if language == "javascript":
        command = [*command, f"--max-old-space-size={max(16, limits.memory >> 21)}"]
    settings: dict[str, Any] = {
        "network": limits.network,
        "memory": limits.memory,
        "cpu": int(limits.seconds) + 1,
        "files": MAX_FILE,
        "hidden": limits.hidden,
        "address": language != "javascript",  # its engine reserves far more address space than it uses
    }
    launcher = [sys.executable, "-I", "-S", "-B", script_launcher.__file__, msgspec.json.encode(settings).decode()]
    try:
        child = await asyncio.create_subprocess_exec(
            *launcher,
            *command,
            str(script),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=work,
            env=environment(work),
            start_new_session=True,
        )
    except OSError as error:
        raise CannotRun(f"no process can be started: {error.strerror}") from None
    ended = await _talk(child, given, limits)
    if ended.status in (CANNOT_ISOLATE, CANNOT_START) and ended.errors.startswith(SAYS):
        raise CannotRun(ended.errors.removeprefix(SAYS))
    return ended


async def can_isolate() -> None:
    """Raises CannotRun where scripts cannot be run without a network, or not at all."""
    limits = Limits(10, 64 << 20, 1024)
    ended = await run("shell", b"echo true", b"", limits)
    if ended.status != 0:
        raise CannotRun(ended.errors or f"a first script ended with {ended.status}")


def environment(home: Path) -> dict[str, str]:
    """The whole environment of a script."""
    return {"PATH": SEARCHED, "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", "TZ": "UTC"}


def _fill(box: Path, script: Path, work: Path, source: bytes) -> None:
    """The script can be read, and the empty folder written, by the user that the script runs as."""
    box.chmod(0o711)
    script.write_bytes(source)
    script.chmod(0o644)
    work.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(work, script_launcher.NOBODY, script_launcher.NOBODY)


async def _talk(child: asyncio.subprocess.Process, given: bytes, limits: Limits) -> Ended:
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    output = asyncio.ensure_future(_first(child, child.stdout, limits.output))
    errors = asyncio.ensure_future(_last(child.stderr, limits.output))
    feeding = asyncio.ensure_future(_feed(child.stdin, given))
    status: int | None = None
    try:
        async with asyncio.timeout(limits.seconds):
            await output
            status = await child.wait()
    except TimeoutError:
        pass
    finally:
        _kill(child)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        # Whatever still holds the pipes is dead by now: this ends.
        await asyncio.gather(child.wait(), output, errors, return_exceptions=True)
    found = output.result() if not output.cancelled() and output.exception() is None else b""
    return Ended(status, found, errors.result() if not errors.cancelled() else "")


def _kill(child: asyncio.subprocess.Process) -> None:
    """The whole group; processes that left it end with the launcher, whose namespace they live in."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


async def _feed(pipe: asyncio.StreamWriter, given: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionError):
        pipe.write(given)
        await pipe.drain()
    pipe.close()


async def _first(child: asyncio.subprocess.Process, pipe: asyncio.StreamReader, limit: int) -> bytes:
    """All that comes, up to one byte more than the limit; a script that says more is ended."""
    kept = bytearray()
    while piece := await pipe.read(65_536):
        kept += piece[: limit + 1 - len(kept)]
        if len(kept) > limit:
            _kill(child)
            break
    return bytes(kept)


async def _last(pipe: asyncio.StreamReader, limit: int) -> str:
    """The end of what comes."""
    kept = bytearray()
    while piece := await pipe.read(65_536):
        kept += piece
        del kept[:-2048]
    return kept.decode(errors="replace").strip()
