"""Case, trimming, splitting, code points."""

import pytest

ROWS = [
    ("ascii_downcase, ascii_upcase", "aBÉ", ["abÉ", "ABÉ"]),
    ('startswith("ab"), endswith("c"), startswith("")', "abc", [True, True, True]),
    ('ltrimstr("a"), rtrimstr("c"), trimstr("a")', "abca", ["bca", "abca", "bc"]),
    ("trim, ltrim, rtrim", " \t\u00a0a b\n", ["a b", "a b\n", " \t\u00a0a b"]),
    ("explode, (explode | implode)", "a日", [[97, 26085], "a日"]),
    ("implode", [1114112, 55296, -1], ["\ufffd\ufffd\ufffd"]),
    ('split(", "), split("")', "a, b", [["a", "b"], ["a", ",", " ", "b"]]),
    ('split(",")', "", [[]]),
    ("ascii", 65, ["A"]),
]
FAILURES = [
    ("ascii_downcase", 1, "explode input must be a string"),
    ("explode", None, "explode input must be a string"),
    ("implode", "a", "implode input must be an array"),
    ("implode", ["a"], 'string ("a") can\'t be imploded, unicode codepoint needs to be numeric'),
    ("trim", 1, "trim input must be a string"),
    ("startswith(1)", "a", "startswith() requires string inputs"),
    ('endswith("a")', 1, "endswith() requires string inputs"),
    ("rtrimstr(1)", "a", "endswith() requires string inputs"),
    ('split(",")', 1, "split input and separator must be strings"),
    ("ascii", 200, "number (200) is not an ASCII code"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
