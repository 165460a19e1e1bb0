import pytest

from weft.dsl.expr.regex_ast import (
    Alt,
    Anchor,
    Atomic,
    BackRef,
    Cat,
    Char,
    CharSet,
    Dot,
    Group,
    Look,
    RegexError,
    Repeat,
)
from weft.dsl.expr.regex_parse import parse


def test_sequence_alternatives_and_groups() -> None:
    parsed = parse("ab|(?<n>.)")
    assert parsed.root == Alt((Cat((Char("a", False), Char("b", False))), Group(1, Dot(False))))
    assert parsed.names == ("n",)


def test_quantifiers() -> None:
    a = Char("a", False)
    assert parse("a*").root == Repeat(a, 0, None, "greedy")
    assert parse("a+?").root == Repeat(a, 1, None, "lazy")
    assert parse("a?+").root == Repeat(a, 0, 1, "possessive")
    assert parse("a{2,}").root == Repeat(a, 2, None, "greedy")
    assert parse("a{2}{3}").root == Repeat(Repeat(a, 2, 2, "greedy"), 3, 3, "greedy")
    assert parse("a{x").root == Cat((a, Char("{", False), Char("x", False)))


def test_options_hold_to_the_end_of_their_group() -> None:
    assert parse("(?:(?i)a)b").root == Cat((Char("a", True), Char("b", False)))
    assert parse("(?i:a)b").root == Cat((Char("a", True), Char("b", False)))
    assert parse("^", dotall=True).root == Anchor("start")
    assert parse("(?m)^$").root == Cat((Anchor("line_start"), Anchor("line_end")))


def test_extended_syntax_drops_blanks_and_comments() -> None:
    assert parse(" a # c\n b ", extended=True).root == Cat((Char("a", False), Char("b", False)))
    assert parse(r"\ ", extended=True).root == Char(" ", False)
    assert parse("a(?#c)*").root == Repeat(Char("a", False), 0, None, "greedy")


def test_looks_and_references() -> None:
    assert parse("(?=a)").root == Look(Char("a", False), True, False)
    assert parse("(?<!a)").root == Look(Char("a", False), False, True)
    assert parse("(?>a)").root == Atomic(Char("a", False))
    assert parse(r"(?<n>a)(?<n>b)\k<n>").root.items[2] == BackRef((1, 2), False)  # type: ignore[union-attr]
    assert parse(r"[\W_]").root == CharSet(r"\x{5f}", (r"\pL\pM\pN\p{Pc}",), False, False)


def test_errors_have_offsets() -> None:
    for text, offset in (("ab(", 2), ("a)", 1), ("a{2,1}", 1), ("[b-a]", 4), ("ab[", 2)):
        with pytest.raises(RegexError) as caught:
            parse(text)
        assert caught.value.offset == offset, text
