"""Data with expressions: walking, interpolation, constants, pointers of problems."""

import pytest

from weft.dsl.expr import CWM, STATES, TASKS_LOOSE, TASKS_STRICT, Budget, ExpressionFault, Names, compile_data, secret
from weft.dsl.expr.lexer import SyntaxProblem
from weft.dsl.expr.template import split_text

NAMES = Names(frozenset(["item", "secrets"]), frozenset(["secrets"]), {"double": ".n * 2", "b": "fn:a", "a": "fn:b"})


def template(data, profile=STATES):
    compiled = compile_data(data, names=NAMES, where="/x", profile=profile)
    assert [p for p in compiled.problems if p.severity == "error"] == []
    return compiled.result


def test_walking():
    made = template({"a": ["${ .n }", 1, True, None], "${ .n }": "k", "b": {"c": "n=${ .n + 1 }"}})
    assert not made.constant
    assert made.render({"n": 3}, (), Budget()) == {"a": [3, 1, True, None], "${ .n }": "k", "b": {"c": "n=4"}}


@pytest.mark.parametrize("data", ["text", 5, None, True, [], {}, {"a": ["b", {"c": 1}]}, "$ {x}"])
def test_constants_are_shared(data):
    made = template(data)
    assert made.constant
    assert made.render({}, (), Budget()) is data
    assert made.needs == ()


def test_variables_by_slot():
    made = template({"a": "${ $item.x }", "b": "t ${ $secrets.k }", "c": "${ .n }"})
    assert made.needs == ("item", "secrets")
    result = made.render({"n": 1}, ({"x": 7}, {"k": secret("k")}), Budget())
    assert (result["a"], result["c"]) == (7, 1)
    assert result["b"].names() == frozenset(["k"])


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        ({"a": {"b/c": "${ .x"}}, "expression-syntax", "/x/a/b~1c"),
        (["${ foo }"], "expression-function", "/x/0"),
        ("a ${ $nope } b", "expression-variable", "/x"),
        ("${ fn:none }", "ref-function", "/x"),
        ("${ fn:a }", "function-cycle", "/x"),
        ("${ .a = }", "expression-syntax", "/x"),
        ('${ $secrets.k == "x" }', "secret-leak", "/x"),
    ],
)
def test_problems(data, code, pointer):
    compiled = compile_data(data, names=NAMES, where="/x", profile=STATES)
    assert compiled.result is None
    assert [(p.code, p.pointer) for p in compiled.problems] == [(code, pointer)]


def test_functions():
    assert template("${ fn:double }").render({"n": 4}, (), Budget()) == 8
    assert template("x${ fn:double }", CWM).render({"n": 4}, (), Budget()) == "x8"


def test_bare_paths_are_literal_with_a_warning():
    for text in (".user", ".a.b[0]", "$item.name", ".[0]"):
        compiled = compile_data({"a": text}, names=NAMES, profile=TASKS_STRICT)
        assert [(p.code, p.pointer) for p in compiled.problems] == [("looks-like-expression", "/a")]
    for text in ("plain", "v1.2", "a.b", "...", ".", "user@x.y", ".hidden-file!"):
        assert compile_data(text, names=NAMES, profile=TASKS_STRICT).problems == []


def test_loose_texts():
    assert template(["1 + 1", "red", ".s.x", " ", ".n"], TASKS_LOOSE).render({"s": "a", "n": 3}, (), Budget()) == [
        2,
        "red",
        ".s.x",
        " ",
        3,
    ]
    with pytest.raises(ExpressionFault):
        template("[range(1e9)]", TASKS_LOOSE).render({}, (), Budget())


def test_failures_carry_the_expression():
    with pytest.raises(ExpressionFault) as caught:
        template({"a": "x ${ .n + 1 } y"}).render({"n": "t"}, (), Budget())
    assert caught.value.expression == " .n + 1 "


def test_splitting():
    assert split_text('a${.b}c${ "}" }') == [(False, "a"), (True, ".b"), (False, "c"), (True, ' "}" ')]
    assert split_text("${ fn: a b }") == [(True, " fn: a b ")]
    with pytest.raises(SyntaxProblem):
        split_text("a ${ b")


def test_depth_is_bounded():
    data = "x"
    for _ in range(300):
        data = [data]
    assert compile_data(data).problems[0].code == "expression-syntax"


@pytest.mark.parametrize("text", ["${ .n | }", "x${ nofunction }y", "open ${ .n", "${ $none }"])
def test_in_cwm_a_text_that_does_not_compile_fails_when_it_is_evaluated(text):
    compiled = compile_data({"a": text, "b": "${ .n }"}, names=NAMES, where="/x", profile=CWM)
    assert [(problem.severity, problem.pointer) for problem in compiled.problems] == [("warning", "/x/a")]
    with pytest.raises(ExpressionFault, match="does not compile"):
        compiled.result.render({"n": 1}, (), Budget())
    assert compile_data(text, names=NAMES, profile=STATES).result is None
