from __future__ import annotations

import stat

import pytest

from weft.app.starting import StartError, prepare_data_dir


def test_the_folder_is_made_for_its_owner_only(tmp_path):
    prepare_data_dir(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    prepare_data_dir(tmp_path / "a" / "b")


def test_a_file_in_its_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="not a folder"):
        prepare_data_dir(tmp_path / "file")
    with pytest.raises(StartError, match="cannot be made"):
        prepare_data_dir(tmp_path / "file" / "sub")
