"""Zinc, read and written."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.connectors.haystack_zinc import ZincError, read_grid, reference, text, write_grid


def cell(value: str):
    return read_grid(f'ver:"3.0"\na\n{value}\n').rows[0].get("a")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"a\\n\\"b\\" \\u00e9 \\$"', 'a\n"b" é $'),
        ("`http://x/a\\`b`", "http://x/a`b"),
        ('@a.b:c-1 "name"', "a.b:c-1"),
        ("@a", "a"),
        ("M", True),
        ("T", True),
        ("F", False),
        ("N", None),
        ("NA", None),
        ("R", None),
        ("INF", None),
        ("-INF", None),
        ("NaN", None),
        ("12", 12),
        ("-1.5e3", -1500),
        ("1_000.5", 1000.5),
        ("5kW/m²", {"val": 5, "unit": "kW/m²"}),
        ("20%", {"val": 20, "unit": "%"}),
        ("2026-04-07", "2026-04-07"),
        ("12:30:15.250", "12:30:15.250"),
        ("2026-04-07T00:00:00Z", "2026-04-07T00:00:00Z"),
        ("2026-04-07T10:00:00.5-05:00 New_York", "2026-04-07T15:00:00.500Z"),
        ("2026-04-07T10:00:00+05:00 GMT-5", "2026-04-07T05:00:00Z"),
        ("C(37.5,-77.4)", {"lat": 37.5, "lng": -77.4}),
        ('Span("today")', "today"),
        ('[1, "a", [M]]', [1, "a", [True]]),
        ('{a b:2 c:"x"}', {"a": True, "b": 2, "c": "x"}),
        ('<<\nver:"3.0"\nx\n1\n>>', [{"x": 1}]),
    ],
)
def test_values(value, expected):
    assert cell(value) == expected


def test_a_grid_with_its_data_about_itself():
    grid = read_grid('ver:"3.0" err dis:"it broke" n:3\r\na meta:"x",b\r\n1,\r\n,2\r\n')
    assert grid.meta == {"err": True, "dis": "it broke", "n": 3} and grid.error == "it broke"
    assert grid.rows == [{"a": 1}, {"b": 2}]


def test_an_empty_grid():
    assert read_grid('ver:"3.0"\nempty\n').rows == []
    assert read_grid('ver:"2.0"\nempty').error == ""


@pytest.mark.parametrize(
    "bad",
    ["", "hello", 'ver:"3.0"', 'ver:"3.0"\n\n', 'ver:"3.0"\na\n"open', 'ver:"3.0"\na\n1,2\n', 'ver:"3.0"\na\n?\n'],
)
def test_what_is_no_zinc(bad):
    with pytest.raises(ZincError):
        read_grid(bad)


def test_nesting_is_bounded():
    with pytest.raises(ZincError):
        read_grid('ver:"3.0"\na\n' + "[" * 50 + "]" * 50 + "\n")


@given(st.text())
def test_anything_is_read_or_refused(given_text):
    for text_ in (given_text, f'ver:"3.0"\na\n{given_text}'):
        with contextlib.suppress(ZincError):
            read_grid(text_)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_texts_come_back(value):
    assert cell(text(value)) == (value.replace("\r", "\n"))


def test_writing():
    assert reference("a:b") == reference("@a:b") == "@a:b"
    assert write_grid(("id", "range"), [("@a", '"today"')]) == 'ver:"3.0"\nid,range\n@a,"today"\n'
    for bad in ("", "a b", "@", 'a"'):
        with pytest.raises(ZincError):
            reference(bad)
