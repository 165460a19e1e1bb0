"""Compiled expressions: what is known of them and how they are run."""

import pytest

from weft.dsl.expr import ALL, Budget, ExpressionFault, Limits, Names, compile_expr, secret


def made(text, *names):
    return compile_expr(text, names=Names(frozenset(names))).result


def test_info():
    info = made(".a.b + $x", "x", "y").info
    assert info.needs == ("x",)
    assert info.single
    assert not info.constant
    assert info.keys == frozenset(["a"])
    assert made("now").info.uses == frozenset(["now"])
    assert made("[1, 2]").info.constant
    assert made("length").info.keys == ALL
    assert repr(made(".a")) == "Expr('.a')"


@pytest.mark.parametrize(
    ("text", "path", "fixed"),
    [
        (".", True, ()),
        (".a.b", True, ("a", "b")),
        ('.["x y"][0]', True, ("x y", 0)),
        (".a | .b", True, ("a", "b")),
        (".a[]", True, None),
        (".a?", True, None),
        (".[.k]", True, None),
        ("first", True, (0,)),
        ('getpath(["a"])', True, None),
        (".a + 1", False, None),
        ("$x.a", False, None),
        ("length", False, None),
        ("1", False, None),
    ],
)
def test_paths(text, path, fixed):
    expr = made(text, "x")
    assert (expr.path, expr.path_of) == (path, fixed)


def test_set_and_get():
    value = {"a": {"b": 1}, "l": [1, 2]}
    assert made(".a.b").set_path(value, (), 5, Budget()) == {"a": {"b": 5}, "l": [1, 2]}
    assert made(".l[]").set_path(value, (), 0, Budget()) == {"a": {"b": 1}, "l": [0, 0]}
    assert made(".").set_path(value, (), 5, Budget()) == 5
    assert made(".a").get(value, (), Budget()) == {"b": 1}
    assert value == {"a": {"b": 1}, "l": [1, 2]}
    with pytest.raises(ValueError, match="not a path"):
        made("1").set_path(value, (), 5, Budget())
    with pytest.raises(ExpressionFault):
        made(".a.b.c").set_path(value, (), 5, Budget())


def test_one_never_computes_the_second_result():
    assert made("1, error").one(None, (), Budget()) == 1
    assert made("empty").one(None, (), Budget()) is None
    assert made("range(1e9)").one(None, (), Budget()) == 0


def test_collect():
    assert made(".[]").collect([1, 2], (), Budget()) == [1, 2]
    assert made(".a").collect({"a": [1]}, (), Budget()) == [1]
    assert made(".a").collect({}, (), Budget()) is None
    assert made("empty").collect({}, (), Budget()) == []


def test_too_many_results():
    with pytest.raises(ExpressionFault, match="more than 100 results"):
        made("range(1000)").all(None, (), Budget(0, Limits(results=100)))


@pytest.mark.parametrize("text", [".a", ".a.b", ".a.b.c", ".a.b.c.d", "$x.a + 0", "[.a]", "[.[]]"])
def test_the_step_pays(text):
    budget = Budget()
    expr = made(text, "x")
    before = budget.left
    expr.one({"a": {"b": {"c": {"d": 1}}}}, tuple({"a": 1} for _ in expr.info.needs), budget)
    assert 0 < before - budget.left < 10


def test_a_failure_pays_too():
    budget = Budget()
    with pytest.raises(ExpressionFault):
        made("[range(500)] | error").one(None, (), budget)
    assert budget.left < 2_000_000 - 500


@pytest.mark.parametrize("text", [".a", ".a.b", ".a.b.c", ".a.b.c.d", ".a.b.c.d.e"])
@pytest.mark.parametrize(
    "value", [None, {}, {"a": {}}, {"a": None}, {"a": {"b": {"c": {"d": {"e": 1}}}}}, 5, [], "x", {"a": 1}]
)
def test_fast_paths_read_like_slow_ones(text, value):
    slow = compile_expr(text + " | .", generic=True).result

    def outcome(expr):
        try:
            return expr.one(value, (), Budget())
        except ExpressionFault as fault:
            return fault.message

    assert outcome(made(text)) == outcome(slow)


def test_secrets_in_failures_are_masked():
    with pytest.raises(ExpressionFault) as caught:
        made("error({a: $s})", "s").one({"k": secret("TOP")}, (secret("TOP"),), Budget())
    assert caught.value.message == '{"a":"<secret TOP>"}'
    assert caught.value.input == '{"k":"<secret TOP>"}'


def test_a_result_is_checked_where_updates_put_it():
    limits = Limits(result=1000)
    with pytest.raises(ExpressionFault, match="result larger"):
        made('.a = ["x" * 2000]').one({}, (), Budget(0, limits))
    assert made(".a = 1 | .b |= nan").one({"big": 1}, (), Budget()) == {"big": 1, "a": 1, "b": None}
