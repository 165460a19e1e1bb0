import jq
import pytest

from weft.dsl.expr.dates_calendar import DateError
from weft.dsl.expr.dates_parse import strptime

JQ = jq.compile(". as [$t,$f] | $t | strptime($f)")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2015-03-05", "%Y-%m-%d"),
        ("2015-3-5", "%F"),
        ("15-3-5", "%Y-%m-%d"),
        ("2015 064", "%Y %j"),
        ("10:11", "%H:%M"),
        ("Thu Mar  5 11:51:47 PM 2015", "%a %b %e %I:%M:%S %p %Y"),
        ("1425599621", "%s"),
        ("03/05/15", "%D"),
        ("10:00:00 +0100", "%T %z"),
        ("10:00:00 UTC", "%T %Z"),
        ("68", "%y"),
        ("69", "%y"),
        ("2015", "%C%y"),
        ("thursday", "%A"),
        ("mar", "%B"),
        ("  5", "%n%d"),
        ("5%", "%d%%"),
        ("10 2015", "%U %Y"),
        ("2015-10-4", "%G-%V-%u"),
        ("10:11:12 PM", "%r"),
        ("4", "%w"),
        (" 5: 6", "%k:%l"),
        ("2015-02-31", "%F"),
        ("PST", "%Z"),
        ("Z", "%z"),
        ("+01:00", "%z"),
        ("5 x", "%d"),
        ("2015 10 4", "%Y %U %w"),
        ("2015 10 1", "%Y %W %w"),
        ("12 AM", "%I %p"),
    ],
)
def test_like_jq(text: str, form: str) -> None:
    assert strptime(text, form) == JQ.input_value([text, form]).first()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("x", "%d"),
        ("32", "%d"),
        ("24", "%H"),
        ("1", "%Q"),
        ("1", "%Ez"),
        ("5x", "%d"),
        ("", "%d"),
        ("5", "%"),
        ("a", "b"),
        ("Fub", "%b"),
        ("xx", "%p"),
        ("+1", "%z"),
    ],
)
def test_mismatches_like_jq(text: str, form: str) -> None:
    with pytest.raises(DateError) as ours:
        strptime(text, form)
    with pytest.raises(ValueError) as theirs:
        JQ.input_value([text, form]).first()
    assert ours.value.message == str(theirs.value)


def test_own_limits() -> None:
    for text, form in (("0000", "%Y"), ("Thu Mar  5 23:51:47 2015", "%c"), ("5" * 5000, "%d" * 5000)):
        with pytest.raises(DateError, match="does not match"):
            strptime(text, form)
    with pytest.raises(DateError):
        strptime("99999999999999", "%s")
