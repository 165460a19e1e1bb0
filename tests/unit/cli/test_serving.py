from __future__ import annotations

import json

from weft.app.settings import TABLE


def test_every_setting_but_secret_ones_is_a_flag(weft):
    out = weft("serve", "--help")[1]
    for entry in TABLE:
        assert (f"{entry.flag} " in out) is not entry.secret, entry.name


def test_config_show_tells_values_and_origins(weft, monkeypatch, tmp_path):
    file = tmp_path / "weft.toml"
    file.write_text("port = 81\n")
    monkeypatch.setenv("WEFT_ADMIN_PASSWORD", "hunter22")
    monkeypatch.setenv("WEFT_HOST", "0.0.0.0")
    code, out, _ = weft("config", "show", "--config", str(file), "--log-level", "debug", "-o", "json")
    rows = {row["name"]: (row["value"], row["origin"]) for row in json.loads(out)}
    assert code == 0
    assert rows["port"] == ("81", "file")
    assert rows["host"] == ("0.0.0.0", "environment")
    assert rows["log.level"] == ("debug", "flag")
    assert rows["admin.password"] == ("***", "environment")
    assert rows["database.queue"][1] == "default"


def test_wrong_settings_end_the_command(weft):
    code, _, error = weft("config", "show", "--port", "x")
    assert (code, error) == (2, "weft: port (from flag): 'x' is not a whole number\n")


def test_a_server_that_cannot_start_is_told(weft, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, error = weft("serve", "--data-dir", str(tmp_path / "file"), "--port", "0")
    assert (code, "not a folder" in error) == (1, True)
