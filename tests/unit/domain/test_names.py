from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.names import check_name


@pytest.mark.parametrize("name", ["a", "two words", "ä.b-c_d@e", "x" * 255])
def test_good(name):
    assert check_name("id", name) == name


@pytest.mark.parametrize("name", ["", None, 7, "a/b", "a\nb", "\x7f", "x" * 256, "\ud800", "\x85"])
def test_bad(name):
    with pytest.raises(Invalid, match=r"^id "):
        check_name("id", name)
