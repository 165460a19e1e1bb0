from __future__ import annotations

import pytest

BASE = "/api/weft/v1"


@pytest.fixture(autouse=True)
def no_secret(monkeypatch):
    monkeypatch.delenv("WEFT_CLIENT_SECRET", raising=False)


def test_tenants(weft, server):
    server.says({"id": "acme", "uuid": "u"}, 201)
    assert weft("tenant", "create", "acme", "--uuid", "U", "--label", "L", "--default-namespace", "n")[0] == 0
    body = {"id": "acme", "uuid": "U", "label": "L", "default_namespace": "n"}
    assert server.last == ("POST", f"{BASE}/tenants", body)
    server.says({"items": [{"id": "a", "uuid": "u", "label": "L", "default_namespace": "n", "disabled": True}]})
    assert weft("tenant", "list")[1].splitlines()[1].split() == ["a", "u", "L", "n", "yes"]
    server.says({"id": "a"})
    assert weft("tenant", "get", "a", "-o", "json")[1] == '{\n  "id": "a"\n}\n'
    server.says({"id": "a"})
    weft("tenant", "change", "a", "--uuid", "u2")
    assert server.last == ("PATCH", f"{BASE}/tenants/a", {"uuid": "u2"})
    for word, disabled in (("disable", True), ("enable", False)):
        server.says({"id": "a"})
        assert weft("tenant", word, "a")[1] == f"tenant a {word}d\n"
        assert server.last == ("PATCH", f"{BASE}/tenants/a", {"disabled": disabled})


def test_namespaces(weft, server):
    server.says({"id": "lab"}, 201)
    weft("namespace", "create", "lab", "--tenant", "acme", "--label", "L")
    assert server.last == ("POST", f"{BASE}/namespaces?tenant=acme", {"id": "lab", "label": "L"})
    server.says({"items": []})
    assert weft("namespace", "list", "--tenant", "a b")[1] == "nothing found\n"
    assert server.last[1] == f"{BASE}/namespaces?tenant=a+b"
    server.says({"id": "lab"})
    weft("namespace", "get", "lab")
    assert server.last[:2] == ("GET", f"{BASE}/namespaces/lab")
    server.says({"id": "lab"})
    weft("namespace", "change", "lab", "--label", "")
    assert server.last[2] == {"label": ""}
    for word, disabled in (("disable", True), ("enable", False)):
        server.says({"id": "lab"})
        assert weft("namespace", word, "lab")[1] == f"namespace lab {word}d\n"
        assert server.last[2] == {"disabled": disabled}


def test_a_client_is_made_with_roles_and_grants(weft, server):
    server.says({"id": "imp", "secret": "wcs_x", "grants": []}, 201)
    code, out, _ = weft(
        "client", "create", "imp", "--tenant", "acme", "--role", "viewer", "--grant", "acme/lab=operator,author",
        "--expires", "2030-01-01", "--label", "L",
    )  # fmt: skip
    assert (code, "wcs_x" in out) == (0, True)
    grants = [{"tenant": "acme", "namespace": "lab", "roles": ["operator", "author"]}]
    assert server.last == (
        "POST",
        f"{BASE}/clients?tenant=acme",
        {
            "id": "imp", "secret": "", "label": "L", "roles": ["viewer"], "grants": grants,
            "expires_at": "2030-01-01T00:00:00+00:00",
        },
    )  # fmt: skip


def test_a_secret_of_ones_own(weft, server, tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.write_text("s3cr3t\n")
    server.says({"id": "imp"}, 201)
    assert weft("client", "create", "--secret-file", str(file))[0] == 0
    assert server.last[2]["secret"] == "s3cr3t"
    server.says({"id": "imp"})
    weft("client", "secret", "imp", "--secret-file", str(file))
    assert server.last == ("POST", f"{BASE}/clients/imp/secret", {"secret": "s3cr3t"})
    server.says({"id": "imp"}, 201)
    monkeypatch.setenv("WEFT_CLIENT_SECRET", "from-outside")
    weft("client", "create")
    assert (server.last[2]["secret"], server.last[2]["id"]) == ("from-outside", "")
    file.write_text("\n")
    assert weft("client", "create", "--secret-file", str(file))[0] == 2
    code, _, error = weft("client", "create", "--secret-file", str(tmp_path / "none"))
    assert (code, error.startswith("weft: cannot read the secret file")) == (2, True)
    file.write_bytes(b"\xff")
    assert weft("client", "create", "--secret-file", str(file))[0] == 2


def test_a_secret_from_standard_input(weft, server, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("piped-one\nrest"))
    server.says({"id": "imp"}, 201)
    weft("client", "create", "--secret-file", "-")
    assert server.last[2]["secret"] == "piped-one"


def test_clients_are_changed(weft, server):
    server.says({"id": "imp"})
    weft("client", "change", "imp", "--role", "viewer", "--grant", "", "--expires", "never")
    assert server.last == (
        "PATCH", f"{BASE}/clients/imp", {"roles": ["viewer"], "grants": [], "expires_at": None},
    )  # fmt: skip
    server.says({"id": "imp"})
    weft("client", "change", "imp", "--label", "x")
    assert server.last[2] == {"label": "x"}
    for word, disabled in (("disable", True), ("enable", False)):
        server.says({"id": "imp"})
        assert weft("client", word, "imp")[1] == f"client imp {word}d\n"
        assert server.last[2] == {"disabled": disabled}
    server.says({"id": "imp"})
    weft("client", "secret", "imp")
    assert server.last[2] == {"secret": ""}
    server.says({"id": "imp", "grants": [{"tenant": "a", "namespace": "b", "roles": ["c"]}]})
    assert "a/b=c" in weft("client", "get", "imp")[1]
    server.says({"items": []})
    assert weft("client", "list")[0] == 0
    server.says(None, 204)
    assert weft("client", "delete", "imp")[1] == "client imp removed\n"


@pytest.mark.parametrize(("status", "code"), [(403, 4), (404, 5), (409, 6), (503, 7)])
def test_refusals_end_with_their_exit_code(weft, server, status, code):
    server.says({"error": {"code": "x", "message": "why", "details": []}}, status)
    assert weft("tenant", "get", "a") == (code, "", f"weft: why ({status})\n")


def test_a_grant_that_cannot_be_read_is_wrong_use(weft, server):
    assert weft("client", "create", "--grant", "acme")[0] == 2
    assert server.requests == []
