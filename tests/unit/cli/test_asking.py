from __future__ import annotations

import io

import pytest
import typer

from weft.cli.asking import ask
from weft.cli.failures import USAGE, CommandError


def test_without_a_terminal_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("typed\n"))
    with pytest.raises(CommandError, match="no terminal to ask for the password: use --x") as caught:
        ask("password", "use --x")
    assert caught.value.code == USAGE


def test_at_a_terminal_it_asks_without_showing(monkeypatch):
    asked = {}

    def prompt(text, **given):
        asked.update(given, text=text)
        return "typed"

    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert ask("API key", "use --x", confirm=True) == "typed"
    assert asked == {"text": "API key", "hide_input": True, "confirmation_prompt": True}
