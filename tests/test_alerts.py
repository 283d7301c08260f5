"""An alert with its reason, or why there is none, and what an alert holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.alerts import (
    EXCERPT,
    MAX_WORDS,
    Silence,
    called,
    decide,
    excerpt,
    gloss,
    involved,
    points,
    words,
)
from monitor.meaning import Concept
from monitor.model import Alert, Hit, Item, Part, Reason, Seen, Signal, Verdict
from monitor.rule import Entity, Watchlist
from tests.fakes import NOON, a_source, an_item

SOURCE = a_source(1, tier=1)
WATCHLIST = Watchlist("loans", "Loans", must=(), alert=60, digest=35)
NEVER = Seen()


def hit(standing: str, start: int = 0, field: str = "title", via: tuple[str, ...] = ()) -> Hit:
    end = start + len(standing)
    return Hit(field, start, end, standing, standing, via)  # type: ignore[arg-type]


def a_verdict(score: int = 82, *parts: Part) -> Verdict:
    lender = Part("must", "lender", 40, met=True, hits=(hit("EXIM"),))
    return Verdict("loans", score, parts or (lender,), stage="approved", alert=60, digest=35)


def a_signal(score: int = 82, *, baseline: bool = False, item: Item | None = None) -> Signal:
    return Signal(item or an_item(1), a_verdict(score), "story-1", baseline, NOON)


def told(signal: Signal, seen: Seen = NEVER) -> Alert | Silence:
    return decide(signal, WATCHLIST, SOURCE, seen, NOON)


EDITED = an_item(1, revision=2)


# ------------------------------------------------------------------ whether to tell


@pytest.mark.parametrize(
    ("signal", "seen", "why"),
    [
        pytest.param(a_signal(59), NEVER, "scores 59, below the 60", id="below the threshold"),
        pytest.param(a_signal(baseline=True), NEVER, "for the first time", id="there before we looked"),
        pytest.param(a_signal(), Seen(item_told=True), "told before", id="item told"),
        pytest.param(a_signal(item=EDITED), Seen(item_told=True), "told before", id="item told, then edited"),
        pytest.param(a_signal(), Seen(story_told=True), "adds nothing to a story", id="story told"),
        pytest.param(
            a_signal(item=EDITED), Seen(score=60), "before it was edited", id="an edit of nothing new"
        ),
        pytest.param(
            a_signal(item=EDITED),
            Seen(score=10, story_told=True),
            "adds nothing to a story",
            id="edited copy",
        ),
        pytest.param(a_signal(59), Seen(item_told=True), "scores 59", id="the score is said first"),
    ],
)
def test_there_is_silence_with_its_reason(signal: Signal, seen: Seen, why: str) -> None:
    silence = told(signal, seen)
    assert isinstance(silence, Silence)
    assert why in silence.why


@pytest.mark.parametrize(
    ("signal", "seen", "reason"),
    [
        pytest.param(a_signal(), NEVER, Reason.FIRST, id="never told"),
        pytest.param(a_signal(60), NEVER, Reason.FIRST, id="just at the threshold"),
        pytest.param(a_signal(item=EDITED), NEVER, Reason.EDITED, id="edited into view"),
        pytest.param(
            a_signal(item=EDITED), Seen(score=59), Reason.EDITED, id="one point less before the edit"
        ),
    ],
)
def test_there_is_an_alert_with_its_reason(signal: Signal, seen: Seen, reason: Reason) -> None:
    alert = told(signal, seen)
    assert isinstance(alert, Alert)
    assert alert.reason is reason


def test_an_alert_holds_what_was_known_when_it_was_decided() -> None:
    item = an_item(1, published=None, first_seen=NOON - timedelta(hours=1), lang="zh")
    alert = decide(replace(a_signal(item=item), who=("MP",)), WATCHLIST, SOURCE, NEVER, NOON)
    assert isinstance(alert, Alert)
    assert (alert.watchlist, alert.watchlist_title, alert.score, alert.threshold) == (
        "loans",
        "Loans",
        82,
        60,
    )
    assert (alert.stage, alert.title, alert.link, alert.lang) == ("approved", item.title, item.link, "zh")
    assert (alert.source, alert.source_name, alert.tier) == ("source-1", "Source 1", 1)
    assert (alert.item, alert.story, alert.created) == (1, "story-1", NOON)
    assert alert.published == NOON - timedelta(hours=1)
    assert (alert.hits, alert.parts, alert.who) == (("EXIM",), (("lender", 40),), ("MP",))


def alert_id(number: int, watchlist: str, *, revision: int = 1, minutes: int = 0) -> str:
    item = an_item(number, revision=revision)
    now = NOON + timedelta(minutes=minutes)
    alert = decide(a_signal(item=item), replace(WATCHLIST, id=watchlist), SOURCE, NEVER, now)
    assert isinstance(alert, Alert)
    return alert.id


def test_the_same_decision_has_the_same_name_whenever_it_is_made() -> None:
    assert alert_id(1, "loans") == alert_id(1, "loans", minutes=90)


def test_every_other_decision_has_another_name() -> None:
    ids = [
        alert_id(1, "loans"),
        alert_id(2, "loans"),
        alert_id(1, "magnets"),
        alert_id(1, "loans", revision=2),
    ]
    assert len(set(ids)) == len(ids)


# ------------------------------------------------------------------ what is shown


def test_the_excerpt_is_the_stretch_that_fired() -> None:
    item = an_item(1, text="." * 1000 + " EXIM loan " + "." * 1000)
    part = Part("must", "lender", 40, met=True, hits=(hit("EXIM", 1001, "summary"),))
    shown = excerpt(item, a_verdict(82, part))
    assert "EXIM loan" in shown
    assert len(shown) <= EXCERPT + 2


def test_the_excerpt_is_the_beginning_where_only_the_title_fired() -> None:
    shown = excerpt(an_item(1, text="The board met. " * 50), a_verdict())
    assert shown.startswith("The board met.")
    assert len(shown) <= EXCERPT


def test_what_took_points_does_not_choose_the_excerpt() -> None:
    less = Part("less", "opinion", -20, met=True, hits=(hit("opinion", 900, "text"),))
    item = an_item(1, text="Beginning. " + "." * 900 + "opinion")
    assert excerpt(item, a_verdict(82, less)).startswith("Beginning.")


def test_the_words_take_turns_between_the_groups() -> None:
    lenders = Part("must", "lender", 40, met=True, hits=(hit("EXIM"), hit("DFC"), hit("EXIM")))
    money = Part("any", "money", 20, met=True, hits=(hit("loan"), hit("Loan"), hit("grant")))
    ruled_out = Part("less", "opinion", -10, met=True, hits=(hit("opinion"),))
    assert words(a_verdict(82, lenders, money, ruled_out)) == ("EXIM", "loan", "DFC", "grant")


def test_a_word_that_stands_again_and_again_is_still_among_the_first() -> None:
    often = Part("must", "lender", 40, met=True, hits=(hit("EXIM"), hit("EXIM"), hit("EXIM")))
    others = [Part("any", str(n), 1, met=True, hits=(hit(f"a{n}"), hit(f"b{n}"))) for n in range(4)]
    assert words(a_verdict(82, often, *others))[0] == "EXIM"


def test_there_are_never_more_than_a_few_words() -> None:
    parts = [Part("any", str(n), 1, met=True, hits=(hit(f"word{n}"),)) for n in range(20)]
    assert len(words(a_verdict(82, *parts))) == MAX_WORDS


def test_the_points_are_those_that_count_the_weightiest_first() -> None:
    parts = (
        Part("must", "lender", 30, met=True),
        Part("any", "board", 0, met=False),
        Part("less", "opinion", -35, met=True),
        Part("tier", "tier 3 source", 0, met=True),
        Part("tier", "tier 1 source", 8, met=True),
    )
    assert points(a_verdict(82, *parts)) == (("opinion", -35), ("lender", 30), ("tier 1 source", 8))


def test_the_entities_that_fired_are_named_once_with_their_tickers() -> None:
    entities = {
        "mp": Entity("mp", "MP Materials", "company", "US", ("NYSE:MP",)),
        "exim": Entity("exim", "EXIM", "agency"),
        "vac": Entity("vac", "Vacuumschmelze", "company"),
    }
    hits = (
        hit("MP", 0, via=("role/magnet", "mp")),
        hit("MP Materials", 5, via=("mp",)),
        hit("EXIM", 9, via=("exim",)),
        hit("loan", 15, via=("loan",)),
    )
    verdict = a_verdict(82, Part("must", "maker", 40, met=True, hits=hits))
    found = involved(verdict, entities)
    assert [entity.id for entity in found] == ["mp", "exim"]
    assert [called(entity) for entity in found] == ["MP Materials (NYSE:MP)", "EXIM"]


def test_two_entities_of_one_name_are_one_to_a_reader() -> None:
    entities = {
        "exim": Entity("exim", "EXIM", "agency"),
        "exim-short": Entity("exim-short", "EXIM", "agency"),
    }
    hits = (hit("US EXIM", 0, via=("exim",)), hit("Exim", 9, via=("exim-short",)))
    verdict = a_verdict(82, Part("must", "lender", 40, met=True, hits=hits))
    assert [entity.id for entity in involved(verdict, entities)] == ["exim"]


# ------------------------------------------------------------------ words of another language

ENTITIES = {"minmetals": Entity("minmetals", "China Minmetals", "company")}
CONCEPTS = {
    name: Concept(name, says=name.replace("-", " "))
    for name in ("controlled-metals", "gallium", "export-control", "lithium", "china")
}


@pytest.mark.parametrize(
    ("lang", "found", "meaning"),
    [
        pytest.param("zh", hit("镓", via=("controlled-metals", "gallium")), "gallium", id="a concept"),
        pytest.param("zh", hit("出口管制", via=("export-control",)), "export control", id="in words"),
        pytest.param(
            "zh", hit("五矿", via=("role/group-cn", "minmetals")), "China Minmetals", id="an entity"
        ),
        pytest.param("zh", hit("不可靠实体清单"), "the group", id="written in the group itself"),
        pytest.param("zh", hit("外交部", via=("text/answer", "lithium")), None, id="of a kind of text"),
        pytest.param("es", hit("litio", via=("lithium",)), "lithium", id="in Latin letters"),
        pytest.param("zh", hit("MP Materials", via=("gallium",)), None, id="Latin amid Chinese"),
        pytest.param("de", hit("Gallium", via=("gallium",)), None, id="the same word"),
        pytest.param("de", hit("Export-Controls", via=("export-control",)), None, id="nearly the same"),
        pytest.param("zh", hit("商务部公告2026年第71号", via=("export-control",)), None, id="a number"),
        pytest.param("en", hit("镓", via=("gallium",)), None, id="an English item"),
        pytest.param("fr", hit("pour", via=("gallium",)), None, id="a word of any text"),
    ],
)
def test_what_a_foreign_word_stands_for(lang: str, found: Hit, meaning: str | None) -> None:
    verdict = a_verdict(82, Part("any", "the group", 10, met=True, hits=(found,)))
    assert gloss(verdict, lang, ENTITIES, CONCEPTS) == (((found.words, meaning),) if meaning else ())


def test_a_group_that_is_a_list_says_of_no_word_what_it_means() -> None:
    verdict = a_verdict(82, Part("any", "magnets, metals or dual use", 10, met=True, hits=(hit("管制"),)))
    assert gloss(verdict, "zh", ENTITIES, CONCEPTS) == ()


def test_a_meaning_is_said_once_and_of_the_bare_word() -> None:
    hits = (hit("…中 ", via=("china",)), hit("中国", 9, via=("china",)))
    verdict = a_verdict(82, Part("any", "g", 5, met=True, hits=hits))
    assert gloss(verdict, "zh", ENTITIES, CONCEPTS) == (("中", "china"),)


def test_an_entity_says_more_than_a_concept_that_has_the_same_words() -> None:
    hits = (hit("五矿", via=("china",)), hit("五矿", via=("role/group-cn", "minmetals")))
    verdict = a_verdict(82, *(Part("any", "g", 5, met=True, hits=(one,)) for one in hits))
    assert gloss(verdict, "zh", ENTITIES, CONCEPTS) == (("五矿", "China Minmetals"),)


def test_the_gloss_is_of_the_words_shown_in_their_order() -> None:
    hits = tuple(hit(f"字{chr(0x4E00 + n)}", n * 9, via=(f"sign-{n}",)) for n in range(3))
    parts = [Part("any", f"g{n}", 5, met=True, hits=hits[n:]) for n in range(3)]
    verdict = a_verdict(82, *parts)
    assert tuple(word for word, _ in gloss(verdict, "zh", ENTITIES, CONCEPTS)) == words(verdict)


def test_an_alert_knows_those_in_it_by_id_and_its_words_in_english() -> None:
    signal = replace(a_signal(), who=("MP",), entities=("mp",), gloss=(("镓", "gallium"),))
    alert = told(signal)
    assert isinstance(alert, Alert)
    assert (alert.who, alert.entities, alert.gloss) == (("MP",), ("mp",), (("镓", "gallium"),))
