"""Where a row of a ledger stands by its evidence, and what one more step changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import due, ledgers
from monitor.fact import Fact, Facts, Kind
from monitor.ledger import Deadline, Entry, Ledger, Rung, Seed, Standing, Step
from monitor.ledgers import Named, advance, standing
from tests.fakes import NOON

DAY = timedelta(days=1)
RUNGS = (
    Rung("interest", "interest", 0, frozenset({"letter-of-interest"})),
    Rung("application", "application", 1, frozenset({"application"})),
    Rung("approval", "approval", 2, frozenset({"approval", "award"})),
    Rung("signing", "signing", 3),
    Rung("delayed", "delayed", 4, aside=True, reverses=True),
    Rung("cancelled", "cancelled", 5, aside=True, reverses=True, ends=True),
)
DEALS = Ledger(
    "deals", "Deals", ("loans",), RUNGS, (Kind.COMPANY, Kind.AGENCY), facts=(Kind.AMOUNT,), silent=90 * DAY
)


def step(rung: str, day: int = 0, tier: int = 3, item: int = 0, **more: Any) -> Step:
    return Step(rung, NOON + day * DAY, item or day + 1, f"s{tier}", tier, rung, **more)


def entry(*steps: Step) -> Entry:
    return Entry("deals", "astra/exim", "Astra / EXIM", standing(DEALS, steps), steps, NOON)


# ------------------------------------------------------------------ where it stands


@pytest.mark.parametrize(
    ("steps", "rung", "rival", "confirmed"),
    [
        pytest.param([], "", "", False, id="nothing known"),
        pytest.param([step("interest")], "interest", "", False, id="reported"),
        pytest.param([step("interest", tier=1)], "interest", "", True, id="a primary source says it"),
        pytest.param([step("interest"), step("interest", 3, 1)], "interest", "", True, id="confirmed later"),
        pytest.param([step("interest"), step("approval", 30)], "approval", "", False, id="a rung is skipped"),
        pytest.param([step("approval"), step("interest", 30)], "approval", "", False, id="background"),
        pytest.param([step("approval"), step("delayed", 30)], "delayed", "", False, id="aside"),
        pytest.param(
            [step("application"), step("delayed", 30), step("application", 31)],
            "delayed", "", False, id="after a delay the old rung is background",
        ),
        pytest.param(
            [step("application"), step("delayed", 30), step("signing", 60)],
            "signing", "", False, id="on again after a delay",
        ),
        pytest.param(
            [step("approval", tier=1), step("cancelled", 3)],
            "approval", "cancelled", True, id="trade press contradicts the agency",
        ),
        pytest.param(
            [step("approval", tier=1), step("cancelled", 3), step("cancelled", 5, 1)],
            "cancelled", "", True, id="and the agency agrees",
        ),
        pytest.param(
            [step("approval", tier=1), step("cancelled", 30)],
            "cancelled", "", False, id="weeks later it is news, not a quarrel",
        ),
        pytest.param(
            [step("approval"), step("interest", 2, 1)],
            "interest", "approval", True, id="the agency says less than the press",
        ),
        pytest.param(
            [step("approval", tier=1), step("cancelled", 60), step("approval", 61, 1)],
            "approval", "cancelled", True, id="the agency says that all stands as before",
        ),
        pytest.param(
            [step("approval", tier=1), step("cancelled", 60), step("interest", 61, 1)],
            "cancelled", "", False, id="what the agency once said is background",
        ),
        pytest.param([step("approval", sure=0.3)], "", "", False, id="not sure enough to count"),
        pytest.param(
            [step("interest"), step("approval", 9, undone=True)],
            "interest", "", False, id="taken out by hand",
        ),
        pytest.param(
            [step("signing"), step("interest", 9, 0, by="ann")], "interest", "", True, id="set by hand"
        ),
        pytest.param(
            [step("signing"), step("interest", 9, 0, by="ann"), step("approval", 20)],
            "approval", "", False, id="moves on from what was set by hand",
        ),
        pytest.param([step("no-such-rung")], "", "", False, id="a rung that the file no longer has"),
    ],
)  # fmt: skip
def test_where_an_entry_stands_by_its_evidence(
    steps: list[Step], rung: str, rival: str, confirmed: bool
) -> None:
    now = standing(DEALS, steps)
    assert (now.rung, now.rival, now.confirmed) == (rung, rival, confirmed)


STEPS = st.lists(
    st.builds(
        step,
        st.sampled_from([rung.id for rung in RUNGS]),
        st.integers(0, 60),
        st.integers(1, 4),
        st.integers(1, 1000),
    ),
    max_size=8,
    unique_by=lambda s: s.item,
)


@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_where_it_stands(steps: list[Step], random: Any) -> None:
    one = other = entry()
    shuffled = list(steps)
    random.shuffle(shuffled)
    for s in steps:
        one, _ = advance(DEALS, one, s)
    for s in shuffled:
        other, _ = advance(DEALS, other, s)
    assert one.standing == other.standing
    assert one.steps == other.steps


HISTORY = st.lists(
    st.builds(
        lambda rung, day, tier, number, undone: step(
            rung, day, tier, number, undone=undone and tier > 0, by="ann" if undone or not tier else ""
        ),
        st.sampled_from([rung.id for rung in RUNGS]),
        st.integers(0, 200),
        st.integers(0, 4),
        st.integers(1, 1000),
        st.booleans(),
    ),
    max_size=10,
    unique_by=(lambda s: s.item, lambda s: s.at),
)


@given(HISTORY, st.randoms(use_true_random=False))
def test_with_corrections_too_the_order_does_not_matter(steps: list[Step], random: Any) -> None:
    shuffled = list(steps)
    random.shuffle(shuffled)
    assert standing(DEALS, shuffled) == standing(DEALS, steps)


@given(HISTORY)
def test_it_stands_on_what_somebody_said_and_nobody_took_out(steps: list[Step]) -> None:
    now = standing(DEALS, steps)
    told = {(s.rung, s.at) for s in steps if not s.undone}
    assert (now.rung, now.since) in told or not now.rung
    assert now.rival != now.rung or not now.rung


@given(HISTORY, st.integers(1, 4), st.integers(0, 89))
def test_a_copy_of_what_was_undone_never_counts(steps: list[Step], tier: int, days: int) -> None:
    last = max((s.at for s in steps), default=NOON)
    wrong = replace(step("cancelled", 0, tier, 2000, undone=True, by="ann"), at=last + DAY)
    copy = replace(step("cancelled", 0, tier, 2001), at=last + DAY + days * DAY)
    assert standing(DEALS, [*steps, wrong, copy]) == standing(DEALS, steps)


@given(STEPS)
def test_a_step_that_comes_again_changes_nothing(steps: list[Step]) -> None:
    once = entry()
    for s in steps:
        once, _ = advance(DEALS, once, s)
    again = once
    for s in steps:
        again, change = advance(DEALS, again, s)
        assert change is None
    assert again == once


# ------------------------------------------------------------------ what changes


@pytest.mark.parametrize(
    ("before", "new", "what", "was"),
    [
        pytest.param([], step("interest"), "opened", "", id="opened"),
        pytest.param([step("interest")], step("approval", 9), "moved", "interest", id="moved"),
        pytest.param([step("approval")], step("cancelled", 20), "reversed", "approval", id="cancelled"),
        pytest.param([step("approval")], step("delayed", 20), "reversed", "approval", id="delayed"),
        pytest.param([step("interest")], step("interest", 2, 1), "confirmed", "interest", id="confirmed"),
        pytest.param(
            [step("approval", tier=1)], step("cancelled", 2), "contradicted", "approval", id="contradicted"
        ),
        pytest.param(
            [step("approval")],
            step("interest", 2, 1),
            "contradicted",
            "approval",
            id="put right by the agency",
        ),
        pytest.param([step("interest", tier=1)], step("interest", 2), None, "", id="more of the same"),
        pytest.param([step("approval")], step("interest", 30), None, "", id="background"),
        pytest.param([step("approval", 9)], step("interest", 1), None, "", id="an older item comes late"),
    ],
)
def test_what_one_more_step_changes(before: list[Step], new: Step, what: str | None, was: str) -> None:
    _, change = advance(DEALS, entry(*before), new)
    assert (change.what if change else None) == what
    assert (change.was if change else "") == was


def test_a_plant_slips_and_recovers() -> None:
    life = [("interest", 0), ("application", 30), ("delayed", 60), ("approval", 90), ("cancelled", 200)]
    row, said = entry(), []
    for rung, day in life:
        row, change = advance(DEALS, row, step(rung, day))
        assert change is not None
        said.append((change.was, change.what, row.rung))
    assert said == [
        ("", "opened", "interest"),
        ("interest", "moved", "application"),
        ("application", "reversed", "delayed"),
        ("delayed", "moved", "approval"),
        ("approval", "reversed", "cancelled"),
    ]


def test_an_edit_of_an_item_replaces_what_it_said() -> None:
    row, _ = advance(DEALS, entry(), step("approval", item=7))
    row, _ = advance(DEALS, row, step("interest", item=7))
    assert [(s.rung, s.item) for s in row.steps] == [("interest", 7)]


# ------------------------------------------------------------------ which entry

NAMED = Named({"astra": "Astra Metals", "mine": "Red Mine"}, {"mine": "astra", "office": "pentagon"})


def fact(kind: Kind, value: str, label: str = "", sure: float = 0.9) -> Fact:
    return Fact(kind, value, label or value, "title", 0, 1, value, sure)


def subject(*facts: Fact) -> ledgers.Subject:
    (one,) = ledgers.subjects(DEALS, Facts(facts), NAMED)
    return one


def known(*marks: str, last: int = 0, rung: str = "interest") -> Entry:
    return Entry(
        "deals", "/".join(marks), "", Standing(rung, NOON), (step(rung, last),), NOON, frozenset(marks)
    )


ASTRA, EXIM = fact(Kind.COMPANY, "astra", "Astra Metals (NYSE:AM)"), fact(Kind.AGENCY, "exim", "EXIM")
MINE = fact(Kind.PROJECT, "mine", "Red Mine")


def test_an_item_is_about_the_row_that_shares_each_kind_of_the_key() -> None:
    rows = [known("company:astra", "agency:dfc"), known("company:astra", "agency:exim")]
    found = ledgers.about(DEALS, subject(ASTRA, EXIM), rows, NOON)
    assert found is rows[1]
    assert ledgers.about(DEALS, subject(ASTRA), rows, NOON) is None


def test_a_mine_stands_for_the_company_whose_it_is_and_an_office_for_its_agency() -> None:
    rows = [known("company:astra", "agency:pentagon")]
    office = fact(Kind.AGENCY, "office")
    assert ledgers.about(DEALS, subject(MINE, office), rows, NOON) is rows[0]


@pytest.mark.parametrize(
    ("rung", "after", "same"),
    [("approval", 700, True), ("approval", 740, False), ("cancelled", 80, True), ("cancelled", 100, False)],
)
def test_what_is_long_over_is_another_deal(rung: str, after: int, same: bool) -> None:
    rows = [known("company:astra", "agency:exim", rung=rung)]
    found = ledgers.about(DEALS, subject(ASTRA, EXIM), rows, NOON + after * DAY)
    assert (found is not None) == same


def test_a_new_row_is_named_by_its_key_and_called_as_on_a_desk() -> None:
    facts = Facts((ASTRA, EXIM, MINE))
    (one,) = ledgers.subjects(DEALS, facts, NAMED)
    assert ledgers.key(DEALS, one, "s1") == "astra/exim"
    assert ledgers.title(DEALS, one, facts, "headline") == "Astra Metals, Red Mine / EXIM"
    assert ledgers.key(DEALS, subject(ASTRA), "s1") == "", "without an agency it is no deal"


def test_of_many_companies_in_one_item_each_has_its_row() -> None:
    named = [fact(Kind.COMPANY, name) for name in ("a", "b", "c", "d")]
    found = ledgers.subjects(DEALS, Facts((*named, EXIM)), NAMED)
    assert [ledgers.key(DEALS, one, "") for one in found] == ["a/exim", "b/exim", "c/exim", "d/exim"]


def test_two_sites_of_one_company_are_two_plants() -> None:
    plants = replace(DEALS, id="plants", key=(Kind.COMPANY,), apart=(Kind.PROJECT,))
    named = Named({"astra": "Astra Metals"}, {"mine": "astra", "mill": "astra"})
    rows: list[Entry] = []
    for site in (MINE, fact(Kind.PROJECT, "mill", "Red Mill")):
        (one,) = ledgers.subjects(plants, Facts((ASTRA, site)), named)
        assert ledgers.about(plants, one, rows, NOON) is None
        rows.append(known(*ledgers.known_by(plants, one, named)))


@pytest.mark.parametrize(
    ("place", "same"), [("Texas", True), ("Oklahoma", False), ("得克萨斯", True), ("", True)]
)
def test_a_place_tells_apart_unless_it_is_written_in_another_script(place: str, same: bool) -> None:
    plants = replace(DEALS, id="plants", key=(Kind.COMPANY,), apart=(Kind.PLACE,))
    facts = Facts((ASTRA, fact(Kind.PLACE, place)) if place else (ASTRA,))
    (one,) = ledgers.subjects(plants, facts, NAMED)
    row = known("company:astra", "place:texas")
    assert ledgers.about(plants, one, [row], NOON) is (row if same else None)


def test_a_row_shows_no_project_of_another_company() -> None:
    known_by = frozenset({"company:other", "agency:exim"})
    shown = ledgers.concerning(Facts((MINE, fact(Kind.PROJECT, "hill"), EXIM)), known_by, NAMED)
    assert [one.value for one in shown.all] == ["hill", "exim"]


def test_the_sum_of_many_loans_is_none_of_them() -> None:
    named = [fact(Kind.COMPANY, name) for name in ("a", "b", "c", "d")]
    facts = Facts((*named, EXIM, fact(Kind.AMOUNT, "USD 2200000000")))
    shown = ledgers.concerning(facts, frozenset({"company:a", "agency:exim"}), NAMED)
    assert shown.first(Kind.AMOUNT) is None
    few = ledgers.concerning(Facts(facts.all[3:]), frozenset({"company:d"}), NAMED)
    assert few.first(Kind.AMOUNT) is not None


def test_what_is_hardly_sure_is_no_key() -> None:
    assert ledgers.key(DEALS, subject(fact(Kind.COMPANY, "x", sure=0.3), EXIM), "") == ""


# ------------------------------------------------------------------ what falls due

UNTIL = date(2026, 11, 10)
CONTROL = Seed(
    "c61",
    "Announcement 61/2025",
    "approval",
    date(2025, 11, 7),
    deadlines=(Deadline(UNTIL, "suspension ends"),),
)
CONTROLS = Ledger("controls", "Controls", ("china",), RUNGS, (Kind.DOCUMENT,), seeds=(CONTROL,))


def events(
    now: datetime, *steps: Step, filed: datetime = NOON, told: set[tuple[str, str]] | None = None
) -> list[str]:
    row = Entry("controls", "c61", "Announcement 61/2025", standing(CONTROLS, steps), steps, filed)
    return [one.title for one in due.due(CONTROLS, [row], told or set(), now)]


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at(11, 2), []),
        (at(11, 3), ["Announcement 61/2025: suspension ends in 7 days (10 November 2026)"]),
        (at(11, 9), ["Announcement 61/2025: suspension ends tomorrow (10 November 2026)"]),
        (at(11, 10), ["Announcement 61/2025: suspension ends today (10 November 2026)"]),
        (at(11, 11), ["Announcement 61/2025: suspension ends: due 10 November 2026, nothing seen"]),
    ],
)
def test_a_deadline_is_told_ahead_and_when_nothing_came(now: datetime, said: list[str]) -> None:
    assert events(now) == said


def test_what_was_seen_in_time_is_not_overdue() -> None:
    seen = Step("signing", at(11, 8), 5, "mofcom", 1, "extended")
    assert events(at(11, 11), seen) == []


@pytest.mark.parametrize(
    ("rung", "said"),
    [
        ("delayed", ["Announcement 61/2025: suspension ends in 7 days (10 November 2026)"]),
        ("signing", []),
        ("cancelled", []),
    ],
)
def test_a_deadline_of_a_rung_falls_due_only_while_the_row_is_on_it(rung: str, said: list[str]) -> None:
    seed = replace(CONTROL, deadlines=(Deadline(UNTIL, "suspension ends", rung="delayed"),))
    book = replace(CONTROLS, seeds=(seed,))
    steps = (step(rung, 0, 1),)
    row = Entry("controls", "c61", "Announcement 61/2025", standing(book, steps), steps, NOON)
    assert [one.title for one in due.due(book, [row], set(), at(11, 3))] == said


def test_nothing_falls_due_on_a_row_that_has_ended() -> None:
    ended = Step("cancelled", at(11, 1), 5, "mofcom", 1, "lifted")
    assert events(at(11, 4), ended) == []


def test_what_was_told_is_not_told_again() -> None:
    assert events(at(11, 4), told={("c61", "2026-11-10/ahead")}) == []


def test_what_was_past_before_it_was_followed_is_history() -> None:
    assert events(at(11, 25), filed=at(11, 24)) == []


def test_what_falls_due_on_several_rows_is_told_together() -> None:
    rows = [
        Entry("controls", "c61", name, Standing("approval", NOON), (), NOON)
        for name in ("Announcement 61/2025", "Announcement 62/2025")
    ]
    (one,) = due.due(CONTROLS, rows, set(), at(11, 3))
    assert one.title.startswith("Announcement 61/2025 and 1 more: suspension ends")
    assert "Announcement 62/2025: approval" in one.item.text


@pytest.mark.parametrize(
    ("rung", "after", "said"),
    [
        ("interest", 89, []),
        ("interest", 90, ["Astra / EXIM: no step for 90 days"]),
        ("cancelled", 200, []),
    ],
)
def test_long_silence_is_told_unless_it_has_ended(rung: str, after: int, said: list[str]) -> None:
    row = entry(step(rung))
    assert [one.title for one in due.due(DEALS, [row], set(), NOON + after * DAY)] == said
