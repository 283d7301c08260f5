"""Items find their story: what joins, what stays apart, and what a person put right."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import stories
from monitor.bcubed import agreement
from monitor.errors import MonitorError
from monitor.fact import Fact, Facts, Kind, Sum
from monitor.model import Entry, Item
from monitor.placing import Placing
from monitor.storage import Storage
from monitor.stories import alike, place
from monitor.traits import Traits, traits
from tests.fakes import NOON

FIELD = frozenset({"rare", "earth", "magnet", "plant", "loan", "mine"})
DAY = timedelta(days=1)


def fact(kind: Kind, value: str) -> Fact:
    return Fact(kind, value, value.title(), "title", 0, 1, value, 0.9)


def dollars(millions: int) -> Fact:
    value = Sum(Decimal(millions * 1_000_000), "USD")
    return replace(fact(Kind.AMOUNT, f"USD {value.value}"), sum=value)


def made(
    number: int, title: str, text: str = "", *facts: Fact, day: float | None = 0, lang: str = "en",
    meanings: frozenset[str] = frozenset(),
) -> Traits:  # fmt: skip
    when = None if day is None else NOON + day * DAY
    stated = Facts(facts, meanings)
    copy = stories.fingerprint(title, number)
    return traits(number, when, lang, title, text, stated, "", FIELD, copy)


ASTRA, BOREAL = fact(Kind.COMPANY, "astra"), fact(Kind.COMPANY, "boreal")
RED_HILL, EXIM = fact(Kind.PROJECT, "red-hill"), fact(Kind.AGENCY, "exim")
JAPAN, KOREA, CHINA = (fact(Kind.COUNTRY, name) for name in ("JP", "KR", "CN"))
BAN = frozenset(
    {"technology-ban", "magnets", "china", "separation", "export-ban", "regulator", "know-how"}
    | {"catalogue", "metal", "alloy", "licence"}
)
LOAN = "Astra gets loan for Red Hill magnet plant"


# ------------------------------------------------------------------ two items


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            made(1, LOAN, "", ASTRA, RED_HILL, EXIM),
            made(2, "Export bank backs Astra's magnets with credit", "", ASTRA, RED_HILL, EXIM, day=1),
            True, id="a rewrite names the same parties",
        ),
        pytest.param(
            made(1, LOAN, "", ASTRA, RED_HILL, EXIM),
            made(2, "美国进出口银行贷款支持磁材厂", "", ASTRA, RED_HILL, EXIM, lang="zh"),
            True, id="a translation names the same parties",
        ),
        pytest.param(
            made(1, LOAN, "", ASTRA, EXIM),
            made(2, "Boreal gets loan for Blue Lake magnet plant", "", BOREAL, EXIM),
            False, id="another borrower in the same words",
        ),
        pytest.param(
            made(1, "Notice of quota batch 1 of 2024 for rare earth mining"),
            made(2, "Notice of quota batch 3 of 2025 for rare earth mining"),
            False, id="one form with other numbers",
        ),
        pytest.param(
            made(1, "Minister opens harbour talks", "Delegations met in spring.", JAPAN),
            made(2, "Minister opens harbour talks again", "Delegations met in spring.", KOREA),
            False, id="another country",
        ),
        pytest.param(
            made(1, LOAN, "", ASTRA, RED_HILL), made(2, LOAN, "", ASTRA, RED_HILL, day=60),
            True, id="a copy long after",
        ),
        pytest.param(
            made(1, LOAN, "Now the work can begin at the hill.", ASTRA, RED_HILL),
            made(2, "Astra cuts ribbon", "The governor spoke at the hill.", ASTRA, RED_HILL, day=40),
            False, id="news of the same plant long after",
        ),
        pytest.param(
            made(1, LOAN, "", ASTRA, RED_HILL, EXIM), made(2, LOAN, "", ASTRA, RED_HILL, EXIM, day=None),
            True, id="without a date",
        ),
        pytest.param(
            made(1, "Notice of application", "A dredge for a harbour in the north."),
            made(2, "Notice of application", "Turbines for a dam in the south, with locks.", day=1),
            False, id="a headline that says nothing over another text",
        ),
        pytest.param(
            made(1, "China bans magnet know-how", "", CHINA, meanings=BAN),
            made(2, "中国禁止出口磁材技术", "", lang="zh",
                 meanings=BAN),
            True, id="without parties, one measure in two languages",
        ),
        pytest.param(
            made(1, "Astra raises $75m to grow", "", ASTRA, RED_HILL, dollars(75)),
            made(2, "Astra to build $82m plant", "", ASTRA, RED_HILL, dollars(82), day=6),
            False, id="other sums of the same parties",
        ),
        pytest.param(
            made(1, "Astra raises $75m to grow", "", ASTRA, RED_HILL, dollars(75)),
            made(2, "Astra to build a plant", "", ASTRA, RED_HILL, dollars(75), dollars(82), day=6),
            True, id="one of several sums is the same",
        ),
    ],
)  # fmt: skip
def test_two_items_are_one_story_or_are_not(one: Traits, other: Traits, same: bool) -> None:
    assert (place(other, {"s1": [one]}) is not None) == same
    assert alike(one, other) == alike(other, one)


def test_it_says_why() -> None:
    first = made(1, LOAN, "", ASTRA, RED_HILL, EXIM)
    second = made(2, "Export bank backs magnets with credit", "", ASTRA, RED_HILL, day=1)
    joined = place(second, {"s1": [first]}, {"company:astra": "Astra (NYSE:AM)"})
    assert joined is not None
    assert joined.because == "both name Astra (NYSE:AM), red hill"
    copied = place(made(3, LOAN, "", ASTRA, RED_HILL, EXIM), {"s1": [first]})
    assert copied is not None
    assert (copied.story, copied.item) == ("s1", 1)


def test_of_two_stories_it_joins_the_one_that_it_is_most_like() -> None:
    there = {"s1": [made(1, LOAN, "", ASTRA)], "s2": [made(2, LOAN, "", ASTRA, RED_HILL, EXIM)]}
    joined = place(made(3, "Export bank backs Red Hill", "", ASTRA, RED_HILL, EXIM), there)
    assert joined is not None
    assert joined.story == "s2"


WORDS = st.lists(st.sampled_from(["harbour", "council", "vote", "kiln", "senate", "ribbon"]), max_size=6)
TRAITS = st.builds(
    lambda number, words, parties, day: made(number, " ".join(words), "", *parties, day=day),
    st.integers(1, 10**6),
    WORDS,
    st.lists(st.sampled_from([ASTRA, BOREAL, RED_HILL, EXIM, JAPAN]), max_size=3),
    st.one_of(st.none(), st.integers(0, 200)),
)


@given(TRAITS, TRAITS)
def test_likeness_is_the_same_from_both_sides_and_within_bounds(one: Traits, other: Traits) -> None:
    likeness = alike(one, other)
    assert likeness == alike(other, one)
    assert 0 <= likeness.value <= 1


# ------------------------------------------------------------------ in the database


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "stories.db") as opened:
        yield opened


Told = tuple[str, Facts]


def item(storage: Storage, title: str, hours: float = 0, text: str = "") -> Item:
    now = NOON + timedelta(hours=hours)
    key = f"{title}/{hours}"
    filed = storage.items.add("wire", Entry(key, key, "", title, text, now), "en", now)
    assert filed is not None
    return filed


def join(storage: Storage, one: Item, *facts: Fact) -> str:
    with storage.write():
        return Placing(storage, FIELD, NOON).join(one, Facts(facts), "")


def test_a_copy_joins_and_stays_whatever_comes_later(storage: Storage) -> None:
    first = join(storage, item(storage, LOAN), ASTRA, RED_HILL)
    second = item(storage, f"{LOAN} - The Ledger", 1)
    assert join(storage, second, ASTRA, RED_HILL) == first
    assert join(storage, second, BOREAL) == first, "an edit does not move it"
    assert [member.item for member in storage.stories.members(first)] == [1, 2]


def test_what_a_rule_says_of_numbers_is_nobodys_story(storage: Storage) -> None:
    placing = Placing(storage, FIELD, NOON)
    with storage.write():
        one, two = (placing.alone(item(storage, "Nd oxide up 5 %", hours)) for hours in (0, 1))
    assert one != two


def test_a_split_is_remembered(storage: Storage) -> None:
    story = join(storage, item(storage, LOAN), ASTRA, RED_HILL)
    wrong = item(storage, f"{LOAN} - The Ledger", 1)
    join(storage, wrong, ASTRA, RED_HILL)
    with storage.write():
        apart = Placing(storage, FIELD, NOON).split(story, [wrong.id])
    assert join(storage, wrong, ASTRA, RED_HILL) == apart
    assert [member.item for member in storage.stories.members(story)] == [1]


def test_stories_that_were_merged_take_what_is_like_either(storage: Storage) -> None:
    one = join(storage, item(storage, LOAN), ASTRA, RED_HILL)
    other = join(storage, item(storage, "Boreal signs offtake with a carmaker in the north", 1), BOREAL)
    assert one != other
    with storage.write():
        Placing(storage, FIELD, NOON).merge(one, other)
    later = join(
        storage, item(storage, "Boreal signs offtake with a carmaker in the north - Wire", 2), BOREAL
    )
    assert later == one


@pytest.mark.parametrize("items", [[], [1, 2], [99]])
def test_a_split_that_leaves_nothing_or_names_a_stranger_is_refused(
    storage: Storage, items: list[int]
) -> None:
    story = join(storage, item(storage, LOAN), ASTRA, RED_HILL)
    join(storage, item(storage, f"{LOAN} - The Ledger", 1), ASTRA, RED_HILL)
    with pytest.raises(MonitorError), storage.write():
        Placing(storage, FIELD, NOON).split(story, items)


EVENTS = [
    (f"{name} {verb} for {place_}", (fact(Kind.COMPANY, name), fact(Kind.PLACE, place_)))
    for name, verb, place_ in (
        ("astra", "wins export credit", "Port Ansel"),
        ("boreal", "pours first metal", "Cape Ferro"),
        ("cobre", "files for permits", "Lake Orrin"),
        ("dorado", "halts furnace", "Mount Quill"),
        ("estrela", "hires builders", "Vale Sul"),
    )
]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_arrival_does_not_change_the_stories(seed: int) -> None:
    """Where no item is like two stories. Where one is, those that came before decide, and the number of
    stories can differ by one for each such item."""
    told = [(f"{title} - {paper}", facts) for title, facts in EVENTS for paper in ("Wire", "Ledger", "Times")]
    random.Random(seed).shuffle(told)
    with Storage(Path(":memory:")) as storage:
        got = {title: join(storage, item(storage, title), *facts) for title, facts in told}
    wanted = {title: title.rsplit(" - ", 1)[0] for title in got}
    assert agreement(wanted, got).f1 == 1.0


def test_an_item_costs_no_more_where_much_was_filed_before(storage: Storage) -> None:
    """What is looked at is bounded, however many items share a word."""
    for n in range(150):
        join(storage, item(storage, f"Harbour council meets for the {n}th time", n / 60))
    asked: list[str] = []
    storage.db.conn.set_trace_callback(asked.append)
    read = made(999, "Harbour council meets once more")
    found = storage.stories.neighbours(read)
    assert len(asked) < 100
    assert sum(len(items) for items in found.values()) <= 40 * 30


# ------------------------------------------------------------------ the measure


def test_b_cubed_is_as_published() -> None:
    wanted = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}
    assert agreement(wanted, wanted).f1 == 1.0
    one = agreement(wanted, dict.fromkeys(wanted, 0))
    assert one.precision == pytest.approx((3 * 3 / 5 + 2 * 2 / 5) / 5)
    assert one.recall == 1.0
    alone = agreement(wanted, {name: name for name in wanted})
    assert alone.precision == 1.0
    assert alone.recall == pytest.approx((3 / 3 + 2 / 2) / 5)
    assert agreement({}, {}).f1 == 0.0
