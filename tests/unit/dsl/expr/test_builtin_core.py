"""Types, length, keys, entries, conversions."""

import pytest

ROWS = [
    (
        "map(type)",
        [None, True, 1, 1.5, "", [], {}],
        [["null", "boolean", "number", "number", "string", "array", "object"]],
    ),
    ("map(length)", [None, -5, "日本", [1], {"a": 1}], [[0, 5, 2, 1, 1]]),
    ("utf8bytelength", "é", [2]),
    ("keys, keys_unsorted", {"b": 1, "a": 2}, [["a", "b"], ["b", "a"]]),
    ("keys", [7, 8], [[0, 1]]),
    ("map(not)", [None, False, 0, ""], [[True, True, False, False]]),
    ("map(abs)", [-1, 2.5, "x"], [[1, 2.5, "x"]]),
    ("map(tonumber)", ["1", "1.5", "-3", "1e2", "+4", 7], [[1, 1.5, -3, 100, 4, 7]]),
    ("tonumber | isnan", "nan", [True]),
    ("map(toboolean)", ["true", "false", True], [[True, False, True]]),
    ("map(tostring)", ["a", 1, None, [1]], [["a", "1", "null", "[1]"]]),
    ("tojson, (tojson | fromjson)", {"a": [1, None]}, ['{"a":[1,null]}', {"a": [1, None]}]),
    ('has("a"), has("z")', {"a": None}, [True, False]),
    ("has(0), has(-1), has(2)", [1, 2], [True, False, False]),
    ('contains("bar")', "foobar", [True]),
    ('contains({a: ["x"]})', {"a": ["xyz", 1], "b": 1}, [True]),
    ("inside([1, 2])", [1], [True]),
    ('in({"a": 1})', "a", [True]),
    ("to_entries", {"a": 1}, [[{"key": "a", "value": 1}]]),
    ("from_entries", [{"name": "a", "Value": 1}, {"key": "b", "value": False}], [{"a": 1, "b": False}]),
    ("with_entries(.value += 1)", {"a": 1}, [{"a": 2}]),
    ('setpath(["a", 0]; 1)', None, [{"a": [1]}]),
    ('delpaths([["a"], ["b", 0]])', {"a": 1, "b": [1, 2]}, [{"b": [2]}]),
    ("[paths]", {"a": [1]}, [[["a"], ["a", 0]]]),
    ("[leaf_paths]", {"a": [1]}, [[["a", 0]]]),
    ("[tostream]", {"a": [1, []]}, [[[["a", 0], 1], [["a", 1], []], [["a", 1]], [["a"]]]]),
    ("[tostream]", 3, [[[[], 3]]]),
    ("now", None, [1700000000.123]),
    ('builtins | any(. == "map/1")', None, [True]),
    ('format("json")', "x", ['"x"']),
    ("[have_decnum, have_literal_numbers]", None, [[True, True]]),
    ("toarray", 1, [[1]]),
    ("debug, debug(1, 2), stderr", 5, [5, 5, 5]),
]
FAILURES = [
    ("length", True, "boolean (true) has no length"),
    ("utf8bytelength", 1, "number (1) only strings have UTF-8 byte length"),
    ("keys", "a", 'string ("a") has no keys'),
    ("abs", None, "null (null) cannot be negated"),
    ("tonumber", "1_000", 'string ("1_000") cannot be parsed as a number'),
    ("tonumber", " 1", 'string (" 1") cannot be parsed as a number'),
    ("tonumber", [], "array ([]) cannot be parsed as a number"),
    ("toboolean", "yes", 'string ("yes") cannot be parsed as a boolean'),
    ("error", {"a": 1}, '{"a":1}'),
    ("error(null)", None, "null"),
    ('has("a")', [1], "Cannot check whether array has a string key"),
    ("contains(1)", "a", 'string ("a") and number (1) cannot have their containment checked'),
    ("from_entries", [{"a": 1}], "Cannot use null (null) as object key"),
    ("to_entries", 1, "number (1) has no keys"),
    ("format(1)", 1, "number (1) is not a valid format"),
    ('format("x")', 1, "x is not a valid format"),
    ("delpaths(1)", [], "Paths must be specified as an array"),
    ('setpath("a"; 1)', {}, "Path must be specified as an array"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
