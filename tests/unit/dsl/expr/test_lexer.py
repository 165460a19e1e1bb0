"""Tokens, texts and comments, and the end of `${`."""

import pytest

from weft.dsl.expr.lexer import Lexer, SyntaxProblem, closing_brace, tokens_of, unescaped


def kinds(text):
    return [(kind, value) for kind, value, _, _ in tokens_of(text)]


def test_tokens():
    assert kinds('.a[0] // $x?//@json "b\\(1)c"')[:-1] == [
        ("field", "a"),
        ("op", "["),
        ("num", "0"),
        ("op", "]"),
        ("op", "//"),
        ("var", "x"),
        ("op", "?//"),
        ("fmt", "json"),
        ("q(", ""),
        ("qt", "b"),
        ("q[", ""),
        ("num", "1"),
        ("q]", ""),
        ("qt", "c"),
        ("q)", ""),
    ]
    assert kinds("if and .if")[:-1] == [("kw", "if"), ("kw", "and"), ("field", "if")]


@pytest.mark.parametrize(
    ("text", "left"),
    [("1 # c", 1), ("1 # c\n2", 2), ("1 # c \\\n2", 1), ("1 # c \\\\\n2", 2), ("1 # c \\\r\n2", 1), ("1 # c\r\n2", 2)],
)
def test_comments(text, left):
    assert len(tokens_of(text)) == left + 1


def test_escapes():
    assert unescaped(r"\n\té\"\\\/") == '\n\té"\\/'
    assert unescaped(r"\ud83d\ude00") == "😀"
    assert unescaped(r"\ud83dx") == "\ufffdx"
    assert unescaped(r"\udc00") == "\ufffd"


@pytest.mark.parametrize("text", ['"abc', '"\\x"', '"\\u12"', "(1", "1)", "[1)", "~", '"\\(1"', "{]"])
def test_what_is_wrong_is_named(text):
    with pytest.raises(SyntaxProblem) as caught:
        tokens_of(text)
    assert 0 <= caught.value.offset <= len(text)
    assert caught.value.message


def test_the_end_of_an_interpolated_expression():
    text = '${ {"a": "}"} | "\\("}")" # }\n } rest'
    assert text[closing_brace(text, 2) :] == " rest"
    with pytest.raises(SyntaxProblem):
        closing_brace("${ .a", 2)
    with pytest.raises(SyntaxProblem):
        closing_brace("${ (.a }", 2)
    lexer = Lexer(".a} b", 0, closing=True)
    lexer.run()
    assert (lexer.closed, lexer.position) == (True, 3)
