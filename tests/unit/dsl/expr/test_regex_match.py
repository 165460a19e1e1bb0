from weft.dsl.expr.regex_match import Matcher
from weft.dsl.expr.regex_parse import parse


def spans(pattern: str, text: str, start: int = 0, **how: bool) -> list[tuple[int, int]] | None:
    return Matcher(parse(pattern)).search(text, start, lambda units: None, **how)


def test_first_alternative_or_longest() -> None:
    assert spans("a|ab", "xab") == [(1, 2)]
    assert spans("a|ab", "xab", longest=True) == [(1, 3)]


def test_empty_matches_can_be_unwanted() -> None:
    assert spans("a*?", "baa", nonempty=True) == [(1, 2)]
    assert spans("", "ab", nonempty=True) is None


def test_looks() -> None:
    assert spans("(?<=a|bc)x", "bcx") == [(2, 3)]
    assert spans("(?<=a+)x", "aax") == [(2, 3)]
    assert spans("(?!a).", "ab") == [(1, 2)]
    assert spans("(?=(a))a", "a") == [(0, 1), (0, 1)]
    assert spans("(?!(a)b)a", "ac") == [(0, 1), (-1, -1)]


def test_references_and_loops_over_nothing() -> None:
    assert spans(r"(a*)*\1b", "aab") == [(0, 3), (0, 1)]
    assert spans(r"(?i)(é)\1", "éÉ") == [(0, 2), (0, 1)]
    assert spans(r"(a|b\1)+", "aba") == [(0, 1), (0, 1)]


def test_search_start_and_context() -> None:
    assert spans(r"\Gb", "ab", 1) == [(1, 2)]
    assert spans("^b", "ab", 1) is None
    assert spans(r"\bb", "ab", 1) is None
