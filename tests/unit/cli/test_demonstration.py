from __future__ import annotations

from pathlib import Path

from weft.demo import run


def test_the_demo_gets_its_options_and_tells_its_code(weft, monkeypatch):
    seen = []

    def main(dialect, *, keep, folder):
        seen.append((dialect, keep, folder))
        return 3

    monkeypatch.setattr(run, "main", main)
    assert weft("demo", "--keep", "--folder", "/x")[0] == 3
    assert weft("demo")[0] == 3
    assert weft("demo", "--dialect", "workflow-execution")[0] == 3
    assert seen == [("cwm", True, Path("/x")), ("cwm", False, None), ("workflow-execution", False, None)]


def test_an_unknown_dialect_is_told(weft, monkeypatch):
    monkeypatch.setattr(run, "main", lambda *given, **more: 0)
    code, *said = weft("demo", "--dialect", "klingon")
    assert code == 2
    assert "workflowsvc" in "".join(map(str, said))
