from __future__ import annotations

from weft.app.settings import TABLE, Settings


def test_names_variables_and_flags_are_distinct():
    for values in (
        [entry.name for entry in TABLE],
        [entry.env for entry in TABLE],
        [entry.flag for entry in TABLE],
        [entry.attribute for entry in TABLE],
    ):
        assert len(set(values)) == len(values)


def test_the_documented_names():
    by_name = {entry.name: entry for entry in TABLE}
    assert by_name["egress.allow"].env == "WEFT_EGRESS_ALLOW"
    assert by_name["admin.password"].env == "WEFT_ADMIN_PASSWORD"
    assert by_name["master_key"].env == "WEFT_MASTER_KEY"
    assert (by_name["data_dir"].flag, by_name["host"].flag, by_name["port"].flag) == ("--data-dir", "--host", "--port")


def test_every_setting_is_explained_and_attributes_follow_names():
    for entry in TABLE:
        assert entry.help
        assert entry.attribute == entry.name.replace(".", "_")


def test_secret_settings():
    assert {entry.name for entry in TABLE if entry.secret} == {"admin.password", "master_key", "master_key_previous"}


def test_defaults_need_nothing():
    assert Settings().database_path.name == "weft.db"
