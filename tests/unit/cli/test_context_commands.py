from __future__ import annotations

import io

from weft.cli.contexts import load_contexts


def test_add_use_list_delete(weft, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("weft_secret\n"))
    assert weft("context", "add", "lab", "http://lab", "--stdin")[0] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    assert weft("context", "add", "prod", "http://prod", "--user", "ann", "--stdin")[0] == 0
    assert load_contexts().current == "lab"
    assert weft("context", "use", "prod")[0] == 0
    out = weft("context", "list")[1]
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["lab", "http://lab", "token", "no"], ["prod", "http://prod", "ann", "yes"],
    ]  # fmt: skip
    assert "secret" not in out
    assert "hunter2" not in out
    assert weft("context", "delete", "prod")[0] == 0
    assert (load_contexts().current, list(load_contexts().contexts)) == ("", ["lab"])


def test_unknown_names(weft):
    assert weft("context", "use", "none")[0] == 5
    assert weft("context", "delete", "none")[0] == 5
