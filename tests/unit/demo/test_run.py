"""Which demos there are."""

from weft.cli.demonstration import DIALECTS
from weft.demo import run


def test_every_dialect_of_the_command_line_has_its_demo(monkeypatch):
    assert set(run.SHOWS) == set(DIALECTS)
    seen = []
    monkeypatch.setattr(run, "play", lambda show, **given: seen.append((show, given)) or 0)
    for name in DIALECTS:
        assert run.main(name) == 0
    assert run.main(keep=True) == 0
    assert [show for show, _ in seen] == [*(run.SHOWS[name] for name in DIALECTS), run.SHOWS["cwm"]]
    assert seen[-1][1] == {"keep": True, "folder": None}
