import pytest

from weft.dsl.expr.regex_ast import Char, CharSet, Dot, RegexError
from weft.dsl.expr.regex_parse import parse
from weft.dsl.expr.regex_program import MAX_PROGRAM, Builder, char_test


def test_char_tests() -> None:
    assert char_test(Char("k", True))("\u212a")
    assert not char_test(Char("k", False))("K")
    assert char_test(Dot(True))("\n")
    assert not char_test(Dot(False))("\n")
    assert char_test(CharSet("_", (r"\pL",), False, False))("1")
    assert not char_test(CharSet("_", (r"\pL",), True, False))("1")
    assert char_test(CharSet("_", (r"\pL",), True, False))("a")


def test_every_instruction_leads_somewhere() -> None:
    program = Builder(1, memo=True).program_of(parse("a(b|c)*d{2,3}?(?=e)").root)
    size = len(program.code)
    assert 0 <= program.entry < size
    ends = 0
    for act, following, other in program.code:
        if act is None and other < 0:
            ends += 1
            continue
        assert 0 <= following < size
        assert other < size
    assert ends == 1


def test_size_is_bounded() -> None:
    Builder(0, memo=True).program_of(parse(f"a{{{MAX_PROGRAM - 10}}}").root)
    with pytest.raises(RegexError, match="too large"):
        Builder(0, memo=True).program_of(parse(f"a{{{MAX_PROGRAM + 10}}}").root)
