import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.api.cwm.query import parse_query
from weft.domain.errors import Invalid
from weft.domain.filters import Every, Never, Some, Where


def where(text):
    return parse_query(text).where


def test_empty_query_filters_nothing():
    assert where("") is None and where("   ") is None


def test_and_binds_tighter_than_or():
    a, b, c = (Where("name", "eq", (x,)) for x in "abc")
    assert where("JobName='a' or JobName='b' AND JobName = \"c\"") == Some((a, Every((b, c))))
    assert where("(JobName='a' or JobName='b') and JobName='c'") == Every((Some((a, b)), c))
    assert where("not JobName='a' and JobName='b'") == Every((Never(a), b))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JobTags = 'x'", Where("tags", "eq", ("x",))),
        ("JobTags IN ('a','b')", Where("tags", "in", ("a", "b"))),
        ("`JobName` != 'it''s'", Where("name", "ne", ("it's",))),
        (r"JobName = 'it\'s'", Where("name", "eq", ("it's",))),
        ("JobName STARTS_WITH 'p'", Where("name", "starts", ("p",))),
        ("JobName not starts_with 'p'", Where("name", "not_starts", ("p",))),
        ("CloseTime IS NULL", Where("closed_at", "null")),
        ("CloseTime is not null", Where("closed_at", "not_null")),
        ("HistoryLength BETWEEN 3 AND 9", Where("history_length", "between", (3, 9))),
        ("ExecutionDuration > '2m30s'", Where("duration", "gt", (150_000.0,))),
        ("ExecutionDuration > '00:02:30'", Where("duration", "gt", (150_000.0,))),
        ("StartTime >= '2026-02-01T06:00:00.5Z'", Where("started_at", "ge", (1769925600500.0,))),
        ("StartTime = 1769925600500000000", Where("started_at", "eq", (1769925600500.0,))),
        ("ExecutionStatus = 'Failed'", Where("status", "in", ("faulted",))),
        ("ExecutionStatus = 2", Where("status", "in", ("completed",))),
        ("ExecutionStatus IN ('WORKFLOW_EXECUTION_STATUS_TIMED_OUT', 'Canceled')",
         Where("status", "in", ("cancelled", "timed_out"))),
        ("WorkflowType = 'DSL'", Where("id", "not_null")),
        ("WorkflowType != 'DSL'", Where("id", "null")),
    ],
)  # fmt: skip
def test_forms(text, expected):
    assert where(text) == expected


def test_order():
    assert parse_query("ExecutionStatus = 'Failed' ORDER BY StartTime desc").order == (("started_at", True),)
    assert parse_query("order by JobName").order == (("name", False),)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Foo = 1", "no attribute Foo at position 1"),
        ("jobtags = 'a'", "no attribute jobtags at position 1"),
        ("JobTags > 'a'", "JobTags is a list of keywords"),
        ("JobTags", "expected IN or BETWEEN or STARTS_WITH, found 'the end' at position 8"),
        ("JobName = 3", "JobName is compared with a string at position 11"),
        ("StartTime = 'yesterday'", "StartTime is compared with an RFC 3339 time"),
        ("StartTime = true", "RFC 3339"),
        ("HistoryLength = 'x'", "an integer"),
        ("ExecutionStatus = 'Sleeping'", "has no value"),
        ("JobName = JobTags", "expected a value, found 'JobTags'"),
        ("JobName = 'a' LIMIT 3", "expected end, found 'LIMIT'"),
        ("JobName = 'a", "unexpected"),
        ("CloseTime STARTS_WITH 'a'", "needs a keyword"),
        ("ORDER BY JobTags", "cannot order"),
        ("(" * 100 + "JobName='a'" + ")" * 100, "nested"),
        (" or ".join(["JobName='a'"] * 201), "comparisons"),
        ("x" * 9000, "longer than"),
    ],
)
def test_refusals_name_the_position(text, detail):
    with pytest.raises(Invalid) as caught:
        parse_query(text)
    assert detail in caught.value.details[0]


@given(st.text(alphabet="JobTags='\"()ANDORNT IN<>!,`\\0123 ", max_size=60))
def test_any_text_is_a_query_or_invalid(text):
    try:
        parse_query(text)
    except Invalid as refusal:
        assert refusal.details
