from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.api.cwm.reading import (
    boolean,
    flag,
    integer,
    members,
    nanoseconds,
    options,
    query_flag,
    query_list,
    query_text,
    text,
    text_list,
)
from weft.domain.errors import Invalid


def call(body=None, **query):
    async def read():
        return {} if body is None else body

    return SimpleNamespace(query=query, body=read)


def test_exact_beats_folded_and_the_last_folded_wins():
    assert members({"NAME": 1, "name": 2, "Name": 3}, "name") == {"name": 2}
    assert members({"NAME": 1, "nAME": 4}, "name") == {"name": 4}
    assert members({"other": 1, "a": None}, "name", "a") == {}


@pytest.mark.parametrize("body", [[], 7, "x", None])
def test_only_objects_have_members(body):
    with pytest.raises(Invalid):
        members(body, "name")


@pytest.mark.parametrize("value", [True, 1, "1", "t", "T", "true", "TRUE", "True"])
def test_true(value):
    assert flag(value, "f") is True


@pytest.mark.parametrize("value", [False, 0, "0", "f", "F", "false", "FALSE", "False"])
def test_false(value):
    assert flag(value, "f") is False


@pytest.mark.parametrize("value", ["yes", "", None, 2, [], "tRuE"])
def test_no_boolean(value):
    with pytest.raises(Invalid, match="f must be true or false"):
        flag(value, "f")


def test_boolean_members():
    assert boolean({}, "f", default=True)
    assert not boolean({"f": ""}, "f")
    assert boolean({"f": "true"}, "f")


def test_texts():
    assert text({"a": 1.5}, "a") == "1.5"
    assert text({}, "a", "d") == "d"
    for value in (True, [], {}):
        with pytest.raises(Invalid):
            text({"a": value}, "a")
    assert text_list("a", "n") == ["a"]
    assert text_list(None, "n") == text_list("", "n") == []
    for value in ([1], {}, 7):
        with pytest.raises(Invalid):
            text_list(value, "n")


@pytest.mark.parametrize(("value", "number"), [(5, 5), ("5", 5), ("-7", -7), (5.0, 5)])
def test_integers(value, number):
    assert integer(value, "n") == number


@pytest.mark.parametrize("value", [True, "", "1.5", 1.5, None, "9" * 30, "٣"])
def test_no_integer(value):
    with pytest.raises(Invalid):
        integer(value, "n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (90, 90), ("90", 90), ("90s", 90 * 10**9), ("1h30m", 5400 * 10**9), ("2d", 172800 * 10**9),
        ("1.5ms", 1_500_000),
        ("PT1H30M", 5400 * 10**9), ("P1DT1S", 86401 * 10**9), ("P2W", 14 * 86400 * 10**9), ("PT0.5S", 5 * 10**8),
    ],
)  # fmt: skip
def test_durations(value, expected):
    assert nanoseconds(value, "d") == expected


@pytest.mark.parametrize("value", ["P", "PT", "1x", "", "s", "1h 30m", "99999999999999999d", None, "P1Y"])
def test_no_duration(value):
    with pytest.raises(Invalid):
        nanoseconds(value, "d")


@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_refused(value):
    try:
        assert isinstance(nanoseconds(value, "d"), int)
    except Invalid as refusal:
        assert "d " in refusal.message


def test_query():
    one = call(Force=["true"], tags=["a,b", " c ,"])
    assert query_text(one, "force") == "true"
    assert query_flag(one, "force") is True
    assert query_flag(one, "other") is None
    assert query_list(one, "tags") == ["a", "b", "c"]


@pytest.mark.anyio
async def test_options_in_body_or_query():
    assert await options(call({"FORCE": 1}, force=["false"]), "force") == {"force": True}
    assert await options(call(None, force=["false"]), "force") == {"force": False}
    assert await options(call(), "force") == {}
