"""test, match, capture, scan, split/2, splits, sub, gsub."""

import pytest

ROWS = [
    ('test("B"; "i"), test("x"), test(["B", "i"]), test(["b"])', "abc", [True, False, True, True]),
    ('[match("a"; "g").offset]', "aba", [[0, 2]]),
    (
        'match("(?<x>a)(z)?") | .captures',
        "a",
        [
            [
                {"offset": 0, "length": 1, "string": "a", "name": "x"},
                {"offset": -1, "length": 0, "string": None, "name": None},
            ]
        ],
    ),
    ('capture("(?<x>b)(?<y>z)?")', "abc", [{"x": "b", "y": None}]),
    ('[scan("[a-z]")], [scan("(a)(b)?")]', "ab1a", [["a", "b", "a"], [["a", "b"], ["a", None]]]),
    ('[splits(", *")], split("B"; "i"), split(",";null)', "a, b", [["a", "b"], ["a, ", ""], ["a", " b"]]),
    ('sub("b"; "X"), sub("(?<l>.)"; "<\\(.l)>"; "g")', "abc", ["aXc", "<a><b><c>"]),
    ('gsub("b"; "1", "2")', "abcb", ["a1c1", "a2c2"]),
    ('gsub("x"; "1", "2")', "abc", ["abc"]),
    ('gsub("";"-")', "ab", ["-a-b-"]),
    ('gsub("B"; "x"; "i")', "ab", ["ax"]),
    ('[.[] | test("a")]', ["a", "b"], [[True, False]]),
    ('. as $p | "xpx" | test($p)', "p", [True]),
]
FAILURES = [
    ('test("a")', 1, "number (1) cannot be matched, as it is not a string"),
    ("test(1)", "a", "number not a string or array"),
    ('test("a"; 1)', "a", "number (1) is not a string"),
    ('match(["a", "q"])', "a", "q is not a valid modifier string"),
    ('gsub("a"; 1)', "a", 'string ("") and number (1) cannot be added'),
    ('[splits("a"; 1)]', "a", 'number (1) and string ("g") cannot be added'),
    (". as $p | test($p)", "(", "Regex failure: end pattern with unmatched parenthesis"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
