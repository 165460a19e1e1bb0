"""The end of a demo: its exit code says whether its effects are there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from weft.demo import stage
from weft.demo.processes import DemoError
from weft.demo.stage import Ending, definition, play, until


@pytest.fixture
def ended(monkeypatch):
    """No processes: what was stopped, in order."""
    stopped = []

    def child(name):
        return lambda *given: SimpleNamespace(
            port=1, url="u", data="d", log="l", user="a", password="p", stop=lambda: stopped.append(name)
        )

    monkeypatch.setattr(stage, "Lab", child("lab"))
    monkeypatch.setattr(stage, "Server", child("server"))
    return stopped


def test_nothing_wrong_is_success_and_cleans_up(ended, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stage.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "demo"))
    assert play(lambda *given: Ending([], "all is well", ())) == 0
    assert ended == ["server", "lab"]
    assert "all is well" in capsys.readouterr().out
    assert not (tmp_path / "demo").exists()


def test_something_wrong_is_failure_and_keeps_the_logs(ended, tmp_path, capsys):
    assert play(lambda *given: Ending(["r1 holds [1]"], "all is well", ()), folder=tmp_path / "kept") == 1
    out = capsys.readouterr().out
    assert "wrong: r1 holds [1]" in out
    assert "all is well" not in out
    assert (tmp_path / "kept").exists()
    assert ended == ["server", "lab"]


def test_a_demo_that_cannot_go_on_says_why(ended, tmp_path, capsys):
    def show(*given):
        raise DemoError("POST [x] answered 500")

    assert play(show, folder=tmp_path) == 1
    assert "the demo stopped: POST [x] answered 500" in capsys.readouterr().out
    assert ended == ["server", "lab"]


def test_keeping_prints_what_to_try(ended, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stage.threading.Event, "wait", lambda self: True)
    monkeypatch.setattr(stage.signal, "signal", lambda *given: None)
    play(lambda *given: Ending([], "well", ("a [hint]", "another", "third")), keep=True, folder=tmp_path)
    out = capsys.readouterr().out
    assert "1. a [hint]" in out
    assert "3. third" in out


def test_until_gives_up_with_what_it_waited_for():
    assert until(lambda: 5, "five") == 5
    with pytest.raises(DemoError, match="the moon"):
        until(lambda: None, "the moon", 0.0)


@pytest.mark.parametrize("name", ["roll_out_ntp", "heartbeat", "bring-up"])
def test_definitions_name_the_lab_where_it_is(name):
    text = str(definition(name, SimpleNamespace(port=4711)))
    assert "http://127.0.0.1:4711/" in text
    assert "//lab/" not in text
