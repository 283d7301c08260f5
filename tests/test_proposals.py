"""What the marks speak for changing: verified by the changed watchlist, never at a useful alert's cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import watchlists
from monitor.conditions import Evidence
from monitor.feedback import Opinion, Proposal
from monitor.history import Past
from monitor.match import Matcher
from monitor.model import Content, Origin
from monitor.proposals import MUTED_FOR, Example, applied, propose
from monitor.score import evaluate
from monitor.yamlfile import plain
from tests.fakes import NOON
from tests.rules import MAGNETS

TEXTS = {"magnets.yaml": MAGNETS}
USEFUL, NOISE = Opinion.USEFUL, Opinion.NOISE
SCHOOLS = [
    f"{place} magnet school {verb} students"
    for place, verb in zip(
        ("Dallas", "Houston", "Tampa", "Boston", "Denver", "Omaha", "Tulsa"),
        ("welcomes", "enrols", "honours", "tests", "lists", "drops", "feeds"),
        strict=True,
    )
]
LOANS = [
    "EXIM lends for a rare earth mine",
    "School of Mines opens a rare earth lab",
    "Magnet plant gets students",
]


def examples(opinion: Opinion | None, titles: Sequence[str], source: str = "") -> list[Example]:
    """An alert each; where no source is named they are of four in turn."""
    first = {NOISE: 100, USEFUL: 200, None: 300}[opinion] + len(source)
    made = []
    for n, title in enumerate(titles):
        name = source or f"wire-{n % 4}"
        content = Content(title, source=name.title())
        past = Past(first * 1000 + n, NOON, content, Origin(name, 1, "en"))
        made.append(Example(f"{opinion} {source} {n}", past, opinion))
    return made


def made(
    *lots: list[Example], known: Sequence[Proposal] = (), texts: dict[str, str] = TEXTS
) -> Proposal | None:
    return propose(texts, "magnets", [one for lot in lots for one in lot], known, NOON)


def proposed(*lots: list[Example], **more: Any) -> Proposal:
    found = made(*lots, **more)
    assert found is not None
    return found


# ------------------------------------------------------------------ a phrase


def test_the_phrase_of_the_noise_that_costs_no_useful_alert_is_proposed() -> None:
    bicycles = ["Bicycle with a magnet light", "Fridge magnet of the week"]
    found = proposed(examples(NOISE, [*SCHOOLS, *bicycles]), examples(USEFUL, LOANS))
    assert found.words == ("magnet school",)
    assert found.says == (
        "7 of 9 noise clicks name 'magnet school': add a not-group? "
        "It would have removed 7 noise and 0 useful."
    )
    assert found.examples == tuple(SCHOOLS[:3])


def test_of_phrases_that_do_the_same_the_one_that_names_a_thing_is_proposed() -> None:
    found = proposed(examples(NOISE, SCHOOLS), examples(USEFUL, [LOANS[0], LOANS[2]]))
    assert found.words == ("magnet school",), "'school' would do, and would take much else"


def test_a_word_that_takes_much_more_noise_than_any_longer_phrase_is_proposed() -> None:
    titles = [f"{name} jewellery magnet" for name in ("Aba", "Bebe", "Cici", "Dodo", "Efef", "Gugu")]
    titles += [f"Magnet for {name} jewellery" for name in ("Hoho", "Ijij", "Kaka", "Lulu", "Momo", "Nono")]
    assert proposed(examples(NOISE, titles), examples(USEFUL, LOANS)).words == ("jewellery",)


def test_a_word_alone_that_takes_what_nobody_marked_is_not_proposed() -> None:
    titles = [f"Board of {name} on its magnet" for name in ("Aba", "Bebe", "Cici", "Dodo", "Efef", "Gugu")]
    assert proposed(examples(NOISE, titles), examples(USEFUL, LOANS)).words == ("board",)
    other = examples(None, ["Rare earth loan goes to the board"], "press")
    assert made(examples(NOISE, titles), examples(USEFUL, LOANS), other) is None


def test_a_word_that_the_watchlist_looks_for_is_not_proposed_however_much_noise_names_it() -> None:
    titles = [f"{name} magnet" for name in ("Aba", "Bebe", "Cici", "Dodo", "Efef", "Gugu")]
    assert made(examples(NOISE, titles), examples(USEFUL, ["Rare earth loan"])) is None


def test_what_nobody_marked_is_told_in_the_figures_and_keeps_what_it_outweighs_from_being_proposed() -> None:
    few = examples(None, SCHOOLS[:2], "press")
    assert proposed(examples(NOISE, SCHOOLS), few).says.endswith("0 useful, and 2 that nobody marked.")
    many = examples(None, [f"{title} again" for title in SCHOOLS * 2], "press")
    assert made(examples(NOISE, SCHOOLS), many) is None


def test_a_phrase_in_another_script_is_proposed() -> None:
    titles = [f"{place}稀土乐队演出" for place in ("北京", "上海", "广州")]
    titles += [f"稀土{place}乐队演出" for place in ("重庆", "天津", "南京")]
    found = proposed(examples(NOISE, titles), examples(USEFUL, ["稀土出口", "乐队与稀土", "稀土演出"]))
    assert found.words == ("乐队演出",)


@pytest.mark.parametrize(
    ("noise", "useful"),
    [
        pytest.param(SCHOOLS[:4], [], id="too few marks of noise"),
        pytest.param(
            [*SCHOOLS[:2], "Fridge magnet", "Horse magnet", "Toy magnet"], [], id="in too few items"
        ),
        pytest.param([*SCHOOLS[:3], *(f"{w}{w} magnet" for w in "bcdfghjk")], [], id="in too little of it"),
        pytest.param(SCHOOLS, SCHOOLS, id="the useful ones are the same"),
        pytest.param([title.replace("magnet", "") for title in SCHOOLS], [], id="what is not told any more"),
    ],
)
def test_nothing_is_proposed_where_the_marks_do_not_speak_for_it(noise: list[str], useful: list[str]) -> None:
    assert made(examples(NOISE, noise), examples(USEFUL, useful, "other")) is None


def test_a_phrase_that_takes_a_useful_alert_by_its_page_alone_is_not_proposed() -> None:
    page = Example(
        "paged",
        Past(1, NOON, Content("Rare earth loan", "", "Its magnet school pupils"), Origin("x", 1)),
        USEFUL,
    )
    found = made(examples(NOISE, SCHOOLS), [page])
    assert found is None or "school" not in found.words[0]


def test_what_was_turned_down_is_not_proposed_again_in_other_words() -> None:
    lots = examples(NOISE, [f"{title} today" for title in SCHOOLS]), examples(USEFUL, LOANS)
    first = proposed(*lots)
    assert made(*lots, known=[first]) is None
    other = replace(first, watchlist="others")
    assert proposed(*lots, known=[other]) == first


def test_other_noise_is_proposed_though_one_phrase_was_turned_down() -> None:
    toys = [f"Toy magnet {word}" for word in ("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff")]
    lots = examples(NOISE, [*SCHOOLS, *toys]), examples(USEFUL, LOANS)
    first = proposed(*lots)
    assert (first.words, proposed(*lots, known=[first]).words) == (("magnet school",), ("toy magnet",))


def test_a_source_that_was_not_to_be_muted_is_not_proposed_again() -> None:
    titles = [f"Magnet {word}" for word in ("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff")]
    lot = examples(NOISE, titles, "kitsch")
    assert made(lot, known=[proposed(lot)]) is None


# ------------------------------------------------------------------ a source


def test_a_source_of_mostly_noise_is_to_be_muted() -> None:
    titles = [f"Magnet {word}" for word in ("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff")]
    found = proposed(
        examples(NOISE, titles, "kitsch"),
        examples(USEFUL, ["Magnet deal"], "kitsch"),
        examples(USEFUL, LOANS),
    )
    assert (found.source, found.until, found.words) == ("kitsch", NOON + MUTED_FOR, ())
    assert found.says == (
        "6 of 7 clicks on alerts from 'Kitsch' say noise: mute it here for 90 days? "
        "It would have removed 6 noise and 1 useful."
    )


def test_a_source_that_is_useful_now_and_then_is_left_alone() -> None:
    titles = [f"Magnet {word}" for word in ("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff")]
    useful = ["Magnet deal", "Rare earth loan"]
    assert made(examples(NOISE, titles, "kitsch"), examples(USEFUL, useful, "kitsch")) is None


# ------------------------------------------------------------------ the change itself


def test_a_not_group_is_added_once_and_the_rest_of_the_file_stays() -> None:
    proposal = proposed(examples(NOISE, SCHOOLS), examples(USEFUL, LOANS))
    text = applied(MAGNETS, proposal)
    assert text.startswith(MAGNETS.rstrip("\n"))
    assert plain("", text)["not"] == [{"name": "noise: magnet school", "any": ["magnet school"]}]
    assert applied(text, proposal) == text


def test_a_source_is_muted_once() -> None:
    proposal = Proposal("p", "magnets", "", NOON, source="kitsch", until=NOON + MUTED_FOR)
    text = applied(MAGNETS + "mute:\n  - any: [cats]\n    until: 2026-12-31\n", proposal)
    rulebook, problems = watchlists.build({"magnets.yaml": text})
    assert problems == ()
    assert [mute.until for mute in rulebook.watchlists[0].mutes][1].date() == (NOON + MUTED_FOR).date()
    assert applied(text, proposal) == text


def test_after_the_change_the_same_marks_propose_it_no_more() -> None:
    lots = examples(NOISE, SCHOOLS), examples(USEFUL, LOANS)
    changed = applied(MAGNETS, proposed(*lots))
    assert made(*lots, texts={"magnets.yaml": changed}) is None


# ------------------------------------------------------------------ invariants

_WORDS = ("school", "students", "Dallas", "fridge", "loan", "mine", "opens", "rare earth", "plant", "toy")
_TITLES = st.lists(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(lambda words: f"Magnet {' '.join(words)}"),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(_TITLES, _TITLES, st.randoms())
def test_no_proposal_costs_a_useful_alert_and_the_order_of_marks_changes_nothing(
    noise: list[str], useful: list[str], random: Any
) -> None:
    lots = [*examples(NOISE, noise), *examples(USEFUL, useful, "other")]
    found = made(lots)
    mixed = list(lots)
    random.shuffle(mixed)
    assert made(mixed) == found or (found is not None and found.examples)
    if found is None or found.source:
        return
    rulebook, problems = watchlists.build({"magnets.yaml": applied(MAGNETS, found)})
    assert problems == ()
    (changed,) = rulebook.watchlists
    matcher = Matcher([changed])
    told = [
        one for one in lots
        if evaluate(changed, Evidence(matcher.find(one.past.content), one.past.origin)).score >= changed.alert
    ]  # fmt: skip
    assert sum(one.opinion is USEFUL for one in told) == len(useful)
    assert sum(one.opinion is NOISE for one in told) <= 0.6 * len(noise)
