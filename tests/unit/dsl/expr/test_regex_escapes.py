import pytest

from weft.dsl.expr.regex_ast import RegexError
from weft.dsl.expr.regex_escapes import Cursor, property_text, quote


def test_property_names() -> None:
    assert property_text("Lu") == r"\p{Lu}"
    assert property_text("uppercase letter") == r"\p{Lu}"
    assert property_text("greek") == r"\p{Greek}"
    assert property_text("alpha") == r"\pL\pM\p{Nl}"
    assert property_text("Foo") is None
    assert property_text("}x") is None


def test_quote_never_changes_meaning() -> None:
    assert quote("a") == "a"
    assert quote("]") == r"\x{5d}"
    assert quote("é") == r"\x{e9}"


def test_escaped_characters() -> None:
    for text, char in (
        ("x41", "A"),
        ("x{1F600}", "😀"),
        ("101", "A"),
        ("cA", "\x01"),
        ("t", "\t"),
        ("h", "h"),
        ("x", "\0"),
    ):
        assert Cursor(text).escaped_char() == char, text
    for text in ("x{110000}", "x{d800}", "c"):
        with pytest.raises(RegexError):
            Cursor(text).escaped_char()
