"""The forms that every construct compiles to."""

import pytest

from weft.dsl.expr.code import Coder, checked, computed, constant_of, kept, only
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.syntax import Identity, Literal


def test_a_single_form_as_a_stream():
    assert list(only(lambda v, env: v + 1)(1, ())) == [2]


def test_a_computed_value_keeps_the_path_only_when_it_is_the_same():
    value = {"a": 1}
    assert kept(("x",), value, value) == (("x",), value)
    assert kept(("x",), value, {"a": 1}) == (None, {"a": 1})
    assert kept(("x",), 5, 5) == (None, 5)
    assert kept(("x",), None, None) == (("x",), None)
    assert list(computed(lambda v, env: [v, 7])((), value, ())) == [((), value), (None, 7)]


def test_a_pair_without_a_path_is_an_error():
    assert checked((("a",), 1)) == ("a",)
    with pytest.raises(JqError) as caught:
        checked((None, "x"))
    assert caught.value.value == 'Invalid path expression with result "x"'


def test_constants_and_watching():
    assert constant_of(Literal(5)) == 5
    assert constant_of(Identity()) is Literal
    seen = []
    coder = Coder(watch=lambda node, run, single: seen.append((type(node), single)) or run)
    assert coder.one(Literal(5))(None, ()) == 5
    assert seen == [(Literal, True)]


def test_settled_nodes_are_known_by_identity():
    node = Identity()
    assert Coder(settled=(node,)).settles(node)
    assert not Coder(settled=(node,)).settles(Identity())
