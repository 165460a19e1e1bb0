import pytest

from weft.dsl.expr.regex_parse import parse
from weft.dsl.expr.regex_re2 import compile_text, emit, iterate, may_overrun, tail_sensitive


@pytest.mark.parametrize("pattern", ["(?=a)", "(?>a)", "a++", r"(a)\1", r"a\Kb", r"\R", r"\X", r"\G", "a{1001}"])
def test_what_re2_cannot_say(pattern: str) -> None:
    assert emit(parse(pattern).root, ascii_only=True) is None


def test_what_re2_says_for_ascii_only() -> None:
    for pattern in (r"\b", r"[^\W_]"):
        assert emit(parse(pattern).root, ascii_only=True) is not None
        assert emit(parse(pattern).root, ascii_only=False) is None


def test_offsets_are_code_points() -> None:
    compiled = compile_text("(b)|(é)")
    assert list(iterate(compiled, "éb日é")) == [
        [(0, 1), (-1, -1), (0, 1)],
        [(1, 2), (1, 2), (-1, -1)],
        [(3, 4), (-1, -1), (3, 4)],
    ]


def test_empty_matches_advance_by_code_points() -> None:
    assert [spans[0] for spans in iterate(compile_text("x*"), "日本")] == [(0, 0), (1, 1), (2, 2)]
    assert [spans[0] for spans in iterate(compile_text(r"\z"), "ab")] == [(2, 2)]


def test_tail_sensitive() -> None:
    assert tail_sensitive(parse("a$").root)
    assert tail_sensitive(parse("(?m)^a").root)
    assert not tail_sensitive(parse("(?m)a$").root)
    assert not tail_sensitive(parse(r"a\z").root)


def test_may_overrun() -> None:
    for pattern in ("a.*b|a", "a(?:.*b)?", "(?:ab)*", "a*$"):
        assert may_overrun(parse(pattern).root), pattern
    for pattern in (r"\d+", r"[,;] *", r"\w+\s*", "abc", "a{2,5}b"):
        assert not may_overrun(parse(pattern).root), pattern
