"""Keys, slices, iteration, texts, arrays, objects."""

import pytest

ROWS = [
    ('.a.b, .a["b"], .["a"].b, .a."b", ."a".["b"]', {"a": {"b": 1}}, [1, 1, 1, 1, 1]),
    (".a.b.c.d.e", None, [None]),
    (".[1], .[-1], .[9], .[1.7], .[nan]", [1, 2], [2, 2, None, 2, None]),
    (".[1:], .[:-1], .[1:2], .[-2:], .[1.2:1.7]", "abc", ["bc", "ab", "b", "bc", "b"]),
    (".[1:2], .[2:1]", [1, 2, 3], [[2], []]),
    (".[[1]]", [1, 2, 1], [[0, 2]]),
    ("[.[]], [.[]?]", {"a": 1, "b": 2}, [[1, 2], [1, 2]]),
    ("[.[]?], [.a?], [.[0]?], [.[1:]?]", 5, [[], [], [], []]),
    ("[..]", [[1]], [[[[1]], [1], 1]]),
    ("-., -(1, 2)", 3, [-3, -1, -2]),
    ('"a\\(.x)b\\(1, 2)"', {"x": "é"}, ["aéb1", "aéb2"]),
    ('"\\(null) \\([1]) \\(1.5)"', None, ["null [1] 1.5"]),
    (
        '{a: 1}, {"b c": 2}, {("d", "e"): 3}, {a: (4, 5)}',
        None,
        [{"a": 1}, {"b c": 2}, {"d": 3}, {"e": 3}, {"a": 4}, {"a": 5}],
    ),
    (
        '{a, "b", if: 1, $__loc__}',
        {"a": 7},
        [{"a": 7, "b": None, "if": 1, "__loc__": {"file": "<top-level>", "line": 1}}],
    ),
    ("[1, [2, 3], {a: 4}], [], {}", None, [[1, [2, 3], {"a": 4}], [], {}]),
    ("[.[0, 1][0, 1]]", [[1, 2], [3, 4]], [[1, 3, 2, 4]]),
    ('@base64 "x\\(1)"', None, ["xMQ=="]),
]
FAILURES = [
    (".a", 1, 'Cannot index number with string ("a")'),
    (".[0]", {}, "Cannot index object with number (0)"),
    (".[[1]]", None, "Cannot index null with array ([1])"),
    (".[]", None, "Cannot iterate over null (null)"),
    (".a.b?", 1, 'Cannot index number with string ("a")'),
    ('.["a":]', [1], "Array/string slice indices must be integers"),
    ("{(1, 2 | tostring | tonumber): 1}", None, "Cannot use number (1) as object key"),
    ("-.", "a", 'string ("a") cannot be negated'),
    ("path(1 | .a)", None, 'Invalid path expression near attempt to access element "a" of 1'),
    ("path([1] | .[])", None, "Invalid path expression near attempt to iterate through [1]"),
    ("path([1] | .[0:])", None, 'Invalid path expression near attempt to access element {"start":0,"end":null} of [1]'),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
