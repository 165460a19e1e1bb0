from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.users import check_password, check_real_name, check_user_name


@pytest.mark.parametrize("name", ["a", "Ann Smith", "ann@example.org", "x" * 255, "Größe"])
def test_names(name):
    assert check_user_name(name) == name


@pytest.mark.parametrize("name", ["", "x" * 256, "a/b", "a:b", "a\nb", "\x7f", " a", "a ", "system"])
def test_what_is_no_name(name):
    with pytest.raises(Invalid):
        check_user_name(name)


def test_passwords():
    assert check_password("12345678", 8) == "12345678"
    for password in ("1234567", "x" * 1025, "1234567\0"):
        with pytest.raises(Invalid):
            check_password(password, 8)


def test_real_names():
    assert check_real_name("", "a name") == ""
    for text in ("x" * 256, "a\tb"):
        with pytest.raises(Invalid, match="a name"):
            check_real_name(text, "a name")
