"""`weft demo` as a user runs it: exit code 0 only when the devices hold what they should."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
    raise SystemExit(run.main())
"""
WRONG = """
    kept = device.Service.write

    async def write(self, request):
        # r1 says yes and holds something else
        answer = await kept(self, request)
        if request.path_params["name"] == "r1":
            self.lab.configs["r1"]["ntp"] = []
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


def test_the_demo_configures_the_devices_and_leaves_nothing_behind(tmp_path):
    done = run(tmp_path, "-m", "weft.cli", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the devices hold the expected configuration" in done.stdout
    assert list(tmp_path.glob("weft-demo-*")) == []


def test_the_demo_fails_when_the_devices_hold_something_else(tmp_path):
    script = tmp_path / "other_lab.py"
    script.write_text(STUBBORN.format(change=WRONG.strip()))
    done = run(tmp_path, str(script))
    assert done.returncode == 1, done.stdout + done.stderr
    wrong = done.stdout.split("wrong: ", 1)[1]
    assert "r1 holds" in wrong
    assert "the address of sw2 was not given back" in wrong
    assert "Traceback" not in done.stdout + done.stderr
