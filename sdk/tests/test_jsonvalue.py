"""Results as JSON values."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft_adapter.jsonvalue import MAX_DEPTH, NotJson, to_json


@dataclass
class Point:
    x: int
    when: datetime


class Colour(Enum):
    RED = "red"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_json_stays_what_it_is(value: Any) -> None:
    assert to_json(value) == value


def test_other_types_get_their_json_form() -> None:
    value = {"p": Point(1, datetime(2026, 2, 1, tzinfo=UTC)), "c": Colour.RED, "d": Decimal("1.5"), "t": (1, 2)}
    assert to_json(value) == {"p": {"x": 1, "when": "2026-02-01T00:00:00Z"}, "c": "red", "d": "1.5", "t": [1, 2]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [float("nan")]}, "$.a[0] is not finite"),
        (float("inf"), "not finite"),
        (2**64, "64 bits"),
        ({1: 2}, "key of type int"),
        (b"raw", "bytes"),
        (object(), "object"),
        (lambda: 1, "function"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(value: Any, text: str) -> None:
    with pytest.raises(NotJson, match=text.replace("$", r"\$").replace("[", r"\[")):
        to_json(value)


def test_nesting_is_bounded_also_for_a_value_that_holds_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(NotJson, match=f"{MAX_DEPTH} levels"):
        to_json(loop)
