"""Processes of scripts: what cannot be run is told, what runs is bounded."""

from __future__ import annotations

import pytest

from weft.connectors import script_launcher, script_process
from weft.connectors.script_process import CannotRun, Limits, can_isolate, environment, interpreter, run

pytestmark = pytest.mark.anyio
SMALL = Limits(10, 64 << 20, 100)


async def test_input_output_and_errors():
    ended = await run("shell", b"read a; echo got $a; echo oops >&2; exit 4", b"hello\n", SMALL)
    assert (ended.status, ended.output, ended.errors) == (4, b"got hello\n", "oops")


async def test_a_script_that_does_not_read():
    assert (await run("shell", b"exit 0", b"x" * 500_000, SMALL)).status == 0


async def test_output_is_cut_after_the_limit():
    ended = await run("shell", b"head -c 5000 /dev/zero; sleep 60", b"", SMALL)
    assert len(ended.output) == 101


async def test_a_signal_is_an_exit_code():
    assert (await run("shell", b"kill -9 $$", b"", SMALL)).status == 137


async def test_files_are_limited():
    ended = await run("shell", b"head -c 40000000 /dev/zero > big; stat -c %s big", b"", SMALL)
    assert int(ended.output or b"0") <= script_process.MAX_FILE


async def test_the_folder_is_gone_afterwards():
    ended = await run("shell", b"pwd; touch a", b"", SMALL)
    from pathlib import Path

    assert not Path(ended.output.decode().strip()).exists()


async def test_this_machine_can_cut_scripts_off():
    await can_isolate()


async def test_a_machine_that_cannot_says_so(monkeypatch, tmp_path):
    launcher = tmp_path / "launcher.py"
    text = "import sys, os\nsys.stderr.write('weft: the kernel gives no network namespace\\n')\nos._exit(125)\n"
    launcher.write_text(text)
    monkeypatch.setattr(script_launcher, "__file__", str(launcher))
    with pytest.raises(CannotRun, match="no network namespace"):
        await can_isolate()


def test_no_interpreter(monkeypatch):
    monkeypatch.setattr(script_process, "SEARCHED", "/nowhere")
    with pytest.raises(CannotRun, match="python3"):
        interpreter("python")


def test_nothing_of_the_server_s_environment(tmp_path):
    assert set(environment(tmp_path)) == {"PATH", "HOME", "TMPDIR", "LANG", "TZ"}
