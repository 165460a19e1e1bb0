"""The program that becomes a script, as a program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from weft.connectors import script_launcher

SETTINGS = {"network": False, "memory": 128 << 20, "cpu": 5, "files": 1 << 20, "hidden": "", "address": True}


def launched(*command: str, **settings) -> subprocess.CompletedProcess[str]:
    given = json.dumps({**SETTINGS, **settings})
    return subprocess.run(
        [sys.executable, "-I", "-S", script_launcher.__file__, given, *command],
        capture_output=True, text=True, timeout=30, cwd="/",
    )  # fmt: skip


def test_it_ends_as_the_script_ends():
    assert launched("/bin/sh", "-c", "exit 7").returncode == 7
    assert launched("/bin/sh", "-c", "kill -15 $$").returncode == 143
    ended = launched("/no/such/program")
    assert ended.returncode == script_launcher.CANNOT_START and "cannot be started" in ended.stderr


def test_limits_are_in_force():
    found = launched("/bin/sh", "-c", "ulimit -t; ulimit -f; ulimit -n; ulimit -c").stdout.split()
    assert found == ["5", "2048", "256", "0"]


def test_the_network_is_its_own():
    own = launched("/bin/sh", "-c", "readlink /proc/self/ns/net").stdout
    shared = launched("/bin/sh", "-c", "readlink /proc/self/ns/net", network=True).stdout
    here = subprocess.run(["readlink", "/proc/self/ns/net"], capture_output=True, text=True, check=True).stdout
    assert own != here and shared == here


def test_no_way_back_to_root():
    found = launched("/bin/sh", "-c", "id -u; grep NoNewPrivs /proc/self/status").stdout.split()
    assert found[0] != "0" and found[-1] == "1"


def test_a_kernel_without_namespaces_is_no_network(monkeypatch):
    asked: list[int] = []

    class Libc:
        def unshare(self, flags: int) -> int:
            asked.append(flags)
            return -1

    assert script_launcher.isolate(Libc(), network=False) is False
    assert asked and all(flags & 0x40000000 for flags in asked)
    assert script_launcher.isolate(Libc(), network=True) is True


def test_less_than_everything_will_do():
    class Libc:
        def unshare(self, flags: int) -> int:
            return -1 if flags & 0x20000 else 0

    if __import__("os").getuid() == 0:
        assert script_launcher.isolate(Libc(), network=False) is True


def test_nothing_is_started_without_settings():
    with pytest.raises(IndexError):
        script_launcher.main([])
