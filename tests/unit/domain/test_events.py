from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.errors import Invalid, Malformed
from weft.domain.events import is_binary, job_data, read_binary, read_event

GOOD = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}


def test_structured():
    assert read_event({**GOOD, "Device": "r1", "data": {"A": 1}}) == {**GOOD, "device": "r1", "data": {"A": 1}}
    assert read_event({**GOOD, "data_base64": "aGk="})["data"] == "hi"
    assert read_event({**GOOD, "data_base64": "/w=="})["data"] == "/w=="


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {**GOOD, "id": ""},
        {**GOOD, "type": 7},
        {**GOOD, "specversion": "0.3"},
        {**GOOD, "bad name": 1},
        {**GOOD, "nested": {}},
        {**GOOD, "long": "x" * 5000},
        {**GOOD, "data": 1, "data_base64": "aGk="},
        {**GOOD, "data_base64": "%"},
        {**GOOD, **{f"a{n}": 1 for n in range(100)}},
    ],
)
def test_no_events(body):
    with pytest.raises(Invalid):
        read_event(body)


def test_every_missing_attribute_is_named():
    with pytest.raises(Invalid) as refused:
        read_event({"specversion": "1.0"})
    assert refused.value.details == ("id is required", "source is required", "type is required")


HEADERS = {"ce-specversion": "1.0", "CE-ID": "a%20b", "ce-source": "s", "ce-type": "t"}


def test_binary():
    assert is_binary(HEADERS)
    assert not is_binary({"content-type": "application/json"})
    found = read_binary({**HEADERS, "content-type": "application/json; charset=utf-8"}, b'{"x": 1}', json.loads)
    assert (found["id"], found["data"]) == ("a b", {"x": 1})
    assert read_binary({**HEADERS, "content-type": "text/plain"}, b"hello", json.loads)["data"] == "hello"
    assert read_binary({**HEADERS, "content-type": "image/png"}, b"\xff", json.loads)["data"] == "/w=="
    assert "data" not in read_binary(HEADERS, b"", json.loads)
    with pytest.raises(Malformed):
        read_binary(HEADERS, b"{", json.loads)


def test_job_data():
    assert job_data({"a": 1}) == {"a": 1}
    assert job_data([1]) == {"data": [1]}
    assert job_data(None) == {"data": None}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_reading_refuses_or_gives_an_event(value):
    try:
        event = read_event(value)
    except Invalid:
        return
    assert all(isinstance(event[name], str) for name in GOOD)
