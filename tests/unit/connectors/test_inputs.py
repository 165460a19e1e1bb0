from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.inputs import Inputs


def test_both_spellings():
    inputs = Inputs({"_a": 1, "b": "2", "_c": None, "c": 3})
    assert (inputs.get("a"), inputs.get("b"), inputs.get("c"), inputs.get("d")) == (1, "2", 3, None)
    assert inputs.exact("a") is None and dict(inputs.items())["_a"] == 1


def test_texts_and_numbers():
    inputs = Inputs({"t": "x", "n": "2.5", "i": 7, "big": 900})
    assert inputs.text("t") == "x" and inputs.text("i") == "7" and inputs.text("no", "d") == "d"
    assert inputs.number("n", 1, 0, 10) == 2.5 and inputs.number("no", 1, 0, 10) == 1
    assert inputs.number("big", 1, 0, 300) == 300 and inputs.whole("n", 1, 0, 10) == 2


def test_what_is_inside():
    inputs = Inputs({"_o": {"x": 1}, "l": [1, 2]})
    assert inputs.inner("o").get("x") == 1 and inputs.inner("no").get("x") is None
    assert inputs.array("l", 2) == [1, 2] and inputs.array("no", 2) == []


@pytest.mark.parametrize(
    "read",
    [
        lambda i: i.text("no"),
        lambda i: i.text("empty"),
        lambda i: i.text("list"),
        lambda i: i.text("true"),
        lambda i: i.text("long", limit=3),
        lambda i: i.number("word", 1, 0, 5),
        lambda i: i.number("minus", 1, 0, 5),
        lambda i: i.number("true", 1, 0, 5),
        lambda i: i.number("nan", 1, 0, 5),
        lambda i: i.inner("list"),
        lambda i: i.array("word", 5),
        lambda i: i.array("list", 1),
        lambda i: Inputs([1]),
    ],
)
def test_what_is_wrong(read):
    given = {"empty": "", "list": [1, 2], "true": True, "long": "abcd", "word": "w", "minus": -1, "nan": float("nan")}
    with pytest.raises(AttemptFailed) as caught:
        read(Inputs(given))
    assert caught.value.code == "INPUT_INVALID" and not caught.value.retryable
