from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weft.cli.administration import at, expiry, given
from weft.cli.failures import CommandError


def test_users(weft, server, tmp_path):
    file = tmp_path / "p"
    file.write_text("password1\n")
    server.says({"name": "ann"}, 201)
    assert weft("user", "create", "ann", "--role", "a", "--role", "b", "--password-file", str(file))[0] == 0
    body = {"name": "ann", "password": "password1", "roles": ["a", "b"], "first_name": "", "last_name": ""}
    assert server.last == ("POST", "/api/weft/v1/users", body)
    server.says({"items": [{"name": "ann", "roles": ["a"], "disabled": False, "created_at": "t"}]})
    assert weft("user", "list")[1].splitlines()[1].split() == ["ann", "a", "no", "t"]
    server.says({"name": "x y"})
    weft("user", "change", "x y", "--disable", "--role", "c")
    assert server.last == ("PATCH", "/api/weft/v1/users/x%20y", {"roles": ["c"], "disabled": True})
    server.says({"name": "x"})
    weft("user", "change", "x", "--enable", "--password-file", str(file))
    assert server.last[2] == {"disabled": False, "password": "password1"}
    server.says({"name": "ann"})
    weft("user", "get", "ann")
    server.says(None, 204)
    assert weft("user", "delete", "ann")[1] == "user ann removed\n"
    assert server.last[:2] == ("DELETE", "/api/weft/v1/users/ann")


def test_roles(weft, server):
    server.says({"id": "ops"}, 201)
    weft("role", "create", "ops", "--permission", "job.*", "--description", "d")
    assert server.last[2] == {"id": "ops", "permissions": ["job.*"], "description": "d"}
    server.says({"id": "ops"})
    weft("role", "change", "ops", "--description", "")
    assert server.last[2] == {"description": ""}
    server.says({"items": ["job.get"]})
    assert weft("role", "permissions")[1] == "job.get\n"
    server.says({"items": []})
    assert weft("role", "list")[1] == "nothing found\n"
    server.says(None, 204)
    assert weft("role", "delete", "ops")[0] == 0
    server.says({"id": "ops"})
    assert weft("role", "get", "ops")[1] == "id  ops\n"


def test_tokens(weft, server):
    server.says({"name": "ci", "key": "weft_k"}, 201)
    assert "weft_k" in weft("token", "create", "ci", "--role", "ops", "--expires", "2030-01-01")[1]
    assert server.last[2] == {"name": "ci", "roles": ["ops"], "expires_at": "2030-01-01T00:00:00+00:00"}
    server.says({"name": "ci"})
    weft("token", "change", "ci", "--disable")
    assert server.last[2] == {"disabled": True}
    server.says({"items": []})
    weft("token", "list")
    server.says(None, 204)
    assert weft("token", "delete", "ci")[0] == 0


def test_keys_and_server(weft, server):
    server.says({"keys": 1, "values": 2, "nouns": {}})
    assert "values  2" in weft("keys", "rotate")[1]
    assert server.last[:2] == ("POST", "/api/weft/v1/keys/rotate")
    server.says({"version": "1"})
    assert weft("server", "get", "-o", "yaml")[1] == "version: '1'\n"


def test_expiry_in_days_or_as_a_date():
    assert expiry("") is None
    assert expiry("2030-05-01T10:00:00+02:00") == "2030-05-01T10:00:00+02:00"
    days = datetime.fromisoformat(expiry("30d")) - datetime.now(UTC)
    assert 29 <= days.days <= 30
    for text in ("soon", "30x", "-1d"):
        with pytest.raises(CommandError):
            expiry(text)


def test_a_password_file_that_is_missing(weft, tmp_path):
    code, _, error = weft("user", "create", "a", "--password-file", str(tmp_path / "none"))
    assert (code, "cannot read" in error) == (2, True)


def test_tenant_and_grants(weft, server):
    grants = [{"tenant": "acme", "namespace": "lab", "roles": ["operator"]}]
    server.says({"name": "ci", "grants": grants}, 201)
    code, out, _ = weft("token", "create", "ci", "--tenant", "acme", "--grant", "acme/lab=operator")
    assert (code, "acme/lab=operator" in out) == (0, True)
    assert server.last == ("POST", "/api/weft/v1/tokens?tenant=acme", {"name": "ci", "roles": [], "grants": grants})
    server.says({"name": "ann"})
    weft("user", "change", "ann", "--grant", "acme/lab=operator", "--tenant", "acme")
    assert server.last == ("PATCH", "/api/weft/v1/users/ann?tenant=acme", {"grants": grants})
    server.says({"id": "ops"}, 201)
    weft("role", "create", "ops", "--permission", "job.read", "--tenant", "acme", "--shared")
    assert server.last == (
        "POST",
        "/api/weft/v1/roles?tenant=acme",
        {"id": "ops", "permissions": ["job.read"], "description": "", "shared": True},
    )
    server.says({"items": []})
    weft("role", "list", "--tenant", "acme")
    assert server.last[1] == "/api/weft/v1/roles?tenant=acme"
    server.says(None, 204)
    weft("user", "delete", "ann", "--tenant", "acme")
    assert server.last[1] == "/api/weft/v1/users/ann?tenant=acme"


def test_paths_and_members():
    assert at("users") == "/api/weft/v1/users"
    assert at("clients", "a/b", "secret") == "/api/weft/v1/clients/a%2Fb/secret"
    assert given(a=None, b=False, c="") == {"b": False, "c": ""}
