from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.versions import highest, version_key


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("1.9", "1.10"), ("1.0", "1.0.0"), ("2", "10"), ("1.0", "1.00"), ("1.0", "1.a"), ("1.a", "1.b"), ("0.9.9", "1")],
)
def test_part_by_part(lower, higher):
    assert version_key(lower) < version_key(higher)


def test_highest():
    assert highest(["1.2", "1.10", "1.9"], str) == "1.10"
    assert highest([], str) is None


@given(st.lists(st.from_regex(r"[0-9a-z]{0,3}(\.[0-9a-z]{0,3}){0,2}", fullmatch=True), min_size=3, max_size=3))
def test_the_order_is_total(texts):
    one, two, three = sorted(texts, key=version_key)
    assert version_key(one) <= version_key(two) <= version_key(three)
    assert (version_key(one) == version_key(three)) == (one == three)
