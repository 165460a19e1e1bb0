"""Cron texts against a model that looks at every minute, against known examples, and at clock changes."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from weft.domain.cron import MAX_TEXT, Cron
from weft.domain.errors import Invalid
from weft.domain.zones import UTC_ZONE, Zone

ZONES = {
    name: Zone(name, ZoneInfo(name))
    for name in (
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "America/Sao_Paulo",
        "Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu",
    )
}  # fmt: skip


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def times(cron: str, start: str, count: int, zone: str = "UTC") -> list[str]:
    """The next times as UTC texts."""
    read, at, found = Cron(cron), ms(start), []
    for _ in range(count):
        following = read.next_after(at, ZONES[zone])
        if following is None:
            found.append("none")
            break
        at = following
        found.append(datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    return found


# -- known examples (those of the Quartz tutorial among them) ---------------------------------------------------------

KNOWN = [
    ("0 0 12 * * ?", "2026-04-07T12:00:00", ["2026-04-08T12:00:00"]),
    ("0 15 10 ? * *", "2026-04-07T10:14:59", ["2026-04-07T10:15:00", "2026-04-08T10:15:00"]),
    ("0 15 10 * * ?", "2026-04-07T11:00:00", ["2026-04-08T10:15:00"]),
    ("0 15 10 * * ? 2027", "2026-04-07T11:00:00", ["2027-01-01T10:15:00", "2027-01-02T10:15:00"]),
    ("0 * 14 * * ?", "2026-04-07T14:58:30", ["2026-04-07T14:59:00", "2026-04-08T14:00:00"]),
    ("0 0/5 14 * * ?", "2026-04-07T14:51:00", ["2026-04-07T14:55:00", "2026-04-08T14:00:00"]),
    ("0 0/5 14,18 * * ?", "2026-04-07T14:56:00", ["2026-04-07T18:00:00", "2026-04-07T18:05:00"]),
    ("0 0-5 14 * * ?", "2026-04-07T14:04:00", ["2026-04-07T14:05:00", "2026-04-08T14:00:00"]),
    ("0 10,44 14 ? 3 WED", "2026-01-01T00:00:00", ["2026-03-04T14:10:00", "2026-03-04T14:44:00"]),
    ("0 15 10 ? * MON-FRI", "2026-04-10T10:15:00", ["2026-04-13T10:15:00"]),
    ("0 15 10 15 * ?", "2026-04-15T10:15:00", ["2026-05-15T10:15:00"]),
    ("0 15 10 L * ?", "2028-02-01T00:00:00", ["2028-02-29T10:15:00", "2028-03-31T10:15:00"]),
    ("0 15 10 L-2 * ?", "2026-02-01T00:00:00", ["2026-02-26T10:15:00", "2026-03-29T10:15:00"]),
    ("0 0 0 L-30 * ?", "2026-02-01T00:00:00", ["2026-03-01T00:00:00", "2026-05-01T00:00:00"]),
    ("0 15 10 ? * 6L", "2026-04-01T00:00:00", ["2026-04-24T10:15:00", "2026-05-29T10:15:00"]),
    ("0 15 10 ? * FRIL 2026-2027", "2027-12-01T00:00:00", ["2027-12-31T10:15:00", "none"]),
    ("0 15 10 ? * 6#3", "2026-04-01T00:00:00", ["2026-04-17T10:15:00", "2026-05-15T10:15:00"]),
    ("0 0 0 ? * mon#5", "2026-04-01T00:00:00", ["2026-06-29T00:00:00", "2026-08-31T00:00:00"]),
    ("0 0 12 1/5 * ?", "2026-04-27T00:00:00", ["2026-05-01T12:00:00", "2026-05-06T12:00:00"]),
    ("0 11 11 11 11 ?", "2026-04-27T00:00:00", ["2026-11-11T11:11:00", "2027-11-11T11:11:00"]),
    ("0 0 0 1W * ?", "2026-07-02T00:00:00", ["2026-08-03T00:00:00", "2026-09-01T00:00:00"]),
    ("0 0 0 31W * ?", "2026-05-01T00:00:00", ["2026-05-29T00:00:00", "2026-07-31T00:00:00"]),
    ("0 0 0 15W * ?", "2026-08-01T00:00:00", ["2026-08-14T00:00:00"]),
    ("0 0 0 16W * ?", "2026-08-01T00:00:00", ["2026-08-17T00:00:00"]),
    ("0 0 0 LW * ?", "2026-05-01T00:00:00", ["2026-05-29T00:00:00"]),
    ("0 0 0 29 2 ?", "2026-01-01T00:00:00", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
    ("0 0 0 ? * FRI-MON", "2026-04-08T00:00:00",
     ["2026-04-10T00:00:00", "2026-04-11T00:00:00", "2026-04-12T00:00:00", "2026-04-13T00:00:00",
      "2026-04-17T00:00:00"]),
    ("0 0 22-2/2 * * ?", "2026-04-08T01:00:00", ["2026-04-08T02:00:00", "2026-04-08T22:00:00", "2026-04-09T00:00:00"]),
    ("0 0 0 1 NOV-FEB ?", "2026-04-08T01:00:00", ["2026-11-01T00:00:00", "2026-12-01T00:00:00", "2027-01-01T00:00:00"]),
    ("0 0 0 ? * L", "2026-04-08T00:00:00", ["2026-04-11T00:00:00", "2026-04-18T00:00:00"]),
    ("0 0 0 1,L * ?", "2026-04-08T00:00:00", ["2026-04-30T00:00:00", "2026-05-01T00:00:00"]),
    ("*/20 * * * * *", "2026-04-08T00:00:00", ["2026-04-08T00:00:20", "2026-04-08T00:00:40", "2026-04-08T00:01:00"]),
    ("50-10/5 59 23 31 12 ?", "2026-12-31T23:59:05", ["2026-12-31T23:59:10", "2026-12-31T23:59:50"]),
    ("0 0/5 * ? * * *", "2026-04-08T00:03:00", ["2026-04-08T00:05:00"]),
    ("0 0 12 1/1 * ?", "2026-04-08T13:00:00", ["2026-04-09T12:00:00"]),
    ("\t0  0 12   ?  jan  Sun  ", "2026-01-01T00:00:00", ["2026-01-04T12:00:00"]),
    ("59 59 23 31 12 ? 2099", "2026-01-01T00:00:00", ["2099-12-31T23:59:59", "none"]),
    ("0 0 0 1 1 ? 2030/2", "2031-01-01T00:00:00", ["2032-01-01T00:00:00", "2034-01-01T00:00:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("cron", "start", "expected"), KNOWN, ids=[f"{one[0]} {one[1][:10]}" for one in KNOWN])
def test_known_examples(cron, start, expected):
    assert times(cron, start, len(expected)) == expected


@pytest.mark.parametrize(
    "cron",
    ["0 0 0 30 2 ?", "0 0 0 1 1 ? 1999", "0 0 0 ? 2 MON#5 2026", "0 0 0 31 4,6,9,11 ?"],
)
def test_texts_without_a_time_in_the_future(cron):
    assert Cron(cron).next_after(ms("2026-04-07T00:00:00"), UTC_ZONE) is None


WRONG = {
    "*/5 * * * *": "6 or 7 fields",
    "0 0 0 ? * * * *": "6 or 7 fields",
    "": "6 or 7 fields",
    "0 0 12 1 * MON": "both be restricted",
    "0 0 12 */2 * MON": "both be restricted",
    "0 0 12 ? * ?": "both be '?'",
    "60 0 0 * * ?": "seconds '60'",
    "0 60 0 * * ?": "minutes '60'",
    "0 0 24 * * ?": "hours '24'",
    "0 0 0 0 * ?": "day-of-month '0'",
    "0 0 0 32 * ?": "day-of-month '32'",
    "0 0 0 1 13 ?": "month '13'",
    "0 0 0 1 JANUARY ?": "month 'JANUARY'",
    "0 0 0 ? * 8": "day-of-week '8'",
    "0 0 0 ? * 0": "day-of-week '0'",
    "0 0 0 ? * MONDAY": "day-of-week",
    "0 0 0 ? * 2#6": "'#'",
    "0 0 0 ? * 2#0": "'#'",
    "0 0 0 ? * 2#": "day-of-week",
    "0 0 0 L-31 * ?": "30 days",
    "0 0 0 32W * ?": "day-of-month",
    "0 0 0 WL * ?": "day-of-month",
    "0 0 0 ? * * 1969": "year '1969'",
    "0 0 0 ? * * 2100": "year '2100'",
    "0 0 0 ? * * 2030-2026": "year",
    "0 0/0 0 * * ?": "minutes '0/0'",
    "0 0/60 0 * * ?": "minutes '0/60'",
    "0 0/ 0 * * ?": "minutes '0/'",
    "0 1-2-3 0 * * ?": "minutes",
    "0 1,,2 0 * * ?": "empty part",
    "0 , 0 * * ?": "empty part",
    "0 -1 0 * * ?": "minutes",
    "0 ? 0 * * ?": "minutes '?'",
    "0 L 0 * * ?": "minutes 'L'",
    "0 0 0 1 ? ?": "month '?'",
    "0 ٣ 0 * * ?": "minutes",
    "0 1.5 0 * * ?": "minutes",
    "0 0 0 ?/2 * *": "day-of-month",
    "0 99999999999999999999 0 * * ?": "minutes",
    "0 " + ",".join(["1"] * 101) + " 0 * * ?": "100 parts",
    "0 0 0 * * ? " + "2" * MAX_TEXT: f"{MAX_TEXT} characters",
}


@pytest.mark.parametrize(("cron", "said"), WRONG.items(), ids=[text[:30] for text in WRONG])
def test_wrong_texts_are_refused_with_the_field(cron, said):
    with pytest.raises(Invalid) as caught:
        Cron(cron)
    assert said in caught.value.message
    assert caught.value.code == "invalid_schedule"
    assert len(caught.value.message) < 250


@given(st.text(alphabet="0123456789*?/-,#LWMONTUEJA \t", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text):
    try:
        cron = Cron(text)
    except Invalid:
        return
    following = cron.next_after(ms("2026-04-07T00:00:00"), ZONES["Europe/Berlin"])
    assert following is None or following > ms("2026-04-07T00:00:00")


# -- clock changes ----------------------------------------------------------------------------------------------------


def test_a_skipped_local_time_is_no_time():
    found = times("0 30 2 * * ?", "2026-03-27T12:00:00", 3, "Europe/Berlin")
    assert found == ["2026-03-28T01:30:00", "2026-03-30T00:30:00", "2026-03-31T00:30:00"]


def test_a_local_time_that_occurs_twice_is_two_times():
    found = times("0 30 2 * * ?", "2026-10-24T12:00:00", 3, "Europe/Berlin")
    assert found == ["2026-10-25T00:30:00", "2026-10-25T01:30:00", "2026-10-26T01:30:00"]


def test_the_second_pass_of_the_last_time_of_all_is_not_lost():
    found = times("0 30 2 25 10 ? 2026", "2026-01-01T00:00:00", 3, "Europe/Berlin")
    assert found == ["2026-10-25T00:30:00", "2026-10-25T01:30:00", "none"]


def test_a_day_that_a_zone_leaves_out_has_no_times():
    found = times("0 0 12 * * ?", "2011-12-28T23:00:00", 3, "Pacific/Apia")
    assert found == ["2011-12-29T22:00:00", "2011-12-30T22:00:00", "2011-12-31T22:00:00"]


def test_clocks_that_are_set_back_over_midnight():
    # 2008-11-02 00:01 became 2008-11-01 23:01 in St. John's: 23:30 of the first occurs twice, after 00:00 of the next.
    found = times("0 0,30 0,23 * * ?", "2008-11-02T01:30:00", 6, "America/St_Johns")
    assert found == [
        "2008-11-02T02:00:00", "2008-11-02T02:30:00", "2008-11-02T03:00:00", "2008-11-02T03:30:00",
        "2008-11-02T04:00:00", "2008-11-03T02:30:00",
    ]  # fmt: skip


# -- the model --------------------------------------------------------------------------------------------------------


def part_of(low: int, high: int):
    """(text, values) of one part of a field."""
    number = st.integers(low, high)
    step = st.integers(1, high)
    size = high - low + 1

    def ranged(first: int, last: int, by: int | None):
        end = last if last >= first else last + size
        values = {(value - low) % size + low for value in range(first, end + 1, by or 1)}
        return f"{first}-{last}" + (f"/{by}" if by else ""), values

    return st.one_of(
        number.map(lambda value: (str(value), {value})),
        st.builds(ranged, number, number, st.none() | step),
        st.builds(lambda first, by: (f"{first}/{by}", set(range(first, high + 1, by))), number, step),
        step.map(lambda by: (f"*/{by}", set(range(low, high + 1, by)))),
    )


def field_of(low: int, high: int):
    everything = st.just(("*", set(range(low, high + 1))))
    listed = st.lists(part_of(low, high), min_size=1, max_size=3).map(
        lambda parts: (",".join(text for text, _ in parts), set().union(*(values for _, values in parts)))
    )
    return everything | listed


def weekday_of(day: datetime) -> int:
    return day.isoweekday() % 7 + 1


def nearest(day: datetime, wanted: int) -> bool:
    """The model of `nW`: of all working days of the month the one nearest to `wanted`."""
    length = monthrange(day.year, day.month)[1]
    if wanted > length:
        return False
    working = [d for d in range(1, length + 1) if day.replace(day=d).isoweekday() < 6]
    best = min(abs(d - wanted) for d in working)
    return day.day in [d for d in working if abs(d - wanted) == best]


def month_day():
    plain = field_of(1, 31).map(lambda found: (found[0], lambda day: day.day in found[1]))
    last = st.integers(0, 30).map(
        lambda back: (f"L-{back}" if back else "L",
                      lambda day: day.day == monthrange(day.year, day.month)[1] - back))  # fmt: skip
    near = st.integers(1, 31).map(lambda wanted: (f"{wanted}W", lambda day: nearest(day, wanted)))
    last_working = st.just(("LW", lambda day: nearest(day, monthrange(day.year, day.month)[1])))
    return st.one_of(plain, last, near, last_working).map(lambda found: (found[0], "?", found[1]))


def week_day():
    plain = field_of(1, 7).map(lambda found: (found[0], lambda day: weekday_of(day) in found[1]))
    last = st.integers(1, 7).map(
        lambda wanted: (f"{wanted}L", lambda day: weekday_of(day) == wanted
                        and (day + timedelta(7)).month != day.month))  # fmt: skip
    nth = st.builds(
        lambda wanted, which: (f"{wanted}#{which}", lambda day: weekday_of(day) == wanted
                               and (day.day - 1) // 7 + 1 == which),
        st.integers(1, 7), st.integers(1, 5))  # fmt: skip
    return st.one_of(plain, last, nth).map(lambda found: ("?", found[0], found[1]))


STARTS = {
    "UTC": "2026-02-27T00:00:00", "Europe/Berlin": "2026-10-24T10:00:00", "America/New_York": "2026-03-07T20:00:00",
    "Australia/Lord_Howe": "2026-04-04T03:00:00", "America/Havana": "2026-10-31T20:00:00",
    "America/Sao_Paulo": "2018-02-17T10:00:00", "Pacific/Apia": "2011-12-29T10:00:00",
    "America/St_Johns": "2008-11-01T20:00:00", "Africa/Casablanca": "2026-02-14T10:00:00",
    "Asia/Kathmandu": "2026-04-29T10:00:00",
}  # fmt: skip


@given(
    st.sampled_from(sorted(STARTS)), st.integers(0, 59), field_of(0, 59), field_of(0, 23), month_day() | week_day(),
    field_of(1, 12), st.integers(0, 1440 * 60),
)  # fmt: skip
@example("America/St_Johns", 0, ("0,30", {0, 30}), ("0,23", {0, 23}), ("*", "?", lambda day: True),
         ("*", set(range(1, 13))), 0)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_it_agrees_with_looking_at_every_minute(zone, second, minutes, hours, days, months, shift):
    cron = Cron(f"{second} {minutes[0]} {hours[0]} {days[0]} {months[0]} {days[1]}")
    begin = ms(STARTS[zone]) // 1000 + shift
    stop = begin + 3 * 86_400
    tz = ZoneInfo(zone)
    expected = []
    first = begin + 1 + (second - begin - 1) % 60
    for at in range(first, stop, 60):
        local = datetime.fromtimestamp(at, tz)
        fits = local.minute in minutes[1] and local.hour in hours[1] and local.month in months[1]
        if fits and days[2](local.replace(tzinfo=None)):
            expected.append(at)
        if len(expected) == 200:
            break
    found, at = [], begin * 1000
    while len(found) < 200:
        following = cron.next_after(at, ZONES[zone])
        if following is None or following >= stop * 1000:
            break
        at = following
        found.append(at // 1000)
    assert found == expected


@given(field_of(0, 59), field_of(0, 59), st.integers(0, 7200))
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_looking_at_every_second(seconds, minutes, shift):
    cron = Cron(f"{seconds[0]} {minutes[0]} * * * ?")
    begin = ms("2026-10-25T00:00:00") // 1000 + shift
    tz = ZoneInfo("Europe/Berlin")
    expected = None
    for at in range(begin + 1, begin + 3700):
        local = datetime.fromtimestamp(at, tz)
        if local.second in seconds[1] and local.minute in minutes[1]:
            expected = at * 1000
            break
    assert cron.next_after(begin * 1000 + 999, ZONES["Europe/Berlin"]) == expected
