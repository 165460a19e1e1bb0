from __future__ import annotations

import pytest

from weft.cli.connection import choices
from weft.cli.failures import CommandError
from weft.cli.grants import grant_text, in_tenant, read_grant, read_grants, show_holders


def test_a_grant_reads_as_it_is_written():
    for text in ("acme=viewer", "acme/lab=viewer,operator"):
        assert grant_text(read_grant(text)) == text
    assert read_grant("acme/lab=viewer, operator") == {
        "tenant": "acme", "namespace": "lab", "roles": ["viewer", "operator"],
    }  # fmt: skip
    assert read_grant("acme=viewer")["namespace"] is None


@pytest.mark.parametrize("text", ["", "acme", "acme=", "=viewer", "acme/=viewer", "/lab=viewer", "acme=,"])
def test_anything_else_is_wrong_use(text):
    with pytest.raises(CommandError, match="TENANT"):
        read_grant(text)


def test_none_given_and_all_taken_away():
    assert read_grants(None) is None
    assert read_grants([""]) == []
    assert len(read_grants(["a=b", "c=d"])) == 2


def test_tables_show_grants_as_they_are_written(capsys, monkeypatch):
    holder = {"name": "x", "grants": [{"tenant": "a", "namespace": None, "roles": ["b"]}]}
    monkeypatch.setattr(choices, "output", "table")
    show_holders(holder)
    assert "grants  a=b" in capsys.readouterr().out
    show_holders([holder], ("name", "grants"))
    assert capsys.readouterr().out.splitlines()[1].split() == ["x", "a=b"]
    monkeypatch.setattr(choices, "output", "json")
    show_holders(holder)
    assert '"roles"' in capsys.readouterr().out


def test_the_tenant_is_a_parameter_of_the_query():
    assert in_tenant("") == {}
    assert in_tenant("acme") == {"params": {"tenant": "acme"}}
