"""What every demo stands on: a lab, a Weft server on an empty file, lines with the time, and the end of it all."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape

from weft.demo.device import DEVICES
from weft.demo.processes import DemoError, Lab, Server

POLL_S = 0.05
T = TypeVar("T")


class Stage:
    """One run of a demo in a folder of its own."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console
        self.started = time.monotonic()

    def step(self, text: str) -> None:
        """One line of progress; `text` may hold markup."""
        self.console.print(f"[dim]{time.monotonic() - self.started:6.2f}s[/dim]  {text}", soft_wrap=True)


@dataclass(frozen=True)
class Ending:
    """`wrong`: what is not as it should be; `good`: what to say when nothing is wrong; `hints`: what to try next."""

    wrong: list[str]
    good: str
    hints: tuple[str, ...]


Show = Callable[[Stage, Server, Lab], Ending]


def until(ask: Callable[[], T | None], what: str, limit_s: float = 60.0) -> T:
    """What `ask` gives as soon as it gives something. Raises DemoError after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while True:
        found = ask()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise DemoError(f"not within {limit_s:.0f} s: {what}")
        time.sleep(POLL_S)


def definition(name: str, lab: Lab) -> dict[str, Any]:
    """A definition of the demo; `http://lab` in it is where the lab really is."""
    text = resources.files("weft.demo").joinpath(f"definitions/{name}.json").read_text()
    return json.loads(text.replace("http://lab/", f"http://127.0.0.1:{lab.port}/"))


def play(show: Show, *, keep: bool = False, folder: Path | None = None) -> int:
    """Run a demo; 0 only if its effects are really there."""
    console = Console()
    home = folder or Path(tempfile.mkdtemp(prefix="weft-demo-"))
    home.mkdir(parents=True, exist_ok=True)
    stage = Stage(home, console)
    undo: list[Callable[[], None]] = []
    code = 1
    try:
        lab = Lab(home)
        undo.append(lab.stop)
        stage.step(f"device service on port {lab.port} ({len(DEVICES)} devices, one busy, one that refuses)")
        server = Server(home, lab)
        undo.append(server.stop)
        stage.step(f"Weft on {server.url}, empty SQLite file in {server.data}")
        ending = show(stage, server, lab)
        for problem in ending.wrong:
            console.print(f"[red]wrong:[/red] {escape(problem)}", soft_wrap=True)
        if not ending.wrong:
            stage.step(f"[green]{ending.good}[/green]")
            code = 0
        if keep:
            _keep_running(stage, server, lab, ending.hints)
        return code
    except DemoError as problem:
        console.print(f"[red]the demo stopped:[/red] {escape(str(problem))}", soft_wrap=True)
        return 1
    finally:
        for stop in reversed(undo):
            stop()
        if code:
            console.print(f"logs and data stay in {home}")
        elif folder is None:
            shutil.rmtree(home, ignore_errors=True)


def _keep_running(stage: Stage, server: Server, lab: Lab, hints: tuple[str, ...]) -> None:
    show = stage.console.print
    show(f"\nWeft     {server.url}   user {server.user}  password {server.password}  log {server.log}", soft_wrap=True)
    show(f"Lab      http://127.0.0.1:{lab.port}/state")
    show("\nThree things to try next (Ctrl-C ends everything):")
    for number, hint in enumerate(hints, 1):
        show(f"  {number}. {hint}", soft_wrap=True, markup=False)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
