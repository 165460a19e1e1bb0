"""Dates through the public interface, with jq as the judge."""

import random

import jq
import pytest

from weft.dsl.expr.dates import DateError, fromdate, gmtime, strftime, strptime, timegm, todate


def test_row_60_days_overflow() -> None:
    assert fromdate("2024-02-30T00:00:00Z") == 1709251200


def test_row_61_todate() -> None:
    assert todate(1425599621) == "2015-03-05T23:53:41Z"


def test_fractions() -> None:
    assert todate(1425599621.9) == "2015-03-05T23:53:41Z"
    assert gmtime(-1.5) == [1969, 11, 31, 23, 59, 58.5, 3, 364]
    assert todate(gmtime(1425599621.678)) == "2015-03-05T23:53:41Z"


@pytest.mark.parametrize("text", ["x", "2015-03-05T23:51:47.123Z", "2015-03-05T23:51:47+01:00", "2015-13-05T23:51:47Z"])
def test_fromdate_refuses(text: str) -> None:
    with pytest.raises(DateError) as caught:
        fromdate(text)
    assert caught.value.message == f'date "{text}" does not match format "%Y-%m-%dT%H:%M:%SZ"'


def test_wrong_types() -> None:
    for call, message in (
        (lambda: todate("x"), "strftime/1 requires parsed datetime inputs"),
        (lambda: fromdate(1), "strptime/1 requires string inputs and arguments"),
        (lambda: gmtime(True), "gmtime() requires numeric inputs"),
    ):
        with pytest.raises(DateError) as caught:
            call()
        assert caught.value.message == message


def test_round_trip_like_jq() -> None:
    draw = random.Random(1)
    program = jq.compile('[gmtime, todate, (gmtime|mktime), strftime("%a %b %e %j %U %V %W %G %g %u %w %y %C %I %p")]')
    for _ in range(300):
        seconds = draw.randrange(-62_135_596_800, 253_402_300_799)
        broken, text, again, formatted = program.input_value(seconds).first()
        assert gmtime(seconds) == broken
        assert todate(seconds) == text
        assert timegm(broken) == again == seconds
        if broken[0] >= 1000:  # C libraries differ in padding older years
            assert strftime(seconds, "%a %b %e %j %U %V %W %G %g %u %w %y %C %I %p") == formatted


def test_parse_is_the_inverse_of_format() -> None:
    draw = random.Random(2)
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%a %b %e %I:%M:%S %p %Y", "%s", "%Y %j %T", "%F %T %z"):
        seconds = draw.randrange(0, 4_000_000_000)
        assert timegm(strptime(strftime(seconds, form), form)) == seconds
