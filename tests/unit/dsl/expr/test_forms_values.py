"""path, del, pick, add, any, all, sort_by, walk, tables and streams."""

import pytest

ROWS = [
    ("[path(.a[0], .b)]", None, [[["a", 0], ["b"]]]),
    ('[paths(type == "number")]', {"a": [1, "x"]}, [[["a", 0]]]),
    ("del(.a), del(.a, .b), del(.[])", {"a": 1, "b": 2}, [{"b": 2}, {}, {}]),
    ("del(.[0, 2]), del(.[1:]), del(.[-1])", [1, 2, 3], [[2], [1], [1, 2]]),
    ("pick(.a.b), pick(.x)", {"a": {"b": 2, "c": 3}}, [{"a": {"b": 2}}, {"x": None}]),
    ("pick(.[1])", [1, 2], [[None, 2]]),
    ("add, add(.[] | . * 2)", [1, 2], [3, 6]),
    ("add", [[1], [2], [3]], [[1, 2, 3]]),
    ("add, add(empty)", {"a": "x", "b": "y"}, ["xy", None]),
    (
        "any, all, any(. == 1), all(. == 1), any(.[]; . > 5), all(empty; .)",
        [1, None],
        [True, False, True, False, False, True],
    ),
    ("isempty(empty), isempty(1, error)", None, [True, False]),
    ("sort_by(.a), sort_by(.b, .a)", [{"a": 2, "b": 1}, {"a": 1, "b": 1}], [[{"a": 1, "b": 1}, {"a": 2, "b": 1}]] * 2),
    ("group_by(.a) | map(length)", [{"a": 2}, {"a": 1}, {"a": 2}], [[1, 2]]),
    ("unique_by(length), min_by(length), max_by(length)", ["aa", "b", "cc"], [["b", "aa"], "b", "cc"]),
    ("[] | min_by(.), max_by(.)", None, [None, None]),
    ('walk(if type == "number" then . + 1 else . end)', [1, {"a": 2}], [[2, {"a": 3}]]),
    ('walk(if type == "number" then empty else . end)', [1, {"a": 2, "b": "x"}], [[{"b": "x"}]]),
    ("[walk(., 1)]", [], [[[], 1]]),
    ("INDEX(.id), INDEX(.[]; .id + 1)", [{"id": 1}], [{"1": {"id": 1}}, {"2": {"id": 1}}]),
    ("[fromstream(tostream)]", {"a": [1, {"b": []}]}, [[{"a": [1, {"b": []}]}]]),
    ("[1 | truncate_stream([[0], 1], [[1, 0], 2], [[1, 0]], [[1]])]", None, [[[[0], 2], [[0]]]]),
    ("[truncate_stream(1; [[1, 0], 2])]", None, [[[[0], 2]]]),
]
FAILURES = [
    ("sort_by(.)", {"a": 2}, 'object ({"a":2}) and array ([[2]]) cannot be sorted, as they are not both arrays'),
    ("min_by(.)", {"a": 2}, 'object ({"a":2}) and array ([[2]]) cannot be iterated over'),
    ("group_by(.)", 1, "Cannot iterate over number (1)"),
    ("path(1)", None, "Invalid path expression with result 1"),
    ("path(map(.))", [1], "Invalid path expression with result [1]"),
    ("del(.a.b)", {"a": 1}, 'Cannot index number with string ("b")'),
    ("add", [1, "a"], 'number (1) and string ("a") cannot be added'),
    ("INDEX(.a)", [1], 'Cannot index number with string ("a")'),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
