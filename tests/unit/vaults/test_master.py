from __future__ import annotations

import base64
import stat

import pytest

from weft.vaults.master import MasterKeyError, load_master_key, parse_master_key

KEY = bytes(range(200, 232))


@pytest.mark.parametrize(
    "text",
    [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode().rstrip("="),
     f" {KEY.hex()}\n"],
)  # fmt: skip
def test_text_forms(text):
    assert parse_master_key(text) == KEY


@pytest.mark.parametrize("text", ["", "short", "g" * 64, base64.b64encode(b"x" * 31).decode(), "é" * 40])
def test_other_texts_are_refused_and_not_repeated(text):
    with pytest.raises(MasterKeyError) as refused:
        parse_master_key(text)
    assert not text or text not in str(refused.value)


def test_the_setting_wins_and_no_file_is_made(tmp_path):
    assert load_master_key(KEY.hex(), tmp_path) == KEY
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_made_once_and_read_again(tmp_path):
    key = load_master_key("", tmp_path)
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert load_master_key("", tmp_path) == key


def test_a_file_that_others_can_read_is_refused(tmp_path):
    load_master_key("", tmp_path)
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        load_master_key("", tmp_path)


def test_a_broken_file_is_refused(tmp_path):
    path = tmp_path / "master.key"
    path.write_text("nonsense")
    path.chmod(0o600)
    with pytest.raises(MasterKeyError):
        load_master_key("", tmp_path)
