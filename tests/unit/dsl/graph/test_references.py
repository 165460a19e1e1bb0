"""References in texts and data."""

from __future__ import annotations

import re
from typing import Any

import pytest

from weft.dsl.expr import Budget, ExpressionFault, Sealed, secret
from weft.dsl.graph.references import Found, ReferenceProblem, Resolver, compile_data, compile_text, source_of, split

VALUES: dict[str, Any] = {
    "n": 5,
    "t": "text",
    "o": {"k": [1]},
    "null": None,
    "key": "k",
    "trap": "${n}",
    "s": secret("s"),
}


class Values(Resolver):
    def find(self, text: str) -> Found:
        name = re.split(r"[.\[]", text, maxsplit=1)[0]
        slot = self.slot("values")
        if name not in VALUES:
            raise ReferenceProblem("ref-task", f"no {name}")
        return Found(lambda vars: vars[slot][name], text[len(name) :])


def given(text: str) -> Any:
    made = compile_text(text, Values())
    return made if isinstance(made, str) else made((VALUES,), Budget())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$ and $x", "$ and $x"),
        ("${n}", 5),
        ("${ n }", 5),
        ("n=${n}!", "n=5!"),
        ("${n}${n}", "55"),
        ("${o}", {"k": [1]}),
        ("<${o}>", '<{"k":[1]}>'),
        ("<${null}>", "<null>"),
        ("${null}", None),
        ("${}", ""),
        ("a${}b", "ab"),
        ("$${n}", "${n}"),
        ("x $${n} ${n}", "x ${n} 5"),
        ("${o.${key}}", [1]),
        ("${o[${key}][0]}", 1),
        ("${trap}", "${n}"),
        ("<${trap}>", "<${n}>"),
        ("${o['}']}", None),
    ],
)
def test_texts(text: str, value: Any) -> None:
    assert given(text) == value


@pytest.mark.parametrize("text", ["${n", "a ${", "$${n", "${o.${key}", "${unknown}", "${o.[}", "${o.\0" + "0\0}"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ReferenceProblem):
        compile_text(text, Values())


def test_nesting_is_bounded() -> None:
    text = "${o." * 12 + "k" + "}" * 12
    with pytest.raises(ReferenceProblem):
        compile_text(text, Values())


def test_a_secret_in_a_text_stays_sealed() -> None:
    assert isinstance(given("Bearer ${s}"), Sealed)


def test_parts() -> None:
    assert split("a${b}c") == [(False, "a"), (True, "b"), (False, "c")]
    assert split("$${x}") == [(False, "${x}")]


def test_data_are_walked_and_problems_have_places() -> None:
    seen: list[tuple[str, str]] = []
    value = {"${n}": ["${n}", 1, {"a/b": "${nobody}"}], "plain": "x"}
    made = compile_data(value, Values(), lambda pointer, problem: seen.append((pointer, problem.code)))
    assert seen == [("/${n}/2/a~1b", "ref-task")]
    assert made is not None
    assert made((VALUES,), Budget())["${n}"][0] == 5
    assert compile_data({"a": [1, "x"]}, Values(), lambda *_: None) is None


def test_what_goes_wrong_is_a_fault() -> None:
    resolver = Values()
    source = source_of(lambda vars, budget: budget.charge(10**9), None, resolver, "here")
    with pytest.raises(ExpressionFault) as caught:
        source.evaluate(None, (VALUES,), Budget())
    assert caught.value.code == "BUDGET"
