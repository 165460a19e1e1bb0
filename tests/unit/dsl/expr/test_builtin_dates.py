"""Dates through the language; the calendar itself has its own tests."""

import pytest

ROWS = [
    ("fromdate, fromdateiso8601", "2015-03-05T23:51:47Z", [1425599507, 1425599507]),
    ("todate, todateiso8601, date", 1425599621.9, ["2015-03-05T23:53:41Z"] * 3),
    ("gmtime, localtime", 1425599621, [[2015, 2, 5, 23, 53, 41, 4, 63]] * 2),
    ("gmtime | mktime", 1425599621, [1425599621]),
    ('strftime("%A, %d.%m.%Y"), strflocaltime("%Z")', 1425599621, ["Thursday, 05.03.2015", "UTC"]),
    ('strptime("%Y-%m-%d") | mktime', "2015-03-05", [1425513600]),
    ('dateadd("seconds"; 10), datesub("seconds"; 10)', 100, [110, 90]),
    ("now | todate", None, ["2023-11-14T22:13:20Z"]),
]
FAILURES = [
    ("fromdate", "x", 'date "x" does not match format "%Y-%m-%dT%H:%M:%SZ"'),
    ("mktime", "x", "mktime requires array inputs"),
    ('strptime("%Y")', 1, "strptime/1 requires string inputs and arguments"),
    ('strftime("%Y")', "x", "strftime/1 requires parsed datetime inputs"),
    ("strftime(1)", 1, "strftime/1 requires a string format"),
]


@pytest.mark.parametrize(("program", "value", "expected"), ROWS)
def test_results(evaluate, program, value, expected):
    assert evaluate(program, value) == expected


@pytest.mark.parametrize(("program", "value", "text"), FAILURES)
def test_failures(failure, program, value, text):
    assert failure(program, value) == text
