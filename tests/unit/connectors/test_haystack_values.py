"""Haystack's values as JSON."""

from __future__ import annotations

import pytest

from weft.connectors.haystack_values import from_hayson, from_json3, json_grid, moment, quantity


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"_kind": "number", "val": "INF"}, None),
        ({"_kind": "number", "val": 1.5}, 1.5),
        ({"_kind": "na"}, None),
        ({"_kind": "dateTime", "val": "2026-04-07T02:00:00+02:00", "tz": "Berlin"}, "2026-04-07T00:00:00Z"),
        ({"_kind": "date", "val": "2026-04-07"}, "2026-04-07"),
        ({"_kind": "uri", "val": "http://x"}, "http://x"),
        ({"_kind": "coord", "lat": 1, "lng": 2}, {"lat": 1, "lng": 2}),
        ({"_kind": "dict", "a": {"_kind": "marker"}}, {"a": True}),
        ([{"_kind": "symbol", "val": "site"}], ["site"]),
        ({"_kind": "grid", "rows": [{"a": 1}]}, [{"a": 1}]),
        (float("nan"), None),
        ("n:5", "n:5"),
    ],
)
def test_version_4(value, expected):
    assert from_hayson(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("m:", True),
        ("z:", None),
        ("n:45.5 kW", {"val": 45.5, "unit": "kW"}),
        ("n:INF", None),
        ("n:x", None),
        ("r:abc name of it", "abc"),
        ("s:a:b", "a:b"),
        ("plain", "plain"),
        ("q:what", "q:what"),
        ("d:2026-04-07", "2026-04-07"),
        ("t:2026-04-07T02:00:00+02:00 Berlin", "2026-04-07T00:00:00Z"),
        ("c:1,2", {"lat": 1, "lng": 2}),
        (True, True),
        ({"a": ["n:1"]}, {"a": [1]}),
        ({"cols": [], "rows": [{"a": "m:"}]}, [{"a": True}]),
    ],
)
def test_version_3(value, expected):
    assert from_json3(value) == expected


def test_the_version_is_known_by_its_values():
    assert json_grid({"meta": {}, "cols": [], "rows": [{"a": "n:1"}]}, "application/json").rows == [{"a": 1}]
    assert json_grid({"meta": {}, "cols": [], "rows": [{"a": "n:1", "b": 2}]}, "application/json").rows == [
        {"a": "n:1", "b": 2}
    ]
    assert json_grid({"rows": [{"a": "n:1"}]}, "application/json; version=4").rows == [{"a": "n:1"}]
    for bad in (None, [], {}, {"rows": 1}):
        with pytest.raises(ValueError, match="no grid"):
            json_grid(bad, "application/json")


def test_an_error():
    assert json_grid({"meta": {"err": "m:", "dis": "s:bad"}, "rows": []}, "application/json").error == "bad"
    assert json_grid({"meta": {}, "rows": []}, "application/json").error == ""


def test_quantities_and_moments():
    assert quantity(3.0) == 3 and isinstance(quantity(3.0), int) and quantity(float("inf"), "x") is None
    assert moment("soon") == "soon" and moment("2026-04-07T00:00:00") == "2026-04-07T00:00:00"
