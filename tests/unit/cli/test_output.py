from __future__ import annotations

import json

import pytest

from weft.cli.output import as_table, show


def test_objects_are_aligned_columns():
    text = as_table([{"name": "a", "roles": ["x", "y"], "on": True}, {"name": "long one", "roles": [], "on": False}])
    assert text == "NAME      ROLES  ON\na         x,y    yes\nlong one         no"


def test_columns_are_chosen_and_may_be_nested():
    assert as_table([{"a": {"b": 1}, "c": 2}], ("a.b",)) == "B\n1"
    assert as_table([{"a": None}], ("a.b", "x")) == "B  X\n"


def test_one_object_nothing_and_plain_values():
    assert as_table({"a": 1, "bb": None}) == "a   1\nbb"
    assert as_table([]) == "nothing found"
    assert as_table(["a", "b"]) == "a\nb"
    assert as_table("x" * 500) == "x" * 500


def test_cells_are_short_and_cannot_move_the_cursor():
    text = as_table([{"a": "\x1b[31mred\nx", "b": "y" * 500}])
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2
    assert text.endswith("…")


@pytest.mark.parametrize(("form", "expected"), [("json", '{\n  "ä": 1\n}\n'), ("yaml", "ä: 1\n"), ("table", "ä  1\n")])
def test_forms(capsys, form, expected):
    show({"ä": 1}, form)
    assert capsys.readouterr().out == expected


def test_json_is_json(capsys):
    value = [{"a": [1, None, {"b": "\u2028"}]}]
    show(value, "json")
    assert json.loads(capsys.readouterr().out) == value
