"""What moved in the ledgers between two moments, and how many rows stand on each rung."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import countries
from monitor.digest import Moved, Pipeline
from monitor.fact import Kind
from monitor.ledger import Deadline, Entry, Ledger, Rung, Seed, Step
from monitor.ledgers import HAND, standing, stood
from monitor.moved import TAKEN_BACK, lately, moved, rank
from monitor.rungs import pipeline
from tests.fakes import NOON

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RUNGS = (
    Rung("interest", "letter of interest", 0),
    Rung("approval", "approval", 1),
    Rung("signing", "signing", 2),
    Rung("repaid", "repaid", 3, ends=True),
    Rung("delayed", "delayed", 4, aside=True, reverses=True),
    Rung("cancelled", "cancelled", 5, aside=True, reverses=True, ends=True),
)
SEED = Seed("accord", "The accord", "approval", date(2026, 2, 1))
DEALS = Ledger(
    "deals", "Deals", ("loans", "magnets"), RUNGS, (Kind.COMPANY,),
    facts=(Kind.AMOUNT, Kind.INSTRUMENT, Kind.COUNTRY, Kind.DATE), seeds=(SEED,),
)  # fmt: skip


def said(rung: str, day: float = 0, tier: int = 3, item: int = 0, **more: Any) -> Step:
    """Evidence that was filed an hour after it was published."""
    at = NOON + day * DAY
    number = item or round(day * 10) + 1000
    values: dict[str, Any] = {"filed": at + HOUR, "link": f"https://paper.example/{number}"} | more
    return Step(rung, at, number, f"s{tier}", tier, rung, **values)


def given_(rung: str, day: float, source: str = "https://www.gov.example/61") -> Step:
    """What the file says."""
    return Step(rung, NOON + day * DAY, 0, source, 1, "The accord")


def by_hand(rung: str, day: float, filed: float) -> Step:
    at = NOON + day * DAY
    return Step(rung, at, 0, "by hand", HAND, "minutes", by="ann", filed=NOON + filed * DAY)


def row(*steps: Step, key: str = "astra", former: tuple[Step, ...] = ()) -> Entry:
    title = f"{key.title()} / EXIM"
    return Entry(
        "deals", key, title, standing(DEALS, steps), steps, NOON, former=former
    )  # fmt: skip


def told(*rows: Entry, since: float = 0, until: float = 1) -> list[Moved]:
    """What moved in a span of days after NOON."""
    return moved(DEALS, rows, NOON + since * DAY, NOON + until * DAY)


def ends(*rows: Entry, since: float = 0, until: float = 1) -> list[tuple[str, str, str]]:
    return [(one.what, one.was, one.now) for one in told(*rows, since=since, until=until)]


# ------------------------------------------------------------------ from where to where

INTEREST = "letter of interest"


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        pytest.param([said("interest", 0.2)], ("opened", "", INTEREST), id="opened"),
        pytest.param(
            [said("interest", -9), said("approval", 0.2)], ("moved", INTEREST, "approval"), id="moved"
        ),
        pytest.param(
            [said("interest", -9), said("approval", 0.2), said("signing", 0.5)],
            ("moved", INTEREST, "signing"),
            id="several rungs are one move, by its ends",
        ),
        pytest.param(
            [said("approval", -9), said("delayed", 0.2)], ("reversed", "approval", "delayed"), id="reversed"
        ),
        pytest.param(
            [said("approval", -9), said("approval", 0.2, tier=1)],
            ("confirmed", "approval", "approval"),
            id="confirmed by a primary source",
        ),
        pytest.param(
            [said("approval", -2, tier=1), said("cancelled", 0.2)],
            ("contradicted", "approval", "approval"),
            id="contradicted",
        ),
        pytest.param(
            [said("approval", -2), said("interest", 0.2, tier=1)],
            ("contradicted", "approval", INTEREST),
            id="the agency says less than the press",
        ),
        pytest.param([said("approval", -9), said("approval", 0.2)], None, id="said again"),
        pytest.param([said("approval", -9)], None, id="told before"),
        pytest.param([said("approval", 1.5)], None, id="told later"),
    ],
)
def test_a_row_is_told_by_its_ends(steps: list[Step], what: tuple[str, str, str] | None) -> None:
    assert ends(row(*steps)) == ([what] if what else [])


def test_what_was_filed_at_the_first_moment_counts_and_at_the_last_does_not() -> None:
    entry = row(said("interest", 0, filed=NOON), said("approval", 0, filed=NOON + DAY))
    assert ends(entry) == [("opened", "", INTEREST)]
    assert ends(entry, since=1, until=2) == [("moved", INTEREST, "approval")]


def test_evidence_counts_from_when_it_was_filed_not_from_when_it_was_published() -> None:
    late = said("approval", -5, filed=NOON + HOUR)
    (one,) = told(row(said("interest", -9), late))
    assert (one.was, one.now, one.at) == (INTEREST, "approval", NOON - 5 * DAY)


def test_what_was_history_when_it_was_filed_was_known_all_along() -> None:
    entry = row(said("interest", -9, filed=None), said("approval", -5, filed=None), said("signing", 0.5))
    assert ends(entry) == [("moved", "approval", "signing")]


def test_the_rival_is_named() -> None:
    (one,) = told(row(said("approval", -2, tier=1), said("cancelled", 0.2)))
    assert (one.rival, one.reverses) == ("cancelled", False)


@pytest.mark.parametrize(
    ("steps", "reverses"),
    [
        pytest.param([said("approval", -9), said("delayed", 0.2)], True, id="delayed"),
        pytest.param([said("delayed", 0.2)], False, id="opened as delayed"),
        pytest.param([said("approval", -2), said("interest", 0.2, tier=1)], True, id="less than was said"),
        pytest.param([said("signing", -2), by_hand("approval", 0.2, 0.3)], True, id="put right downwards"),
        pytest.param([said("delayed", -9), said("signing", 0.2)], False, id="on again"),
        pytest.param([said("interest", -9), said("approval", 0.2)], False, id="on"),
    ],
)
def test_what_is_set_back_is_marked(steps: list[Step], *, reverses: bool) -> None:
    assert [one.reverses for one in told(row(*steps))] == [reverses]


# ------------------------------------------------------------------ rows of the file


def test_a_row_of_the_file_is_not_opened() -> None:
    assert ends(row(given_("approval", 0.2), key="accord")) == []


def test_a_row_of_the_file_moves_from_where_the_file_has_it() -> None:
    entry = row(given_("approval", 0.1), said("signing", 0.4), key="accord")
    assert ends(entry) == [("moved", "approval", "signing")]


def test_what_the_file_says_counts_from_its_own_day() -> None:
    entry = row(given_("interest", -90), given_("approval", 0.2), key="accord")
    assert ends(entry, since=1, until=2) == []
    (one,) = told(entry)
    assert (one.was, one.now) == (INTEREST, "approval")
    assert (one.source, one.link) == ("www.gov.example", "https://www.gov.example/61")


# ------------------------------------------------------------------ corrections


def test_what_a_person_says_counts_from_when_they_say_it() -> None:
    (one,) = told(row(said("interest", -9), by_hand("approval", -5, 0.5)))
    assert (one.what, one.now, one.source, one.tier) == ("moved", "approval", "by hand", HAND)


def test_what_a_person_takes_out_was_told_until_then() -> None:
    wrong = said("approval", -1, undone=True, dropped=NOON + HOUR, by="ann")
    entry = row(said("interest", -9), wrong)
    assert ends(entry, since=-1, until=0) == [("moved", INTEREST, "approval")]
    (one,) = told(entry)
    assert (one.was, one.now, one.reverses) == ("approval", INTEREST, True)
    assert (one.source, one.tier, one.link, one.at) == ("by hand", HAND, "", NOON + HOUR)


def test_a_row_of_which_nothing_is_left_is_taken_back() -> None:
    entry = row(said("approval", -1, undone=True, dropped=NOON + HOUR, by="ann"))
    assert ends(entry, since=-1, until=0) == [("opened", "", "approval")]
    assert ends(entry) == [("reversed", "approval", TAKEN_BACK)]


def test_what_was_undone_before_that_was_kept_never_counted() -> None:
    assert ends(row(said("interest", -9), said("approval", 0.2, undone=True, by="ann"))) == []


def test_an_item_that_says_otherwise_now_moves_the_row_from_what_it_said() -> None:
    before = said("interest", -1, item=7, dropped=NOON + HOUR)
    now = said("approval", -1, item=7, filed=NOON + HOUR)
    entry = row(now, former=(before,))
    assert ends(entry, since=-1, until=0) == [("opened", "", INTEREST)]
    assert ends(entry) == [("moved", INTEREST, "approval")]


def test_an_item_that_says_less_now_is_the_evidence_for_it() -> None:
    before = said("signing", -1, item=7, dropped=NOON + HOUR)
    now = said("interest", -1, item=7, filed=NOON + HOUR)
    (one,) = told(row(said("approval", -5), now, former=(before,)))
    assert (one.was, one.now, one.reverses) == ("signing", "approval", True)
    assert (one.source, one.link, one.at) == ("s3", "https://paper.example/7", NOON + HOUR)


# ------------------------------------------------------------------ who says so


def test_the_most_primary_evidence_of_the_span_is_named() -> None:
    (one,) = told(
        row(
            said("interest", -9, tier=1), said("approval", 0.1, tier=4), said("approval", 0.5, tier=1, item=5)
        )
    )
    assert (one.source, one.tier, one.link) == ("s1", 1, "https://paper.example/5")
    assert one.at == NOON + 0.5 * DAY


def test_who_contradicts_is_named_where_the_row_stays() -> None:
    (one,) = told(row(said("approval", -2, tier=1), said("cancelled", 0.2, tier=4)))
    assert (one.source, one.tier) == ("s4", 4)


def test_who_confirms_is_named() -> None:
    (one,) = told(row(said("approval", -9), said("approval", 0.1), said("approval", 0.2, tier=1)))
    assert (one.what, one.source) == ("confirmed", "s1")


# ------------------------------------------------------------------ what is shown


@pytest.mark.parametrize(
    ("details", "words"),
    [
        pytest.param(
            {"country": "CD, US", "instrument": "loan", "amount": "$150m"},
            "$150m · loan · Democratic Republic of Congo, United States",
            id="in the ledger's order, countries by name",
        ),
        pytest.param({"date": "2026-12-01"}, "1 Dec 2026", id="days as people write them"),
        pytest.param({"items": "metals: licence", "amount": "$1m"}, "$1m · metals: licence", id="more"),
        pytest.param({"country": "XX"}, "XX", id="a country that is none of ours"),
        pytest.param({"instrument": "EXIM", "amount": "$1m"}, "$1m", id="not what the title says"),
        pytest.param({"instrument": "loan", "amount": "$1m loan"}, "$1m loan", id="not what another says"),
        pytest.param({"instrument": "oan", "amount": "$1m loan"}, "$1m loan · oan", id="by whole words"),
        pytest.param({"who": "MITI Asia", "by": "MITI (Asia)"}, "MITI Asia", id="the same once"),
        pytest.param(
            {"country": "US, JP", "at": "Texas, US"},
            "United States, Japan · Texas",
            id="a place without its country",
        ),
        pytest.param({"at": "Texas, US"}, "Texas, US", id="where it is not told, the country of a place"),
        pytest.param({}, "", id="nothing known"),
    ],
)  # fmt: skip
def test_the_facts_are_in_words(details: dict[str, str], words: str) -> None:
    assert [one.facts for one in told(replace(row(said("interest", 0.2)), details=details))] == [words]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        pytest.param([said("approval", 0.2)], "approval", id="opened"),
        pytest.param([said("interest", -9), said("approval", 0.2)], f"{INTEREST} → approval", id="moved"),
        pytest.param(
            [said("approval", -9), said("approval", 0.2, tier=1)], "approval, confirmed", id="confirmed"
        ),
        pytest.param(
            [said("approval", -2, tier=1), said("cancelled", 0.2)],
            "approval, others say cancelled",
            id="contradicted",
        ),
        pytest.param(
            [said("approval", -2), said("interest", 0.2, tier=1)],
            f"approval → {INTEREST}, others say approval",
            id="less than was said",
        ),
    ],
)
def test_a_move_is_a_sentence(steps: list[Step], words: str) -> None:
    (one,) = lately(DEALS, [row(*steps)], NOON + DAY, DAY)
    assert one[1] == words


@pytest.mark.parametrize(
    ("deadline", "words"),
    [
        (date(2026, 3, 20), "approval → signing, due 20 Mar 2026"),
        (date(2026, 3, 1), "approval → signing, overdue since 1 Mar 2026"),
    ],
)
def test_the_sentence_says_what_falls_due(deadline: date, words: str) -> None:
    seed = replace(SEED, deadlines=(Deadline(deadline, "report", timedelta(0)),))
    moves = row(given_("approval", -90), said("signing", -2), key="accord")
    ledger = replace(DEALS, seeds=(seed,))
    assert [sentence for _, sentence in lately(ledger, [moves], NOON, 7 * DAY)] == [words]


@pytest.mark.parametrize("code", sorted(code for code, sort, _ in countries.named() if sort == "name"))
def test_every_country_has_a_name(code: str) -> None:
    name = countries.name(code)
    assert name.isascii()
    assert len(name) > 3
    assert name[0].isupper()


def test_a_move_goes_to_the_readers_of_the_ledgers_watchlists() -> None:
    (one,) = told(row(said("interest", 0.2)))
    assert (one.watchlists, one.ledger, one.title) == (("loans", "magnets"), "Deals", "Astra / EXIM")


def test_what_was_set_back_stands_first_and_then_what_is_newest() -> None:
    rows = [
        row(said("approval", -2, tier=1), said("cancelled", 0.2), key="contradicted"),
        row(said("approval", -9), said("approval", 0.2, tier=1), key="confirmed"),
        row(said("interest", 0.2), key="opened"),
        row(said("interest", -9), said("approval", 0.2), key="moved"),
        row(said("interest", -9), said("approval", 0.4), key="moved later"),
        row(said("approval", -9), said("delayed", 0.1), key="reversed"),
    ]
    order = [one.key for one in told(*rows)]
    assert order == ["reversed", "moved later", "moved", "opened", "confirmed", "contradicted"]


# ------------------------------------------------------------------ the chain


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, bool]:
    """A step, filed at any time or history, which may be taken out later; and whether its item only said
    otherwise then."""
    at, item = draw(st.integers(-40, 10)), draw(st.integers(0, 10_000))
    filed = draw(st.none() | st.integers(at, 12))
    dropped = draw(st.none() | st.integers(max(at, filed or at), 14))
    hand = draw(st.booleans())
    made = Step(
        draw(st.sampled_from([rung.id for rung in RUNGS])),
        NOON + at * DAY,
        0 if hand else item,
        "source",
        HAND if hand else draw(st.integers(1, 4)),
        "",
        by="ann" if hand and draw(st.booleans()) else "",
        filed=None if filed is None else NOON + filed * DAY,
        dropped=None if dropped is None else NOON + dropped * DAY,
    )
    otherwise = draw(st.booleans())
    return (made if dropped is None or otherwise else replace(made, undone=True, by="ann")), otherwise


@given(
    st.lists(steps(), max_size=8), st.lists(st.integers(-10, 15), min_size=2, max_size=8, unique=True)
)  # fmt: skip
def test_what_is_told_over_spans_that_follow_each_other_is_one_chain(
    found: list[tuple[Step, bool]], moments: list[int]
) -> None:
    own = tuple(step for step, former in found if not (former and step.dropped))
    former = tuple(step for step, former in found if former and step.dropped)
    entry = row(*own, former=former)
    days = sorted(moments)
    stands = DEALS.called(stood(DEALS, entry, NOON + days[0] * DAY).rung)
    for since, until in pairwise(days):
        for one in told(entry, since=since, until=until):
            assert one.was == stands
            stands = "" if one.now == TAKEN_BACK else one.now
    assert stands == DEALS.called(stood(DEALS, entry, NOON + days[-1] * DAY).rung)


@given(st.lists(steps(), max_size=8))
def test_at_the_end_of_time_a_row_stands_where_its_evidence_has_it(found: list[tuple[Step, bool]]) -> None:
    own = tuple(step for step, _ in found if step.undone or not step.dropped)
    entry = row(*own)
    assert stood(DEALS, entry, NOON + 100 * DAY) == entry.standing


@given(st.lists(steps(), min_size=1, max_size=8), st.integers(-10, 15), st.integers(0, 20))
def test_a_row_is_told_once_in_a_span_and_in_the_order_of_reading(
    found: list[tuple[Step, bool]], since: int, days: int
) -> None:
    rows = [row(step, key=f"row-{number}") for number, (step, _) in enumerate(found)]
    one = told(*rows, since=since, until=since + days)
    assert len({move.key for move in one}) == len(one)
    assert one == sorted(one, key=rank)


# ------------------------------------------------------------------ by rung


def by_rung(*rows: Entry, ledger: Ledger = DEALS, until: float = 1) -> Pipeline | None:
    return pipeline(ledger, rows, NOON, NOON + until * DAY)


def test_open_rows_are_counted_by_rung_with_those_that_came() -> None:
    found = by_rung(
        row(said("interest", -9), key="a"),
        row(said("interest", -9), said("approval", 0.2), key="b"),
        row(said("approval", -9), key="c"),
        row(said("approval", -9), said("cancelled", 0.2), key="d"),
        row(said("signing", 3), key="e"),
    )
    assert found is not None
    assert found.rungs == ((INTEREST, 1, 0), ("approval", 2, 1), ("signing", 0, 0))
    assert (found.title, found.watchlists) == ("Deals", ("loans", "magnets"))


def test_a_rung_aside_is_there_where_somebody_stands_on_it() -> None:
    found = by_rung(row(said("approval", -9), said("delayed", 0.2)))
    assert found is not None
    assert found.rungs[-1] == ("delayed", 1, 1)


def test_what_was_quiet_for_years_does_not_count() -> None:
    found = by_rung(row(said("interest", -9), key="a"), row(said("interest", -800), key="b"))
    assert found is not None
    assert found.rungs[0] == (INTEREST, 1, 0)


@pytest.mark.parametrize(
    "ledger",
    [
        pytest.param(replace(DEALS, opens="story"), id="a row for a story"),
        pytest.param(replace(DEALS, opens="never"), id="rows of the file alone"),
        pytest.param(replace(DEALS, rungs=RUNGS[1:3]), id="two rungs"),
    ],
)
def test_a_list_is_no_pipeline(ledger: Ledger) -> None:
    assert by_rung(row(said("approval", -9)), ledger=ledger) is None


@pytest.mark.parametrize("rows", [(), (row(said("cancelled", -9)),)])
def test_a_ledger_with_nothing_open_shows_no_pipeline(rows: tuple[Entry, ...]) -> None:
    assert by_rung(*rows) is None
