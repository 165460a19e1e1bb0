"""What can be told of a tree without running it."""

from weft.dsl.expr.folding import folded, literals_of, nearest, only_reads
from weft.dsl.expr.parser import parse


def test_lists_of_literals():
    assert literals_of(parse('1, "a", null')) == [1, "a", None]
    assert literals_of(parse("1, .a")) is None
    assert literals_of(parse(".a, 1")) is None


def test_folding_leaves_out_what_fails_or_grows():
    assert folded("+", 1, 2) == (3,)
    assert folded("-", 1, 1) == (0,)
    assert folded("/", 1, 0) is None
    assert folded("+", [1], [2]) is None
    assert folded("*", "a", 5) is None
    assert folded("+", "x" * 2000, "y") is None


def test_plain_reads():
    assert only_reads(parse(".a.b"))
    assert only_reads(parse("$x.a"))
    assert not only_reads(parse(".a + 1"))


def test_the_nearest_name():
    assert nearest("lenght", ["length", "keys"]) == "did you mean length?"
    assert nearest("zzz", ["length"]) is None
