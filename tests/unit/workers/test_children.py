"""Child processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from weft.workers.children import OUTPUT_LIMIT, PipeReader, cleared_environment, kill_group, limited, run


def python(tmp_path: Path, code: str, seconds: float = 20.0, memory: int = 0) -> tuple[int | None, str]:
    ran = run([sys.executable, "-I", "-c", code], tmp_path, seconds, memory=memory)
    return ran.status, ran.output


def test_nothing_of_the_servers_environment_is_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_TEST_SECRET", "hunter2")
    status, output = python(tmp_path, "import os; print(sorted(os.environ))")
    assert status == 0
    assert "WEFT" not in output
    assert set(cleared_environment(tmp_path)) == {"PATH", "HOME", "TMPDIR", "LANG", "TZ", "MALLOC_ARENA_MAX"}


def test_status_and_output(tmp_path: Path) -> None:
    status, output = python(tmp_path, "import sys; print('bad'); sys.exit(5)")
    assert (status, output) == (5, "bad")


def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"
    assert python(tmp_path, code, seconds=0.5) == (None, "up")


def test_output_is_bounded(tmp_path: Path) -> None:
    status, output = python(tmp_path, "print('x' * 1_000_000, end=''); print('end')")
    assert status == 0
    assert len(output) <= OUTPUT_LIMIT
    assert output.endswith("end")


def test_memory_is_limited(tmp_path: Path) -> None:
    status, output = python(tmp_path, "bytearray(1 << 30)", memory=512 << 20)
    assert status == 1
    assert "MemoryError" in output


def test_a_limit_is_in_force_from_the_first_instruction(tmp_path: Path) -> None:
    code = "import resource; print(*resource.getrlimit(resource.RLIMIT_AS))"
    assert python(tmp_path, code, memory=512 << 20) == (0, f"{512 << 20} {512 << 20}")
    assert limited(["a", "b c"], 0) == ["a", "b c"]


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    assert run([str(tmp_path / "none")], tmp_path, 1).status == 127


def test_the_beginning_of_a_pipe_is_kept_within_its_limit() -> None:
    reading, writing = os.pipe()
    reader = PipeReader(reading, 10)
    os.write(writing, b"x" * 8)
    os.close(writing)
    assert reader.result() == b"x" * 8


def test_processes_that_are_gone_are_no_error() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    child.wait()
    kill_group(child.pid)
