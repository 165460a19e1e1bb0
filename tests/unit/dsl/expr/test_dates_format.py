import pytest

from weft.dsl.expr.dates_calendar import DateError
from weft.dsl.expr.dates_format import MAX_FORMAT, strftime


def test_every_directive() -> None:
    form = (
        "%a %A %b %B %c|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%n|%p|%P|%r|%R|%s|%S|%t|%T|%u|%U|%V|%w|%W"
        "|%x|%X|%y|%Y|%z|%Z|%%"
    )
    assert strftime(1425599621, form) == (
        "Thu Thursday Mar March Thu Mar  5 23:53:41 2015|20|05|03/05/15| 5|2015-03-05|15|2015|Mar|23|11|064|23|11|03"
        "|53|\n|PM|pm|11:53:41 PM|23:53|1425599621|41|\t|23:53:41|4|09|10|4|09|03/05/15|23:53:41|15|2015|+0000|UTC|%"
    )


def test_unknown_directives_stay() -> None:
    assert strftime(1, "%Q %E %") == "%Q %E %"


def test_broken_down_time_is_normalised() -> None:
    assert strftime([2024, 1, 30, 25, 61, 61, 3, 0], "%FT%TZ %A %j") == "2024-03-02T02:02:01Z Saturday 062"


def test_errors() -> None:
    with pytest.raises(DateError, match="strftime/1 requires a string format"):
        strftime(1, 1)
    with pytest.raises(DateError, match="strflocaltime/1 requires parsed datetime inputs"):
        strftime("a", "%Y", "strflocaltime/1")
    with pytest.raises(DateError, match="longer than"):
        strftime(1, "%c" * MAX_FORMAT)
