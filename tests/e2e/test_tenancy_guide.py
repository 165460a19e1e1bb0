"""The guide to tenants, namespaces and clients: its commands, in its order, against a real server; then a kill -9."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import httpx
import pytest

from weft.cli.root import run

GUIDE = Path(__file__).parents[2] / "docs/how-to/tenants-namespaces-clients.md"
UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
TOKEN = "/api/authentication/connect/token"


def commands() -> list[list[str]]:
    """Every `$ weft …` line of the guide's console blocks, as arguments."""
    blocks = re.findall(r"^```console\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ weft ")]


@pytest.fixture
def weft(live, tmp_path, monkeypatch, capsys, play):
    """Runs a command line in a folder with the guide's files: exit code, output, errors."""
    for name, text in (("billing.secret", "the-secret-they-have\n"), ("ann.password", "a-long-password\n")):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("WEFT_TOKEN", "WEFT_CONTEXT", "WEFT_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WEFT_SERVER", live.url)
    monkeypatch.setenv("WEFT_USER", play.ADMIN)
    monkeypatch.setenv("WEFT_PASSWORD", play.PASSWORD)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def live(play, tmp_path_factory):
    with play.served(tmp_path_factory.mktemp("guide")) as server:
        yield server


def token(live, client: str, secret: str) -> httpx.Response:
    form = {"client_id": client, "client_secret": secret, "grant_type": "client_credentials"}
    return httpx.post(live.url + TOKEN, data=form, timeout=30)


def asked(live, bearer: str) -> int:
    headers = {"Authorization": f"Bearer {bearer}"}
    return httpx.get(f"{live.url}/crosswork/cwm/v1/workflow", headers=headers, timeout=30).status_code


def test_the_guide_works_as_it_stands_and_survives_a_kill(weft, live, play):
    shown: dict[str, str] = {}
    given = commands()
    assert len(given) > 15
    for arguments in given:
        code, out, error = weft(*arguments)
        assert (code, error) == (0, ""), (arguments, error)
        shown[" ".join(arguments[:3])] = out
    assert UUID in shown["tenant list"]
    assert "acme-lab" in shown["namespace list --tenant"]
    assert "acme/acme-lab=author default=viewer" in shown["client list --tenant"]
    assert {"viewer", "night-shift", "auditor"} <= {
        line.split()[0] for line in shown["role list --tenant"].splitlines()
    }

    secret = re.search(r"wcs_\S+", shown["client secret importer"])
    assert secret is not None
    issued = token(live, "importer", secret[0])
    assert (issued.status_code, set(issued.json())) == (200, {"access_token", "expires_in", "token_type", "scope"})
    first = re.search(r"wcs_\S+", shown["client create importer"])
    assert first is not None
    assert token(live, "importer", first[0]).json() == {"error": "invalid_client"}
    assert token(live, "billing", "the-secret-they-have").json() == {"error": "invalid_client"}

    live.kill()
    live.start()
    assert asked(live, issued.json()["access_token"]) in (200, 204)
    assert token(live, "importer", secret[0]).status_code == 200
    assert UUID in weft("tenant", "list")[1]

    assert weft("client", "enable", "billing")[0] == 0
    assert token(live, "billing", "the-secret-they-have").status_code == 200
    assert weft("tenant", "disable", "acme")[0] == 0
    assert asked(live, issued.json()["access_token"]) == 401
    for text in (secret[0], first[0], "the-secret-they-have", issued.json()["access_token"]):
        assert text not in live.logged()
