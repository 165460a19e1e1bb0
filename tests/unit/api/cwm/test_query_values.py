import pytest

from weft.api.cwm.query_values import ATTRIBUTES, Literal, holds, where_of
from weft.domain.errors import Invalid
from weft.domain.filters import JOB_FIELDS, Where


def test_every_attribute_names_a_field_of_the_domain():
    for attribute in ATTRIBUTES.values():
        assert attribute.constant is not None or attribute.field in JOB_FIELDS


@pytest.mark.parametrize(
    ("op", "values", "expected"),
    [("eq", ("b",), True), ("ne", ("b",), False), ("lt", ("c",), True), ("not_in", ("a",), True),
     ("between", ("a", "c"), True), ("not_between", ("a", "c"), False), ("starts", ("b",), True),
     ("null", (), False), ("not_null", (), True)],
)  # fmt: skip
def test_holds(op, values, expected):
    assert holds(op, "b", values) is expected


def test_status_comparisons_go_over_the_words():
    found = where_of("ExecutionStatus", "ne", [Literal("Running", 0)], 0)
    assert isinstance(found, Where)
    assert set(found.values) == {"completed", "faulted", "cancelled", "terminated", "continued", "timed_out"}


def test_numbers_out_of_range_are_refused():
    with pytest.raises(Invalid):
        where_of("HistoryLength", "eq", [Literal(2**80, 0)], 0)
    with pytest.raises(Invalid):
        where_of("ExecutionDuration", "eq", [Literal("9" * 70, 0)], 0)
