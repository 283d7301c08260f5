"""What is told of numbers over time: once, in an analyst's words, and a mistake as a mistake."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Point
from monitor.moves import Move, moves, percent, untold, value
from monitor.rule import Watchlist
from monitor.series import Change, Doubt, Followed, Late, Level, Rule, late, steps, usual

DAY = timedelta(days=1)
START = date(2026, 11, 2)  # a Monday
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
IN_A_DAY = Change(0.05, DAY, "5 % in a day")
IN_A_MONTH = Change(0.15, 30 * DAY, "15 % in a month")
ABOVE = Level(600_000, above=True, name="above 600,000")
BELOW = Level(400_000, above=False, name="below 400,000")
RULES: tuple[Rule, ...] = (IN_A_DAY, IN_A_MONTH, ABOVE, BELOW)


def followed(*rules: Rule, unit: str = "CNY/t") -> Followed:
    return Followed("ndpr", "NdPr oxide", unit, "https://e.test/", rules or RULES, ("magnets",))


def daily(*values: float, start: date = START) -> list[Point]:
    return [Point("ndpr", start + n * DAY, v) for n, v in enumerate(values)]


def told(points: Sequence[Point], *rules: Rule, first: int = 1) -> list[Move]:
    """What comes of the points one after the other, where the first few were there at the first look."""
    known, found = list(points[:first]), []
    for point in points[first:]:
        found += moves([followed(*rules)], known, [point], NOW)
        known = [p for p in known if p.at != point.at] + [point]
    return found


def titles(found: Sequence[Move]) -> list[str]:
    return [move.title for move in found]


# ------------------------------------------------------------------ changes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((100, 105), ["up 5.0 % in a day (100 on 2 Nov)"], id="just as much"),
        pytest.param((100, 104.9), [], id="a little less"),
        pytest.param((100, 94), ["down 6.0 % in a day (100 on 2 Nov)"], id="down"),
        pytest.param((100, 106, 106, 106), ["up 6.0 % in a day (100 on 2 Nov)"], id="it stays there"),
        pytest.param((100, 103, 106), [], id="slowly"),
        pytest.param(
            (100, 106, 99),
            ["up 6.0 % in a day (100 on 2 Nov)", "down 6.6 % in a day (106 on 3 Nov)"],
            id="up and down again",
        ),
        pytest.param(
            (100, 106, 112.4),
            ["up 6.0 % in a day (100 on 2 Nov)", "up 6.0 % in a day (106 on 3 Nov)"],
            id="as much again on the next day is another move",
        ),
        pytest.param((0, 5), [], id="from zero there is no share"),
        pytest.param((-5, -10), [], id="nor from below zero"),
    ],
)
def test_a_change_in_a_day(values: tuple[float, ...], expected: list[str]) -> None:
    assert [m.words for m in told(daily(*values), IN_A_DAY)] == expected


def test_the_title_is_one_that_an_analyst_would_write() -> None:
    points = daily(535_000, 563_000, start=date(2026, 11, 23))
    assert titles(told(points)) == ["NdPr oxide 563,000 CNY/t, up 5.2 % in a day (535,000 on 23 Nov)"]


def test_after_a_weekend_the_last_known_number_counts_and_the_days_are_said() -> None:
    friday, monday = Point("ndpr", date(2026, 11, 20), 100), Point("ndpr", date(2026, 11, 23), 107)
    assert [m.words for m in told([friday, monday], IN_A_DAY)] == ["up 7.0 % in 3 days (100 on 20 Nov)"]


def test_a_change_in_a_month_looks_at_least_a_month_back() -> None:
    values = [100 + n / 2 for n in range(45)]
    (move,) = told(daily(*values), IN_A_MONTH)
    assert move.words == "up 15.0 % in 30 days (100 on 2 Nov)"


def test_a_rule_that_hovers_about_its_share_is_told_once() -> None:
    values = [*([100.0] * 31), 115.5, 114.5, 115.5, 114.5, 115.5]
    assert len(told(daily(*values), IN_A_MONTH)) == 1


def test_it_is_told_again_after_it_went_back() -> None:
    values = [*([100.0] * 31), 116, 104, 116]
    assert [m.key.split("|")[2] for m in told(daily(*values), IN_A_MONTH)] == ["2026-12-03", "2026-12-05"]


def test_a_rally_that_goes_on_is_told_again_when_as_much_was_added() -> None:
    values = [100 * 1.006**n for n in range(90)]
    found = told(daily(*values), IN_A_MONTH)
    days = [date.fromisoformat(m.key.split("|")[2]) for m in found]
    assert len(found) == 2
    assert days[1] - days[0] >= 30 * DAY


def test_months_are_told_as_months() -> None:
    points = [Point("ndpr", date(2026, m, 1), v) for m, v in ((7, 100), (8, 101), (9, 102), (10, 140))]
    (move,) = told(points, Change(0.25, None, "quarter"))
    assert move.title == "NdPr oxide 140 CNY/t in Oct 2026, up 37.3 % in a month (102 in Sep 2026)"


def test_years_are_told_as_years() -> None:
    points = [Point("ndpr", date(y, 1, 1), v) for y, v in ((2022, 100), (2023, 101), (2024, 140))]
    (move,) = told(points, Change(0.25, None, "quarter"))
    assert move.title == "NdPr oxide 140 CNY/t in 2024, up 38.6 % in a year (101 in 2023)"


# ------------------------------------------------------------------ levels


@pytest.mark.parametrize(
    ("rule", "values", "count"),
    [
        pytest.param(ABOVE, (590_000, 601_000), 1, id="crossed"),
        pytest.param(ABOVE, (601_000, 602_000), 0, id="above from the start"),
        pytest.param(ABOVE, (590_000, 600_000), 0, id="just at it"),
        pytest.param(ABOVE, (590_000, 601_000, 599_000, 601_000), 1, id="wavering about it"),
        pytest.param(ABOVE, (590_000, 601_000, 590_000, 601_000), 2, id="back well below and again"),
        pytest.param(BELOW, (410_000, 399_000, 401_000, 399_000), 1, id="below, wavering"),
        pytest.param(BELOW, (410_000, 399_000, 410_000, 399_000), 2, id="below again"),
        pytest.param(Level(0, above=True, name="zero"), (-5, 3), 1, id="the level is zero"),
    ],
)
def test_a_level_is_told_once_for_each_crossing(rule: Level, values: tuple[float, ...], count: int) -> None:
    assert len([m for m in told(daily(*values), rule) if m.rule == rule.name]) == count


def test_a_crossing_says_where_it_came_from() -> None:
    (move,) = told(daily(590_000, 601_000), ABOVE)
    assert move.title == "NdPr oxide 601,000 CNY/t, above 600,000 (590,000 on 2 Nov)"


# ------------------------------------------------------------------ mistakes of the source


@pytest.mark.parametrize("wrong", [535_000_000, 535, 0, -535_000, 5_350_000])
def test_a_number_that_cannot_be_right_is_told_as_such_and_as_no_move(wrong: float) -> None:
    found = told(daily(530_000, 535_000, wrong, 536_000, 537_000))
    assert [m.rule for m in found] == ["implausible"]
    assert found[0].title.endswith(": implausible after 535,000 on 3 Nov, check the source")


def test_a_new_scale_that_stays_is_taken_up_and_moves_on_it_are_told() -> None:
    found = told(daily(53.5, 53.6, 535_000, 536_000, 536_500, 537_000, 570_000), IN_A_DAY)
    assert [m.rule for m in found] == ["implausible", IN_A_DAY.name]
    assert found[1].words == "up 6.1 % in a day (537,000 on 7 Nov)"


def test_a_correction_that_undoes_a_move_is_said() -> None:
    known = daily(500_000, 505_000, 540_000)
    (move,) = moves([followed(IN_A_DAY)], known, daily(506_000, start=START + 2 * DAY), NOW)
    assert move.title == (
        "Correction: NdPr oxide 506,000 CNY/t on 4 Nov 2026, not 540,000; "
        "no longer up 6.9 % in a day (505,000 on 3 Nov)"
    )
    (first,) = told(known, IN_A_DAY)
    assert move.undoes == first.key
    assert untold([move], {first.key}) == [move]


def test_a_correction_of_what_was_never_told_is_not_said() -> None:
    known = daily(500_000, 505_000, 540_000)
    found = moves([followed(IN_A_DAY)], known, daily(506_000, start=START + 2 * DAY), NOW)
    assert untold(found, set()) == []


def test_a_correction_that_changes_nothing_about_the_move_is_not_told() -> None:
    known = daily(500_000, 540_000)
    assert moves([followed(IN_A_DAY)], known, daily(541_000, start=START + DAY), NOW) == []


def test_a_corrected_number_of_the_newest_day_may_be_a_move_itself() -> None:
    known = daily(500_000, 505_000)
    (move,) = moves([followed(IN_A_DAY)], known, daily(540_000, start=START + DAY), NOW)
    assert move.words == "up 8.0 % in a day (500,000 on 2 Nov)"


def test_what_was_typed_a_thousandfold_and_put_right_is_the_move_it_was() -> None:
    known = daily(500_000, 540_000_000)
    found = moves([followed(IN_A_DAY)], known, daily(540_000, start=START + DAY), NOW)
    assert [m.rule for m in found] == [IN_A_DAY.name, "implausible"]
    assert found[1].title.startswith("Correction: NdPr oxide 540,000 CNY/t on 3 Nov 2026, not 540,000,000;")


def test_an_old_day_that_comes_late_is_history_and_not_told() -> None:
    known = [Point("ndpr", START, 100), Point("ndpr", START + 5 * DAY, 101)]
    assert moves([followed(IN_A_DAY)], known, [Point("ndpr", START + DAY, 105)], NOW) == []


# ------------------------------------------------------------------ late


def seen(points: Sequence[Point], when: datetime) -> list[Point]:
    return [Point(p.series, p.at, p.value, when) for p in points]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], 0, id="one number"),
        pytest.param([1, 3], 3, id="few: the widest"),
        pytest.param([1, 1, 1, 1, 3] * 4, 3, id="weekends"),
        pytest.param([1] * 30 + [10], 1, id="a holiday is no rule"),
        pytest.param([30, 31] * 6, 31, id="months"),
    ],
)
def test_how_often_there_is_a_number_is_learnt(gaps: list[int], expected: int) -> None:
    days = itertools.accumulate(gaps, lambda day, gap: day + gap * DAY, initial=START)
    assert usual([Point("ndpr", day, 1) for day in days]) == expected * DAY


def test_it_is_late_when_it_was_not_renewed_for_so_much_longer_than_usual() -> None:
    points, rule = seen(daily(1, 2, 3, 4, 5, 6), NOW), Late(3 * DAY, "late")
    assert not late(points, rule, NOW + 4 * DAY)
    assert late(points, rule, NOW + 4 * DAY + timedelta(hours=1))


def test_late_is_told_with_the_same_key_until_there_is_a_number() -> None:
    points, series = seen(daily(1, 2, 3, 4, 5, 6), NOW), followed(Late(3 * DAY, "late by 3 days"))
    first, second = (moves([series], points, (), NOW + n * DAY) for n in (5, 9))
    assert titles(first) == ["NdPr oxide is late: nothing after 7 Nov 2026, usually every day"]
    assert first == second
    assert moves([series], points, daily(7, start=START + 6 * DAY), NOW + 9 * DAY) == []


def test_a_first_look_tells_nothing() -> None:
    assert moves([followed()], [], daily(100, 200, 300, 700_000), NOW) == []


# ------------------------------------------------------------------ what it is to a watchlist


def test_a_move_is_worth_everything_under_the_name_of_its_rule() -> None:
    (move,) = told(daily(100, 106), IN_A_DAY)
    verdict = move.verdict(Watchlist(id="magnets", title="Magnets", must=()))
    assert (verdict.score, [(p.name, p.points) for p in verdict.parts]) == (100, [(IN_A_DAY.name, 100)])
    (hit,) = verdict.hits
    assert move.title[hit.start : hit.end] == hit.words == "up 6.0 % in a day (100 on 2 Nov)"


def test_the_text_has_the_last_numbers_and_the_rule() -> None:
    (move,) = told(daily(100, 101, 107), IN_A_DAY)
    assert move.text == (
        "NdPr oxide in CNY/t: 4 Nov 2026: 107; 3 Nov 2026: 101; 2 Nov 2026: 100. Rule: 5 % in a day."
    )


@pytest.mark.parametrize(
    ("number", "expected"),
    [(563_000.0, "563,000"), (21_336.29, "21,336.29"), (1_386_613_152.0, "1,386,613,152"),
     (261.3, "261.3"), (120.42, "120.42"), (0.5, "0.5"), (0.0, "0"), (-12.0, "-12"), (1000.0, "1,000")],
)  # fmt: skip
def test_numbers_are_written_to_be_read(number: float, expected: str) -> None:
    assert value(number) == expected


def test_shares_are_written_with_one_digit_and_large_ones_with_none() -> None:
    assert (percent(0.0523), percent(1.5)) == ("5.2 %", "150 %")


# ------------------------------------------------------------------ whatever the numbers


VALUES = st.lists(
    st.one_of(
        st.floats(50, 200, allow_nan=False),
        st.sampled_from([100.0, 104.0, 106.0, 120.0, 0.0, -3.0, 100_000.0]),
    ),
    min_size=2,
    max_size=60,
)
PROPERTY_RULES: tuple[Rule, ...] = (
    IN_A_DAY,
    Change(0.15, 7 * DAY, "week"),
    Change(0.1, None, "step"),
    Level(110, above=True, name="above"),
    Level(90, above=False, name="below"),
)


@given(VALUES)
def test_no_move_is_told_twice(values: list[float]) -> None:
    found = told(daily(*values), *PROPERTY_RULES)
    assert len({m.key for m in found}) == len(found)


@given(VALUES)
def test_two_tellings_of_a_change_the_same_way_share_no_stretch_unless_it_went_back(
    values: list[float],
) -> None:
    rule = Change(0.15, 7 * DAY, "week")
    last: dict[str, date] = {}
    for step in steps(rule, daily(*values)):
        if not step.state:
            last = {}
        if step.begins:
            assert step.base is not None
            assert step.state not in last or step.base.at >= last[step.state]
            last = {step.state: step.point.at}


@given(VALUES, st.data())
def test_the_order_in_which_numbers_come_changes_nothing(values: list[float], data: st.DataObject) -> None:
    first, *rest = daily(*values)
    shuffled = data.draw(st.permutations(rest))
    series = [followed(*PROPERTY_RULES)]
    assert moves(series, [first], shuffled, NOW) == moves(series, [first], rest, NOW)


@given(VALUES, st.data())
def test_neither_does_how_many_come_at_once(values: list[float], data: st.DataObject) -> None:
    points = daily(*values)
    cut = data.draw(st.integers(1, len(points)))
    series = [followed(*PROPERTY_RULES)]
    halves = [*moves(series, points[:1], points[1:cut], NOW), *moves(series, points[:cut], points[cut:], NOW)]
    one_by_one = {m.key for m in told(points, *PROPERTY_RULES)}
    assert {m.key for m in halves} == one_by_one
    assert {m.key for m in moves(series, points[:1], points[1:], NOW)} == one_by_one


@given(VALUES)
def test_the_same_numbers_again_say_nothing(values: list[float]) -> None:
    points = daily(*values)
    assert moves([followed(*PROPERTY_RULES)], points, points, NOW) == []


# ------------------------------------------------------------------ real prices


def oxides(shared: Path) -> dict[str, list[Point]]:
    """Daily means of four oxides, 2013 to 2024."""
    found: dict[str, list[Point]] = {}
    path = shared / "real/domain/cn_rare_earth_oxide_prices_2013_2024.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            for name in ("氧化钕平均价", "氧化铈平均价", "氧化镧平均价", "氧化镨平均价"):
                point = Point("ndpr", date.fromisoformat(row["日期"]), float(row[name]))
                found.setdefault(name, []).append(point)
    return found


def test_eleven_years_of_oxide_prices_day_by_day_are_told_a_few_times_a_year(shared: Path) -> None:
    for name, points in oxides(shared).items():
        steps_ = [step for rule in (IN_A_DAY, IN_A_MONTH) for step in steps(rule, points) if step.begins]
        assert 10 <= len(steps_) <= 60, name
        assert not any(step.state for step in steps(Doubt(), points)), name


def test_a_year_of_oxide_prices_polled_every_day_tells_what_the_whole_tells_and_nothing_twice(
    shared: Path,
) -> None:
    points = [p for p in oxides(shared)["氧化钕平均价"] if p.at >= date(2021, 1, 1)][:250]
    found = told(points, IN_A_DAY, IN_A_MONTH)
    assert len({m.key for m in found}) == len(found)
    whole = moves([followed(IN_A_DAY, IN_A_MONTH)], points[:1], points[1:], NOW)
    assert {m.key for m in found} == {m.key for m in whole}
    assert 3 <= len(found) <= 20


def test_two_years_of_korean_prices_are_told_a_few_times(shared: Path) -> None:
    with gzip.open(shared / "real/domain/komis_minor_metal_prices.json.gz") as file:
        metals = json.load(file)["metals"]
    counts: Counter[str] = Counter()
    for metal in metals:
        points = [
            Point("ndpr", date.fromisoformat(one["date"].replace(".", "-")), one["value"])
            for one in metal["history"]
        ]
        counts.update(m.rule for m in moves([followed(IN_A_DAY, IN_A_MONTH)], points[:1], points[1:], NOW))
    assert 10 <= counts[IN_A_MONTH.name] <= 40
    assert counts[IN_A_DAY.name] <= 20
    assert not counts["implausible"]
