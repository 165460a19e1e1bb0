from __future__ import annotations

import pytest

from weft.cli.failures import CommandError
from weft.cli.root import hoist


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["job", "list", "-o", "json"], ["--output", "json", "job", "list"]),
        (["job", "--server=http://x", "list"], ["--server", "http://x", "job", "list"]),
        (["--context", "a", "job"], ["--context", "a", "job"]),
        (["expr", "eval", "--", "-o"], ["expr", "eval", "--", "-o"]),
        (["expr", "eval", ".a", "--input", "x"], ["expr", "eval", ".a", "--input", "x"]),
    ],
)
def test_global_options_may_stand_anywhere(given, expected):
    assert hoist(given) == expected


def test_an_option_without_its_value():
    with pytest.raises(CommandError, match="needs a value"):
        hoist(["job", "list", "-o"])


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["bogus"], 2, "bogus"), (["user", "get"], 2, "Missing argument"), (["-o", "xml", "context", "list"], 2, "xml"),
        ([], 2, "Usage:"), (["job"], 2, "Usage:"), (["job", "list", "--limit", "0"], 2, "limit"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_in_words(weft, arguments, code, word):
    result, _, error = weft(*arguments)
    assert (result, word in error, "Traceback" in error) == (code, True, False)


def test_wrong_use_names_the_page_with_the_right_one(weft):
    assert weft("user", "get")[2].rstrip().endswith("See: weft user get --help")
    assert weft("bogus")[2].rstrip().endswith("See: weft --help")


def test_version_and_help(weft):
    assert weft("--version")[1] == "weft 0.1.0\n"
    code, out, _ = weft("--help")
    assert code == 0
    for noun in ("serve", "workflow", "job", "adapter", "expr", "context", "user", "role", "token", "keys"):
        assert f"  {noun} " in out


def test_failures_are_one_line_on_standard_error(weft, server):
    server.says({"error": {"message": "no", "details": []}}, 403)
    assert weft("user", "list") == (4, "", "weft: no (403)\n")
