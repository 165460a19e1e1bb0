from __future__ import annotations

from pathlib import Path

import pytest

from weft.app.settings_loading import SettingsError, load_settings


def test_the_later_source_wins(tmp_path):
    file = tmp_path / "weft.toml"
    file.write_text('host = "file"\nport = 1\n[log]\nlevel = "debug"\n')
    loaded = load_settings({"port": "3"}, {"WEFT_PORT": "2", "WEFT_HOST": "env"}, file)
    assert (loaded.settings.port, loaded.settings.host, loaded.settings.log_level) == (3, "env", "debug")
    origins = loaded.origins
    assert [origins[name] for name in ("port", "host", "log.level", "data_dir")] == [
        "flag", "environment", "file", "default",
    ]  # fmt: skip


def test_the_file_is_found_through_the_environment(tmp_path):
    file = tmp_path / "weft.toml"
    file.write_text('[http]\ntrusted-proxies = ["10.0.0.0/8"]\n')
    assert load_settings({}, {"WEFT_CONFIG": str(file)}).settings.http_trusted_proxies == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("name", "text", "attribute", "value"),
    [
        ("WEFT_AUTH_CACHE_TTL", "90s", "auth_cache_ttl", 90.0),
        ("WEFT_CWM_TOKEN_LIFETIME", "2h", "cwm_token_lifetime", 7200.0),
        ("WEFT_AUTH_CACHE_TTL", "250ms", "auth_cache_ttl", 0.25),
        ("WEFT_ADAPTERS_MAX_UPLOAD", "10MiB", "adapters_max_upload", 10 << 20),
        ("WEFT_EGRESS_ALLOW", "a:1, 10.0.0.0/8 ,", "egress_allow", ("a:1", "10.0.0.0/8")),
        ("WEFT_EGRESS_ALLOW", "", "egress_allow", ()),
        ("WEFT_LOG_REQUESTS", "off", "log_requests", False),
        ("WEFT_DATA_DIR", "/x/y", "data_dir", Path("/x/y")),
        ("WEFT_LOG_FORMAT", "CONSOLE", "log_format", "console"),
    ],
)
def test_types(name, text, attribute, value):
    assert getattr(load_settings({}, {name: text}).settings, attribute) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WEFT_PORT", "x"), ("WEFT_PORT", "-1"), ("WEFT_PORT", "70000"), ("WEFT_AUTH_CACHE_TTL", "soon"),
        ("WEFT_AUTH_CACHE_TTL", "5 weeks"), ("WEFT_LOG_LEVEL", "loud"), ("WEFT_LOG_REQUESTS", "maybe"),
        ("WEFT_CWM_TOKEN_LIFETIME", "14m"), ("WEFT_HTTP_TRUSTED_PROXIES", "nowhere"), ("WEFT_ADMIN_USER", "a:b"),
        ("WEFT_HTTP_MAX_IN_FLIGHT", "0"), ("WEFT_ADAPTERS_MAX_UPLOAD", "1 mile"),
        ("WEFT_LOOPS_MAX_ITERATIONS", "0"), ("WEFT_LOOPS_MAX_ITERATIONS", "100001"),
    ],
)  # fmt: skip
def test_wrong_values_name_the_setting(name, text):
    with pytest.raises(SettingsError) as wrong:
        load_settings({}, {name: text})
    assert name.removeprefix("WEFT_").lower().split("_")[0] in str(wrong.value)


def test_secret_settings_come_from_the_environment_or_a_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("from-file\n")
    assert load_settings({}, {"WEFT_ADMIN_PASSWORD": "env"}).settings.admin_password == "env"
    loaded = load_settings({}, {"WEFT_ADMIN_PASSWORD_FILE": str(file)})
    assert (loaded.settings.admin_password, loaded.origins["admin.password"]) == ("from-file", "secret file")
    with pytest.raises(SettingsError, match="cannot read"):
        load_settings({}, {"WEFT_ADMIN_PASSWORD_FILE": str(tmp_path / "none")})


def test_secret_settings_are_refused_elsewhere(tmp_path):
    file = tmp_path / "weft.toml"
    file.write_text('master_key = "x"\n')
    for load in (lambda: load_settings({}, {}, file), lambda: load_settings({"admin.password": "x"}, {})):
        with pytest.raises(SettingsError, match="is secret"):
            load()


def test_secret_values_are_shown_as_stars():
    rows = {row["name"]: row for row in load_settings({}, {"WEFT_ADMIN_PASSWORD": "hunter22"}).rows()}
    assert rows["admin.password"]["value"] == "***"
    assert rows["admin.password"]["flag"] == ""
    assert rows["master_key"]["value"] == ""
    assert "hunter22" not in str(rows)
    assert rows["auth.cache_ttl"]["value"] == "1m"
    assert rows["log.requests"]["value"] == "true"


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("engine.retention", "30d", "30d"), ("engine.retention", "36h", "36h"), ("engine.retention", "90s", "90s"),
        ("engine.retention", "1.5s", "1.5s"), ("http.max_json", "10MiB", "10MiB"), ("http.max_json", "1000", "1000"),
        ("engine.retention", "0", "0s"),
    ],
)  # fmt: skip
def test_measures_are_shown_as_they_may_be_given(name, given, text):
    loaded = load_settings({name: given}, {})
    (shown,) = [row["value"] for row in loaded.rows() if row["name"] == name]
    assert shown == text
    assert load_settings({name: shown}, {}).settings == loaded.settings


@pytest.mark.parametrize("text", ["nonsense = 1", "[http]\nnothing = 1", "port = ", "\xff\xfe"])
def test_files_that_cannot_be_used(tmp_path, text):
    file = tmp_path / "weft.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError):
        load_settings({}, {}, file)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SettingsError, match="cannot read the settings file"):
        load_settings({}, {}, tmp_path / "none.toml")
