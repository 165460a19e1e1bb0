import sys

import pytest

from weft.demo.processes import Child, DemoError, free_port


def test_a_child_that_ends_at_once_is_told_with_its_log(tmp_path):
    child = Child("thing", [sys.executable, "-c", "print('no such luck')"], tmp_path / "log", {})
    child.process.wait(20)
    with pytest.raises(DemoError, match="no such luck"):
        child.wait_ready(f"http://127.0.0.1:{free_port()}/")
    child.stop()


def test_ports_are_free():
    assert 0 < free_port() < 65536
