"""The formats, in texts and on their own."""

import pytest

ROWS = [
    ("@text, @json", [1, "a"], ['[1,"a"]', '[1,"a"]']),
    ("@html", "<a href='x'>&\"</a>", ["&lt;a href=&apos;x&apos;&gt;&amp;&quot;&lt;/a&gt;"]),
    ("@uri, (@uri | @urid)", "a b/é~-_.", ["a%20b%2F%C3%A9~-_.", "a b/é~-_."]),
    ("@csv, @tsv", [1.5, 'a"\t', None, True], ['1.5,"a""\t",,true', '1.5\ta"\\t\t\ttrue']),
    ("@sh", ["it's", 1, None], ["'it'\\''s' 1 null"]),
    ("@base64, (@base64 | @base64d)", "aé", ["YcOp", "aé"]),
    ("@base64d", "YWJ", ["ab"]),
    ("@base32, (@base32 | @base32d)", "a", ["ME======", "a"]),
    ('@uri "x=\\(.)&y=\\("a/b")"', "ü", ["x=%C3%BC&y=a%2Fb"]),
    ('@json "x\\(.)"', ["a"], ['x["a"]']),
]
FAILURES = [
    ("@csv", 1, "number (1) cannot be csv-formatted, only array"),
    ("@tsv", {}, "object ({}) cannot be tsv-formatted, only array"),
    ("@csv", [[1]], "array ([1]) is not valid in a csv row"),
    ("@sh", [[1]], "array ([1]) can not be escaped for shell"),
    ("@base64d", "!", 'string ("!") is not valid base64 data'),
    ("@base64d", "YWJjZ", 'string ("YWJjZ") trailing base64 byte found'),
    ("@base32d", "1", 'string ("1") is not valid base32 data'),
    ("@urid", "%zz", 'string ("%zz") is not a valid uri encoding'),
    ("@urid", "%ff", 'string ("%ff") is not a valid uri encoding'),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
