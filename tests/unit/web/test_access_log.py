from __future__ import annotations

import pytest

from weft.web.access_log import logged_path, logged_query


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", ""),
        (b"a=1", "a=1"),
        (b"username=u&Password=p&q=x", "username=***&Password=***&q=x"),
        (b"tgt=TGT-1&service=s", "tgt=***&service=s"),
        (b"token=a&api_key=b&client_secret=c", "token=***&api_key=***&client_secret=***"),
    ],
)
def test_credentials_in_queries_are_masked(raw, expected):
    assert logged_query(raw) == expected


def test_long_queries_and_paths_are_cut():
    assert len(logged_query(b"a=" + b"x" * 5000)) < 1100
    assert len(logged_path({"path": "/" + "x" * 5000}, None)) == 1024


def test_paths_cannot_move_the_cursor_nor_break_a_line():
    assert logged_path({"path": "/a\x9b31m\u2028\x85\n/é"}, None) == "/a\ufffd31m\ufffd\ufffd\ufffd/é"


def test_a_cut_through_a_credential_still_masks_it():
    assert "secret" not in logged_query(b"q=" + b"x" * 1005 + b"&password=secret" * 3)
