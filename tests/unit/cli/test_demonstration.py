from __future__ import annotations

from pathlib import Path

from weft.demo import run


def test_the_demo_gets_its_options_and_tells_its_code(weft, monkeypatch):
    seen = []

    def main(*, keep, folder):
        seen.append((keep, folder))
        return 3

    monkeypatch.setattr(run, "main", main)
    assert weft("demo", "--keep", "--folder", "/x")[0] == 3
    assert weft("demo")[0] == 3
    assert seen == [(True, Path("/x")), (False, None)]
