"""What the files may hold: every mistake is told with its line, and what is right comes out as meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.watchlists import build
from tests.language import MEANINGS, watchlist

START = "watchlist: w\ntitle: W\nmust:\n"
MUST = START + "  - any: [loan]\n"


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        pytest.param(START + "  - name: x\n", 4, "says nothing to look for", "", id="empty group"),
        pytest.param(START + "  - any: []\n", 4, "any: ", "'[]'", id="empty list"),
        pytest.param(START + "  - near: [loan]\n", 4, "near: ", "", id="near of one"),
        pytest.param(START + "  - near: [a, b, c, d, e, f, g]\n", 4, "near: ", "", id="near of seven"),
        pytest.param(START + "  - any:\n      - loan\n      - {all: []}\n", 6, "all: ", "", id="nested"),
        pytest.param(START + "  - any: [a, b]\n    at_least: 3\n", 4, "asks for 3 of 2", "", id="at_least"),
        pytest.param(
            START + "  - all: [a, b]\n    at_least: 2\n", 4, "at_least counts in any", "", id="for all"
        ),
        pytest.param(START + "  - any: [a]\n    at_least: 0\n", 5, "at_least: ", "'0'", id="at least none"),
        pytest.param(
            START + "  - any: [a]\n    within: 3\n", 4, "within belongs to near", "", id="within alone"
        ),
        pytest.param(
            START + "  - any: [a]\n    in_order: true\n", 4, "in_order belongs to near", "", id="order"
        ),
        pytest.param(
            START + "  - near: [a, b]\n    within: 101\n", 5, "'101' is no distance", "", id="too far"
        ),
        pytest.param(
            START + "  - near: [a, b]\n    within: paragraph\n",
            5,
            "'paragraph' is no distance",
            "",
            id="no such",
        ),
        pytest.param(
            START + "  - any: [a]\n    in: [headline]\n", 5, "'title'", "'headline'", id="no such field"
        ),
        pytest.param(START + "  - any: [a]\n    in: []\n", 5, "in: ", "'[]'", id="no field"),
        pytest.param(START + "  - any: [a]\n    from: {tier: [5]}\n", 5, "tier: ", "'5'", id="tier"),
        pytest.param(START + "  - any: [a]\n    from: {lang: [EN]}\n", 5, "lang: ", "'EN'", id="language"),
        pytest.param(
            START + "  - any: [a]\n    from: {country: [us]}\n", 5, "country: ", "'us'", id="country"
        ),
        pytest.param(START + "  - from: {}\n", 4, "from: names nothing", "", id="from nowhere"),
        pytest.param(
            START + "  - any: [a]\n    nott: [b]\n", 5, "unknown key 'nott'", "'not'", id="misspelt"
        ),
        pytest.param(START + "  - regex: '('\n", 4, "is not a pattern", "RE2", id="pattern"),
        pytest.param(
            START + "  - any: [a]\n    amount: 5 bucks\n", 5, "not an amount", "USD 50m", id="amount"
        ),
        pytest.param(START + "  - any: [a]\n    date: soon\n", 5, "names no days", "2026-11-10", id="date"),
        pytest.param(START + "  - announcement: last\n", 4, "not the number", "61/2025", id="announcement"),
        pytest.param(
            START + "  - any:\n      - loan\n      - {near: [x, '@zz9']}\n",
            6,
            "'@zz9' is not",
            "add it",
            id="macro",
        ),
        pytest.param(
            START + "  - any: [a]\n    not:\n      - b\n      - '*'\n",
            7,
            "no letters",
            "write words",
            id="in a not",
        ),
        pytest.param(
            START + "  - near:\n    - loan\n    - any: [a]\n      foo: 1\n",
            7,
            "'foo'",
            "take it out",
            id="inner key",
        ),
        pytest.param(
            START + "  - near:\n    - - loan\n      - {foo: 1}\n    - b\n",
            6,
            "'foo'",
            "take it out",
            id="in a list",
        ),
        pytest.param(
            START + "  - near:\n    - - loan\n      - [a]\n    - b\n",
            6,
            "near: a list in a list",
            "",
            id="lists in lists",
        ),
        pytest.param(
            START + "  - near: [[], b]\n", 4, "near: list should have at least 1", "", id="list of none"
        ),
        pytest.param(
            START + "  - near: [[loan, '@zz9'], b]\n", 4, "'@zz9' is not", "add it", id="macro in a list"
        ),
        pytest.param(MUST + "stages:\n  - {id: S, any: [x]}\n", 6, "id: ", "'S'", id="stage"),
        pytest.param(
            MUST + "kinds: {opinio: -20}\n", 5, "'opinio' is not a kind", "kinds.yaml", id="kind of text"
        ),
        pytest.param(MUST + "kinds: {opinion: -101}\n", 5, "opinion: ", "'-101'", id="points of a kind"),
        pytest.param(MUST + "expires: someday\n", 5, "'someday' is not a date", "", id="expiry"),
        pytest.param(MUST + "snooze: 12\n", 5, "write a date", "", id="snooze"),
        pytest.param(
            MUST + "mute:\n  - {any: [x]}\n", 6, "'until' is missing", "add 'until:'", id="mute for ever"
        ),
        pytest.param(MUST + "weights: {headline: 1}\n", 5, "unknown key 'headline'", "", id="weight"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, message: str, remedy: str) -> None:
    _, problems = build(MEANINGS | {"w.yaml": text})
    assert [(p.file, p.line) for p in problems] == [("w.yaml", line)], problems
    assert message in problems[0].message
    assert remedy in problems[0].remedy


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("'2026-12-31'", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T14:00:00", datetime(2026, 12, 31, 14, tzinfo=UTC)),
        ("'2026-12-31T14:00+08:00'", datetime(2026, 12, 31, 14, tzinfo=timezone(timedelta(hours=8)))),
        ("2026-12-31T14:00:00+08:00", datetime(2026, 12, 31, 14, tzinfo=timezone(timedelta(hours=8)))),
    ],
)
def test_a_moment_is_a_day_or_a_time_with_or_without_quotes(written: str, moment: datetime) -> None:
    ends = f"expires: {written}\nsnooze: {written}\nmute: [{{any: [y], until: {written}}}]\n"
    made = watchlist(f"must: [{{any: [x]}}]\n{ends}")
    assert (made.expires, made.snooze, made.mutes[0].until) == (moment, moment, moment)


@pytest.mark.parametrize(
    "key", ["date: 2026-11-10", "announcement: 61", "announcement: 61/2025", "date: 2026-11"]
)
def test_dates_and_numbers_need_no_quotes(key: str) -> None:
    assert watchlist(f"must: [{{{key}}}]\n").must[0].condition


def test_a_group_without_a_name_is_called_by_its_first_words() -> None:
    made = watchlist("must: [{any: ['@dfc', '=EXIM', loan, grant]}, {near: [[a1, b1], c1]}, {regex: abc}]\n")
    assert [group.name for group in made.must] == ["dfc, EXIM, loan", "a1, b1, c1", "unnamed"]


def test_kinds_of_text_add_or_take_by_their_sign() -> None:
    made = watchlist("must: [{any: [x]}]\nkinds: {opinion: -20, market-report: 5}\n")
    assert [(group.name, group.weight) for group in made.any] == [("text: market report", 5)]
    assert [(group.name, group.weight) for group in made.less] == [("text: opinion", 20)]
