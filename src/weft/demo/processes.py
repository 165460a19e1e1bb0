"""The demo's child processes: the lab's device service and a Weft server, each ended with the demo."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

READY_S = 60.0


class DemoError(Exception):
    """The demo cannot go on; the message says why and where to look."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Child:
    """One server process with its log file."""

    def __init__(self, name: str, command: list[str], log: Path, env: dict[str, str]) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)

    def wait_ready(self, url: str) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise DemoError(f"the {self.name} ended at once; its log is {self.log}:\n{self.tail()}")
            try:
                if httpx.get(url, timeout=2).status_code < 500:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise DemoError(f"the {self.name} did not answer at {url} within {READY_S:.0f} s; its log is {self.log}")

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


class Lab(Child):
    """The device service."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "weft.demo.device", "--port", str(self.port)]
        super().__init__("device service", command, folder / "devices.log", dict(os.environ))
        self.wait_ready(f"http://127.0.0.1:{self.port}/state")

    def state(self) -> dict[str, Any]:
        """What the devices really hold, asked past Weft."""
        return httpx.get(f"http://127.0.0.1:{self.port}/state", timeout=10).json()


class Server(Child):
    """A Weft server on an empty data directory; it may reach the lab's port and nothing else on loopback."""

    def __init__(self, folder: Path, lab: Lab) -> None:
        self.port = free_port()
        self.user, self.password = "admin", secrets.token_urlsafe(12)
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        env = dict(os.environ)
        env.update(
            WEFT_ADMIN_USER=self.user,
            WEFT_ADMIN_PASSWORD=self.password,
            WEFT_EGRESS_ALLOW=f"127.0.0.1:{lab.port}",
        )
        command = [sys.executable, "-m", "weft.cli", "serve", "--data-dir", str(self.data)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        super().__init__("Weft server", command, folder / "weft.log", env)
        self.wait_ready(f"{self.url}/readyz")
