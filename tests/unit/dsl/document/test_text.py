import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.document.text import TextLimits, inspect, parse


def codes(text: str | bytes) -> list[tuple[str, str, int, int]]:
    return [(p.code, p.pointer, p.line, p.column) for p in parse(text).problems]


def test_json_and_yaml() -> None:
    assert parse('{"a": [1, null, "x"]}').value == {"a": [1, None, "x"]}
    assert parse("a: [1, null, x]").value == {"a": [1, None, "x"]}
    assert parse(b"\xef\xbb\xbfa: 1").value == {"a": 1}


def test_braces_that_are_yaml_are_yaml() -> None:
    assert parse("{a: 1, b: [x, y]}").value == {"a": 1, "b": ["x", "y"]}
    parsed = parse("{\n  a: 1,\n  b: [x]}")
    assert parsed.locate("/b/0") == (3, 7)


def test_neither_tells_the_json_problem() -> None:
    (problem,) = parse('{"a": 1,,}').problems
    assert (problem.stage, problem.code, problem.line, problem.column) == ("parse", "syntax", 1, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("syntax", "", 1, 1)),
        ("# only a comment\n", ("syntax", "", 1, 1)),
        (b"\xff\xfe", ("encoding", "", 0, 0)),
        ("a: \ud800", ("encoding", "", 1, 4)),
        ("a: 1\nb: \ufeffx", ("encoding", "", 2, 4)),
        ('{"a":\n "\ufeff"}', ("encoding", "", 2, 3)),
        ("a: 1\n---\nb: 2", ("documents", "", 2, 1)),
        ("a: 1\nb: [", ("syntax", "", 3, 1)),
        ("a: 1\nb: \x00", ("syntax", "", 2, 4)),
        ('{"a": 1,\n "b": NaN}', ("number", "", 2, 7)),
        ('{"a": "NaN",\n "b": [1e999]}', ("number", "", 2, 8)),
        ('{"a": 1,\n "b": "\\ud800"}', ("encoding", "", 2, 7)),
    ],
)
def test_refused(text: str | bytes, expected: tuple[str, str, int, int]) -> None:
    assert codes(text) == [expected]


def test_row_6_duplicate_keys_with_the_line_of_the_second() -> None:
    assert codes("document:\n  dsl: 1.0.0\ndo:\n  - a: 1\ndo:\n  - b: 2\n") == [("key-duplicate", "/do", 5, 1)]
    assert codes('{"a": 1,\n "b": {"x": 1, "x": 2},\n "a": 3}') == [
        ("key-duplicate", "/b/x", 2, 21),
        ("key-duplicate", "/a", 3, 7),
    ]


def test_limits() -> None:
    small = TextLimits(max_bytes=100)
    assert parse("x" * 101, limits=small).problems[0].code == "too-large"
    assert parse("é" * 60, limits=small).problems[0].code == "too-large"
    assert not parse("x" * 100, limits=small).problems
    assert parse(b" " * (1 << 20) + b"1").problems[0].code == "too-large"


def test_lines_are_those_of_the_nearest_parent() -> None:
    for text in ('{"a": {"b": [1,\n 2]},\n "c~/": 3}', "a:\n  b: [1,\n 2]\nc~/: 3"):
        parsed = parse(text)
        assert parsed.locate("/a/b/1") == parsed.locate("/a/b/1/x/y")
        assert parsed.locate("/c~0~1")[0] == (3 if text[0] == "{" else 4)
        assert parsed.locate("") == (1, 1)
        assert parsed.locate("/zz") == (1, 1)


@given(st.binary(max_size=300))
def test_never_raises_for_bytes(data: bytes) -> None:
    parsed = parse(data)
    assert parsed.problems or parsed.locate("")[0] >= 1


@given(st.text(alphabet="{}[]:,-?&*!|>'\"%@`#~<. \n\tae1\\0x\ud800\ufeff", max_size=80))
def test_never_raises_for_text(text: str) -> None:
    parsed = parse(text)
    for problem in parsed.problems:
        assert problem.stage == "parse"
        assert problem.severity == "error"


def test_inspect_values_that_were_never_text() -> None:
    assert inspect({"a": [1, 1.5, None, True, "x"]}) == []
    deep: list[object] = []
    for _ in range(70):
        deep = [deep]
    for value, code in (
        ({"a": {1: 2}}, "key-type"),
        ({"a": float("nan")}, "number"),
        ({"a": 1 << 1024}, "number"),
        ({"a": (1,)}, "type"),
        ({"a": "\ud800"}, "encoding"),
        (deep, "too-deep"),
        ([0] * 200_001, "too-large"),
    ):
        (problem,) = inspect(value)
        assert problem.code == code
