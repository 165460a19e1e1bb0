"""Texts of expression fields: bare, in `${ }`, and references to functions."""

import pytest

from weft.dsl.expr import CWM, STATES, TASKS_STRICT, Budget, ExpressionFault, Names, Profile, compile_expr
from weft.dsl.expr.compilation import fixed_needs, function_name, problem_of, unwrapped
from weft.dsl.expr.lexer import SyntaxProblem
from weft.dsl.expr.resolver import NameProblem

FUNCTIONS = Names(functions={"double": ". * 2", "again": "fn:double", "loop": "${ fn:pool }", "pool": "fn:loop"})


@pytest.mark.parametrize("text", [".a + 1", "${ .a + 1 }", "  ${.a + 1}  ", "\n.a +\n1"])
def test_bare_and_wrapped(text):
    assert compile_expr(text).result.one({"a": 1}, (), Budget()) == 2


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        (".a ==", "expression-syntax", "expected an expression"),
        ("${ .a", "expression-syntax", "closes '${'"),
        ("${ .a } x", "expression-syntax", "nothing may follow"),
        ("foo", "expression-function", "foo/0 is not defined"),
        ("length(1)", "expression-function", "there is length/0"),
        ("lenght", "expression-function", "did you mean length?"),
        ("input", "expression-function", "not available"),
        ("$x", "expression-variable", "there are: $item"),
        ("$itm", "expression-variable", "$itm is not defined"),
        ("$ENV", "expression-function", "not available"),
        ("break $x", "expression-variable", "no label"),
        ("@foo", "expression-function", "not a valid format"),
        ('test("(")', "expression-regex", "Regex failure"),
        ("x" * 20_000, "expression-syntax", "longer than 16384"),
        ("1 == 1 == 1", "expression-syntax", "without brackets"),
    ],
)
def test_problems(text, code, part):
    compiled = compile_expr(text, names=Names(frozenset(["item"])), where="/do/0/if")
    assert compiled.result is None
    problem = compiled.problems[0]
    assert (problem.code, problem.pointer, problem.severity) == (code, "/do/0/if", "error")
    assert part in problem.message


def test_several_faults_in_one_answer():
    problems = compile_expr("foo + $x + bar(1)").problems
    assert [problem.code for problem in problems] == [
        "expression-function",
        "expression-variable",
        "expression-function",
    ]


def test_function_references():
    assert compile_expr("${ fn:again }", names=FUNCTIONS, profile=STATES).result.one(4, (), Budget()) == 8
    assert compile_expr("fn:double", names=FUNCTIONS, profile=CWM).result.text == ". * 2"
    cycle = compile_expr("fn:loop", names=FUNCTIONS, profile=STATES).problems[0]
    assert cycle.code == "function-cycle"
    assert "loop -> pool -> loop" in cycle.message
    assert compile_expr("fn:none", names=FUNCTIONS, profile=STATES).problems[0].code == "ref-function"
    assert compile_expr("fn:double", names=FUNCTIONS, profile=TASKS_STRICT).problems[0].code == "expression-syntax"
    assert function_name(" fn: a b ") == "a b"
    assert function_name(".fn") is None


def test_a_condition_of_cwm_never_stops_a_save():
    compiled = compile_expr('${ .s == "error" then true }', profile=CWM, condition=True)
    assert [problem.severity for problem in compiled.problems] == ["warning"]
    assert compiled.result.test({"s": "error"}, (), Budget()) is False
    assert compile_expr('.s == "error" then true', profile=STATES, condition=True).result is None
    assert compile_expr(".a > 1", profile=CWM).result.test(5, (), Budget()) is False


def test_where_bare_text_is_not_allowed():
    with pytest.raises(SyntaxProblem):
        unwrapped(".a", Profile(bare=False))
    assert compile_expr(".a", profile=Profile(bare=False)).problems[0].code == "expression-syntax"
    assert compile_expr(5).problems[0].code == "expression-syntax"


def test_secrets_that_decide_are_seen_at_save():
    names = Names(frozenset(["SECRETS"]), frozenset(["SECRETS"]))
    for text in ('$SECRETS.api == "x"', "if $SECRETS.api then 1 end", "$SECRETS.api and true", "$SECRETS.a.b < 1"):
        assert [problem.code for problem in compile_expr(text, names=names).problems] == ["secret-leak"]
    assert compile_expr('"Bearer " + $SECRETS.api', names=names).problems == []


def test_helpers_of_messages():
    problem = problem_of(NameProblem("x", 3, "bad", "hint"), "y" * 100, "/a", True)
    assert (problem.severity, problem.hint) == ("warning", "hint")
    assert len(problem.message) < 150
    assert fixed_needs(["$b", "$a + $c"], Names(frozenset(["a", "b", "d"]))) == ("a", "b")


@pytest.mark.parametrize("text", [".a |", "${ .a } == 1", "nofunction", "$none", 'test("(")', "${ .a", '"\\('])
def test_in_cwm_what_does_not_compile_fails_when_it_is_evaluated(text):
    compiled = compile_expr(text, profile=CWM)
    assert compiled.problems and {problem.severity for problem in compiled.problems} == {"warning"}
    with pytest.raises(ExpressionFault, match="does not compile"):
        compiled.result.one({"a": 1}, (), Budget())
    condition = compile_expr(text, profile=CWM, condition=True)
    assert condition.result.one({"a": 1}, (), Budget()) is False
    assert compile_expr(text, profile=STATES).result is None


def test_in_cwm_a_missing_function_is_an_error_all_the_same():
    compiled = compile_expr("fn:nowhere", profile=CWM)
    assert compiled.result is None and compiled.problems[0].code == "ref-function"
