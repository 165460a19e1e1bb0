"""Matching of events, and keeping them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from weft.dsl.machine.commands import Correlate, Filter
from weft.dsl.machine.early import (
    MAX_EARLY,
    MAX_SEEN,
    attribute,
    event_key,
    fits,
    keep,
    newly_fixed,
    remember,
    same_text,
    with_fixed,
)

EVENT = {"id": "1", "type": "t", "source": "s", "Device": "r1", "n": 3, "data": {"device": "x"}}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), True),
        (Filter(type="t", source="s"), True),
        (Filter(type="t", source="*"), True),
        (Filter(type="T"), False),
        (Filter(type="t", source="other"), False),
        (Filter(attributes={"n": "3"}), True),
        (Filter(attributes={"n": "4"}), False),
        (Filter(correlate=(Correlate("device", "r1"),)), True),
        (Filter(correlate=(Correlate("device", "r2"),)), False),
        (Filter(correlate=(Correlate("device"),)), True),
        (Filter(correlate=(Correlate("absent"),)), False),
        (Filter(correlate=(Correlate("data"),)), False),
    ],
)
def test_fits(wanted: Filter, expected: bool) -> None:
    assert fits(wanted, EVENT, {}, {}) is expected


def test_what_the_run_has_fixed() -> None:
    wanted = Filter(correlate=(Correlate("device"), Correlate("site", "x")))
    keys = {"site": "x"}
    assert fits(wanted, EVENT, {"device": "r1"}, keys)
    assert not fits(wanted, EVENT, {"device": "r9"}, keys)
    assert newly_fixed(wanted, EVENT, {}, keys) == {"device": "r1"}
    assert newly_fixed(wanted, EVENT, {"device": "r1"}, keys) == {}
    changed = with_fixed((wanted, Filter()), {"device": "r1"})
    assert changed is not None
    assert changed[0].correlate == (Correlate("device", "r1"), Correlate("site", "x"))
    assert with_fixed(changed, {"device": "r2"}) is None


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("3", 3, True),
        ("true", True, True),
        (1, True, False),
        ("a", "a", True),
        ({"a": 1}, "x", False),
        ("a", None, False),
        (2.5, "2.5", True),
    ],
)
def test_same_text(left: Any, right: Any, same: bool) -> None:
    assert same_text(left, right) is same


def test_attributes() -> None:
    assert attribute(EVENT, "device") == "r1"
    assert attribute(EVENT, "data") is msgspec.UNSET


def test_keeping() -> None:
    kept: list[dict[str, Any]] = []
    for number in range(MAX_EARLY + 2):
        found = keep(kept, (), {"id": str(number), "source": "s"}, {"k": number})
        assert found is not None
        kept = found
    assert len(kept) == MAX_EARLY
    assert kept[0] == {"event": {"id": "2", "source": "s"}, "keys": {"k": 2}}
    assert keep(kept, (), kept[3]["event"], {}) is None
    assert keep([], [event_key(EVENT)], EVENT, {}) is None


def test_remembering() -> None:
    seen: list[str] = []
    for number in range(MAX_SEEN + 1):
        seen = remember(seen, {"id": str(number), "source": "s"})
    assert (len(seen), seen[0]) == (MAX_SEEN, "s\n1")


def test_what_is_fixed_holds_for_every_spelling() -> None:
    wanted = Filter(type="t", source="", correlate=(Correlate("DEVICE"),))
    assert fits(wanted, EVENT, {"device": "r1"}, {}) and not fits(wanted, EVENT, {"device": "r2"}, {})
    assert newly_fixed(wanted, EVENT, {"device": "r1"}, {}) == {}
    changed = with_fixed((wanted,), {"device": "r1"})
    assert changed is not None and changed[0].correlate[0].expect == "r1"
