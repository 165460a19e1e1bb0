from __future__ import annotations

from pathlib import Path

import pytest

from weft_adapter import author
from weft_adapter.activities import ActivityInfo

B = "/crosswork/cwm/v2"


def test_new_and_build(weft, tmp_path):
    code, out, _ = weft("adapter", "new", str(tmp_path / "x"), "--vendor", "acme", "--product", "ipam")
    assert code == 0
    assert all(Path(line).is_file() for line in out.splitlines())
    code, out, _ = weft("adapter", "build", str(tmp_path / "x"), "--out", str(tmp_path))
    assert (code, Path(out.strip()).is_file()) == (0, True)
    code, _, error = weft("adapter", "new", str(tmp_path / "x"), "--vendor", "acme", "--product", "ipam")
    assert (code, error.startswith("weft: ")) == (1, True)


def test_build_tells_what_is_wrong(weft, tmp_path):
    code, _, error = weft("adapter", "build", str(tmp_path))
    assert (code, error.startswith("weft: ")) == (1, True)


@pytest.mark.parametrize("ok", [True, False])
def test_test_tells_how_it_went(weft, monkeypatch, ok):
    known = ActivityInfo("acme.ipam.v1.0.0.prefixes.Allocate", "acme.ipam.v1.0.0", "prefixes", "Allocate")
    report = author.Report(ok, "acme.ipam.v1.0.0", [known], "2 passed")
    monkeypatch.setattr(author, "test", lambda path: report)
    code, out, _ = weft("adapter", "test")
    assert (code, out) == (0 if ok else 1, "2 passed\nactivity acme.ipam.v1.0.0.prefixes.Allocate\n")


def test_push_uploads_and_deploys(weft, server, tmp_path):
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(b"archive")
    server.says("acme.ipam.v1.0.0", 201)
    server.says("deployed", 201)
    code, out, _ = weft("adapter", "push", str(archive), "--default")
    assert (code, out) == (0, "adapter acme.ipam.v1.0.0 deployed\n")
    assert [request.url.path for request in server.requests] == [f"{B}/adapter", f"{B}/adapter/acme.ipam.v1.0.0/deploy"]
    server.says({"message": "no", "detail": "links"}, 400)
    code, _, error = weft("adapter", "push", str(archive))
    assert (code, "links" in error) == (1, True)


def test_list_and_delete(weft, server):
    server.says([{"adapterId": "a", "deployedStatus": True, "defaultStatus": False, "inUseStatus": True}])
    assert weft("adapter", "list")[1].splitlines()[1].split() == ["a", "yes", "no", "yes"]
    server.says("gone")
    weft("adapter", "delete", "a")
    assert server.last[:2] == ("DELETE", f"{B}/adapter/a")
