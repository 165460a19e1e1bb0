"""`weft demo` as a user runs it: exit code 0 only when the devices hold what they should."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_S = 110.0
STUBBORN = """
import sys
from weft.demo import device, run

if len(sys.argv) > 1 and sys.argv[1] == "--port":
    {change}
    device.main()
else:
    from weft.demo import processes

    plain = processes.Child.__init__

    def changed(self, name, command, log, env):
        if "weft.demo.device" in command:
            command = [sys.executable, __file__, *command[command.index("--port"):]]
        plain(self, name, command, log, env)

    processes.Child.__init__ = changed
    raise SystemExit(run.main(*sys.argv[1:]))
"""
WRONG = """
    kept = device.Service.write

    async def write(self, request):
        # the routers say yes and hold something else
        answer = await kept(self, request)
        name = request.path_params["name"]
        if name in ("r1", "r2") and name in self.lab.configs:
            self.lab.configs[name]["ntp"] = []
        return answer

    async def release(self, request):
        # the address of sw2 is never given back
        return device.JSONResponse({"released": None})

    device.Service.write = write
    device.Service.release = release
"""


def run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    return subprocess.run(
        [sys.executable, *command], cwd=home, env={**kept, "TMPDIR": str(home)}, capture_output=True, text=True,
        timeout=LIMIT_S, check=False,
    )  # fmt: skip


DEMOS = {
    "cwm": ("r1 holds", "the address of sw2 was not given back"),
    "workflowsvc": ("r1 holds", "r2 holds"),
    "workflow-execution": ("r2 holds",),
}
"""What each demo says of a lab that holds something else."""


@pytest.mark.parametrize("dialect", DEMOS)
def test_the_demo_does_what_it_says_and_leaves_nothing_behind(tmp_path, dialect):
    done = run(tmp_path, "-m", "weft.cli", "demo", "--dialect", dialect)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the devices hold the expected configuration" in done.stdout
    assert list(tmp_path.glob("weft-demo-*")) == []


@pytest.mark.parametrize("dialect", DEMOS)
def test_the_demo_fails_when_the_devices_hold_something_else(tmp_path, dialect):
    script = tmp_path / "other_lab.py"
    script.write_text(STUBBORN.format(change=WRONG.strip()))
    done = run(tmp_path, str(script), dialect)
    assert done.returncode == 1, done.stdout + done.stderr
    for said in DEMOS[dialect]:
        assert f"wrong: {said}" in done.stdout, done.stdout
    assert "the devices hold the expected configuration" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
