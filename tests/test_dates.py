"""Dates as publishers write them, and those that cannot be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dates import AHEAD, EARLIEST, find, in_form, in_link, month_in_link, parse
from monitor.months import MONTHS
from tests.fakes import NOON

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def utc(day: int, hour: int = 0, minute: int = 0, month: int = 3, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        pytest.param("Mon, 02 Mar 2026 10:00:00 GMT", "UTC", utc(2, 10), id="RFC 822, GMT"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 +0800", NEW_YORK, utc(2, 2), id="RFC 822, offset"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 +08:00", "UTC", utc(2, 2), id="RFC 822, offset with a colon"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 EST", "UTC", utc(2, 15), id="RFC 822, EST"),
        pytest.param("02 Mar 26 10:00 GMT", "UTC", utc(2, 10), id="RFC 822, two digits of the year"),
        pytest.param("Mon, 02 Mar 2026 10:00:00", SHANGHAI, utc(2, 2), id="RFC 822, no zone"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 -0000", SHANGHAI, utc(2, 2), id="RFC 822, zone not known"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 CST", SHANGHAI, utc(2, 2), id="CST of a Chinese source"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 CST", "Asia/Taipei", utc(2, 2), id="CST of a Taiwanese one"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 CST", NEW_YORK, utc(2, 16), id="CST of an American source"),
        pytest.param("Mon Mar  2 10:00:00 CST 2026", SHANGHAI, utc(2, 2), id="as Java writes it"),
        pytest.param("2026-03-02T10:00:00Z", SHANGHAI, utc(2, 10), id="ISO, Z"),
        pytest.param("2026-03-02T10:00:00+08:00", "UTC", utc(2, 2), id="ISO, offset"),
        pytest.param("2026-03-02T10:00:05.000Z", "UTC", utc(2, 10, second=5), id="ISO, fraction"),
        pytest.param("2026-03-02 10:00:00", NEW_YORK, utc(2, 15), id="ISO, no zone"),
        pytest.param("2026-03-02", NEW_YORK, utc(2, 5), id="ISO, date alone"),
        pytest.param("20260302", "UTC", utc(2), id="ISO, basic"),
        pytest.param("  2026-03-02T10:00:00Z\n", "UTC", utc(2, 10), id="white space around"),
        pytest.param("2026年3月2日", SHANGHAI, utc(1, 16, month=3), id="Chinese date"),
        pytest.param("2026年03月02日 18:05", SHANGHAI, utc(2, 10, 5), id="Chinese date and time"),
        pytest.param("2026年3月2日18时05分", SHANGHAI, utc(2, 10, 5), id="Chinese hours"),
        pytest.param("2026年3月2日18時05分", "Asia/Tokyo", utc(2, 9, 5), id="Japanese hours"),
        pytest.param("发布时间：2026年3月2日 18:05", SHANGHAI, utc(2, 10, 5), id="Chinese with its label"),
        pytest.param("2026/3/2", "UTC", utc(2), id="slashes"),
        pytest.param("2026.3.2 9:07", "UTC", utc(2, 9, 7), id="dots"),
        pytest.param("2026-3-2 9:07:08", "UTC", utc(2, 9, 7, second=8), id="no leading zeros"),
        pytest.param("March 2, 2026", NEW_YORK, utc(2, 5), id="English words"),
        pytest.param("Mar 2, 2026 15:00", "UTC", utc(2, 15), id="English words and time"),
        pytest.param("2 March 2026", "UTC", utc(2), id="British words"),
        pytest.param("1772445600", SHANGHAI, utc(2, 10), id="seconds since 1970"),
        pytest.param("1772445600000", SHANGHAI, utc(2, 10), id="milliseconds since 1970"),
    ],
)
def test_a_date_is_read_into_utc(text: str, zone: str, expected: datetime) -> None:
    assert parse(text, zone, NOON) == expected


def test_milliseconds_that_look_like_an_iso_date_are_milliseconds() -> None:
    """1711110151030 reads as 11 November 1711 with a digit for the separator."""
    assert parse("1711110151030", "UTC", NOON) == datetime(2024, 3, 22, 12, 22, 31, tzinfo=UTC)


def test_a_summer_date_takes_the_summer_hour_of_its_zone() -> None:
    now = datetime(2026, 7, 2, tzinfo=UTC)
    assert parse("2026-07-01 08:00", NEW_YORK, now) == datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="white space"),
        pytest.param("yesterday", id="yesterday"),
        pytest.param("2 hours ago", id="hours ago"),
        pytest.param("刚刚", id="just now in Chinese"),
        pytest.param("2026-13-01", id="month 13"),
        pytest.param("2026年13月1日", id="month 13 in Chinese"),
        pytest.param("2026-02-31", id="31 February"),
        pytest.param("Tue, 31 Feb 2026 10:00:00 GMT", id="31 February in a mail"),
        pytest.param("2026年2月31日", id="31 February in Chinese"),
        pytest.param("2026-03-02T25:00:00Z", id="hour 25"),
        pytest.param("0000-00-00 00:00:00", id="zeros"),
        pytest.param("1970-01-01T00:00:00Z", id="1970"),
        pytest.param("0", id="epoch zero"),
        pytest.param("0000000000", id="epoch zero in ten digits"),
        pytest.param("9999999999999", id="epoch far off"),
        pytest.param("2199-01-01T00:00:00Z", id="2199"),
        pytest.param("9999-12-31T23:59:59-12:00", id="the last moment there is, and after"),
        pytest.param("0001-01-01T00:00:00+14:00", id="the first moment there is, and before"),
        pytest.param("Mon, 02 Mar 2026 10:00:00 +9999", id="+9999"),
        pytest.param("Mon, 99 Foo 2026", id="no such month"),
        pytest.param("12:30", id="time alone"),
        pytest.param("2/3/2026", id="the 2nd of March or the 3rd of February"),
        pytest.param("x" * 100_000, id="without end"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", SHANGHAI])
def test_what_cannot_be_right_is_no_date(text: str, zone: str) -> None:
    assert parse(text, zone, NOON) is None


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        pytest.param(NOON + AHEAD, True, id="just ahead enough"),
        pytest.param(NOON + AHEAD + timedelta(seconds=1), False, id="too far ahead"),
        pytest.param(EARLIEST, True, id="just old enough"),
        pytest.param(EARLIEST - timedelta(seconds=1), False, id="too old"),
    ],
)
def test_a_clock_may_run_ahead_a_little_and_nothing_is_too_old(moment: datetime, kept: bool) -> None:
    assert (parse(moment.isoformat(), "UTC", NOON) is not None) is kept


@given(st.text(st.sampled_from("0123456789-/.:T Z+年月日時分MarGMTCS,"), max_size=40))
def test_any_text_is_a_plausible_moment_or_none(text: str) -> None:
    for zone in ("UTC", SHANGHAI):
        moment = parse(text, zone, NOON)
        assert moment is None or (EARLIEST <= moment <= NOON + AHEAD and moment.tzinfo is UTC)


@given(st.datetimes(datetime(1996, 1, 1), datetime(2026, 3, 1)), st.sampled_from(["UTC", SHANGHAI, NEW_YORK]))
def test_a_moment_with_its_offset_is_read_back_in_any_zone(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    mail = moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
    assert parse(moment.isoformat(), zone, NOON) == moment
    assert parse(mail, zone, NOON) == moment


# ------------------------------------------------------------------ in the languages of the sources


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Posted on Nov. 24, 2026 3:05 PM by staff", datetime(2026, 11, 24, 15, 5), id="English"),
        pytest.param("24th of November 2026, 14:00", datetime(2026, 11, 24, 14), id="British"),
        pytest.param("24Nov2026", datetime(2026, 11, 24), id="run together"),
        pytest.param("[2026-11-24]", datetime(2026, 11, 24), id="brackets"),
        pytest.param("24/11/2026 12:35 am", datetime(2026, 11, 24, 0, 35), id="after midnight"),
        pytest.param("时间：2026年11月24日 18:05", datetime(2026, 11, 24, 18, 5), id="Chinese"),
        pytest.param("令和8年11月24日", datetime(2026, 11, 24), id="Japanese, by reign"),
        pytest.param("2026년 11월 24일", datetime(2026, 11, 24), id="Korean"),
        pytest.param("2026. 11. 24.", datetime(2026, 11, 24), id="Korean, dots"),
        pytest.param("ngày 24 tháng 11 năm 2026", datetime(2026, 11, 24), id="Vietnamese"),
        pytest.param("24 พฤศจิกายน 2569", datetime(2026, 11, 24), id="Thai"),
        pytest.param("๒๔ พ.ย. ๒๕๖๙", datetime(2026, 11, 24), id="Thai digits"),
        pytest.param("24 Ogos 2026", datetime(2026, 8, 24), id="Malay"),
        pytest.param("24 Desember 2025", datetime(2025, 12, 24), id="Indonesian"),
        pytest.param("le 1er août 2026", datetime(2026, 8, 1), id="French"),
        pytest.param("24 de noviembre de 2026", datetime(2026, 11, 24), id="Spanish"),
        pytest.param("24 de março de 2026", datetime(2026, 3, 24), id="Portuguese"),
        pytest.param("24. Dezember 2025", datetime(2025, 12, 24), id="German"),
    ],
)
def test_a_date_is_found_in_a_text(text: str, expected: datetime) -> None:
    assert [found.moment for found in find(text)] == [expected]


@pytest.mark.parametrize(
    ("text", "day", "month"),
    [("2/3/2026", (2, 3), (3, 2)), ("24/11/2026", (24, 11), (24, 11)), ("11/24/2026", (24, 11), (24, 11))],
)
def test_numbers_are_read_day_first_or_month_first_where_both_are_possible(
    text: str, day: tuple[int, int], month: tuple[int, int]
) -> None:
    for month_first, expected in ((False, day), (True, month)):
        ((_, _, moment),) = find(text, month_first=month_first)
        assert (moment.day, moment.month) == expected


def test_every_date_of_a_text_is_found_with_its_place() -> None:
    text = "From 1 March 2026 to 2026-03-09; not 31 February 2026, version 1.2.2026.x or may 2026"
    assert [text[start:end] for start, end, _ in find(text)] == ["1 March 2026", "2026-03-09"]


def test_every_month_of_every_language_is_one_to_twelve() -> None:
    assert set(MONTHS.values()) == set(range(1, 13))
    assert (MONTHS["mai"], MONTHS["outubro"], MONTHS["ธันวาคม"], MONTHS["ogos"]) == (5, 10, 12, 8)


@pytest.mark.parametrize(
    ("link", "day", "month"),
    [
        ("https://a.example/2026/11/24/x", datetime(2026, 11, 24), datetime(2026, 11, 1)),
        ("https://a.example/n1/2026/1124/c1-4.html", datetime(2026, 11, 24), None),
        ("https://a.example/minutes-2026-05-21", datetime(2026, 5, 21), datetime(2026, 5, 1)),
        ("https://a.example/20261124-x", datetime(2026, 11, 24), None),
        ("https://a.example/article/gndt/202611/123.html", None, datetime(2026, 11, 1)),
        ("https://a.example/art/2026/art_9.html", None, None),
        ("https://a.example/id/12026112412", None, None),
    ],
)
def test_a_link_names_a_day_or_a_month(link: str, day: datetime | None, month: datetime | None) -> None:
    assert (in_link(link), month_in_link(link)) == (day, month)


@given(
    st.text(st.sampled_from("0123456789-/.,: 年月日令和元년월일MarchTháng ngày พ.ย.๒๕๖๙２pm"), max_size=60)
)
def test_whatever_stands_in_a_text_its_dates_are_in_order_and_apart(text: str) -> None:
    found = find(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("24.08.26", "%d.%m.%y", datetime(2026, 8, 24)),
        ("03-02 09:30", "%m-%d %H:%M", datetime(2026, 3, 2, 9, 30)),
        ("12-24", "%m-%d", datetime(2025, 12, 24)),
        ("02-29", "%m-%d", datetime(2024, 2, 29)),
        ("30.02.", "%d.%m.", None),
        ("soon", "%m-%d", None),
    ],
)
def test_a_form_without_a_year_means_the_latest_such_day(
    text: str, form: str, expected: datetime | None
) -> None:
    assert in_form(text, form, NOON) == expected
