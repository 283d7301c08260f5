"""The first page: its order, its filters, how it goes on, and what it says where there is nothing."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from monitor import wording
from monitor.digest import Coverage, Ill, Stuck
from monitor.feedback import Person, Quiet, Scope
from monitor.hushed import Silence
from monitor.model import Alert
from monitor.storage import Storage
from monitor.storage.alerts import encode, facets
from monitor.storage.moments import stamp
from monitor.storage.schema import migrations
from monitor.storage.told import Facet, Newest, Place, statement
from monitor.web.pulse import Pulse, Word, said
from monitor.web.storyrows import fate
from monitor.web.today import STORIES, TOP, place
from tests.fakes import NOON as LONG_AGO
from tests.fakes import a_source, an_alert
from tests.newsroom import deliver, file, polled, told
from tests.rules import MAGNETS
from tests.webpages import NOON, Pages

TWINS = """\
entities:
  exim: {name: EXIM, kind: agency, terms: {en: [Export-Import Bank of the United States]}}
  exim-short: {name: EXIM, kind: agency, terms: {en: [Exim Bank]}}
"""
HOSTILE = '"><script>alert(1)</script>'
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "monitor.db", sources=(a_source(1, name="EXIM newsroom"), a_source(2)))


@pytest.fixture
def watching(tmp_path: Path, pages: Pages) -> Pages:
    """The same with a watchlist."""
    return Pages(tmp_path / "monitor.db", sources=pages.sources, rules={"magnets.yaml": MAGNETS})


def titles(pages: Pages, path: str = "/") -> list[str]:
    """The headlines of the stories on the page, in its order."""
    return re.findall(r'<a class="title" data-open [^>]*>([^<]*)</a>', pages.get(path).text)


def words(pages: Pages, path: str = "/") -> str:
    text = re.sub(r"<[^>]+>", " ", pages.get(path).text)
    return " ".join(text.split())


# ------------------------------------------------------------------ what stands there


def test_the_newest_story_comes_first(pages: Pages) -> None:
    for number, ago in ((1, 3 * HOUR), (2, HOUR), (3, 2 * HOUR)):
        told(pages, number, ago=ago, title=f"Story {number}")
    assert titles(pages) == ["Story 2", "Story 3", "Story 1"]


def test_a_story_that_is_told_again_stands_there_once_and_moves_up(pages: Pages) -> None:
    told(pages, 1, "s1", 3 * HOUR, title="A loan is sought")
    told(pages, 2, "s2", 2 * HOUR, title="Another")
    told(pages, 3, "s1", HOUR, title="The loan is granted")
    assert titles(pages) == ["The loan is granted", "Another"]


def test_stories_that_were_merged_are_one(pages: Pages) -> None:
    told(pages, 1, "s1", 2 * HOUR, title="Older")
    told(pages, 2, "s2", HOUR, title="Newer")
    with pages.storage() as storage, storage.write():
        storage.db.execute("UPDATE members SET story = 's1'")
    assert titles(pages) == ["Newer"]
    assert 'href="./stories/s1"' in pages.get("/").text


def test_the_days_are_those_of_the_reader(pages: Pages) -> None:
    for number, ago in ((1, HOUR), (2, 13 * HOUR), (3, 3 * DAY)):
        told(pages, number, ago=ago)
    assert re.findall(r"<h2>([^<]+)</h2>", pages.get("/").text) == [
        "Today",
        "Yesterday",
        "Friday 27 Feb 2026",
    ]


def test_names_of_the_rules_that_are_called_the_same_are_told_apart(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", rules={"entities.yaml": TWINS})
    told(pages, 1, entities=("exim", "exim-short", "mofcom"))
    assert re.findall(r"<option[^>]*>([^<]*)</option>", pages.get("/").text.partition('id="entity"')[2]) == [
        "all",
        "EXIM (exim)",
        "EXIM (exim-short)",
        "mofcom",
    ]


@pytest.mark.parametrize(
    ("published", "shown"),
    [(">", "> (Reuters)"), ("稀土", "稀土"), ("G7", "G7"), ("", "(without a title)")],
)
def test_a_title_of_hardly_a_letter_says_who_published_it(published: str, shown: str) -> None:
    assert wording.title(published, "Reuters") == shown


def test_a_story_says_why_who_and_how_much(pages: Pages) -> None:
    told(
        pages, 1, title="Loan for a plant", watchlist_title="US public money", score=82, threshold=60,
        parts=(("US lender named", 30), ("press", -5)), hits=("EXIM", "loan"), stage="board-approval",
    )  # fmt: skip
    shown = words(pages)
    assert "First report · board approval primary source" in shown
    assert "US public money · alert from 60" in shown
    assert "Score 82 of 100; an alert takes 60: US lender named +30, press -5." in shown
    assert "On the words EXIM , loan . Every watchlist" in shown
    assert 'href="./why?item=1"' in pages.get("/").text
    assert '<a href="https://example.com/1" rel="noreferrer noopener">Source 1</a>' in pages.get("/").text


def test_who_else_tells_it_is_counted_and_named(pages: Pages) -> None:
    told(pages, 1, "s1", 2 * HOUR, source="source-1")
    told(pages, 4, "s1", 90 * MINUTE, source="source-2")
    told(pages, 2, "s1", HOUR, source="source-2", source_name="Source 2")
    told(pages, 3, "s1", 3 * HOUR, source="gone", link="https://news.google.com/x", title="A loan - Reuters")
    shown = words(pages)
    assert "Source 2 and 2 others" in shown
    assert "Also told by Reuters, EXIM newsroom." in shown


def test_what_a_foreign_word_means_stands_beside_it(pages: Pages) -> None:
    told(pages, 1, title="商务部公布", lang="zh", gloss=(("商务部", "Ministry of Commerce"),))
    assert 'lang="zh">商务部公布</a>' in pages.get("/").text
    assert "商务部: Ministry of Commerce" in words(pages)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), ""),
        (("sent",), ""),
        (("held", "sent"), ""),
        (("batched", "muted"), ""),
        (("held", "muted"), "held"),
        (("pending",), "not sent yet"),
        (("failed",), "not sent yet: tried again"),
        (("dead", "muted"), "could not be sent"),
        (("muted",), "muted: not sent"),
    ],
)
def test_what_became_of_an_alert_is_said_where_nobody_has_it(states: tuple[str, ...], expected: str) -> None:
    assert fate(states) == expected


def test_an_alert_that_is_held_says_so(pages: Pages) -> None:
    deliver(pages, told(pages, 1), "held")
    assert '<span class="chip warn">held</span>' in pages.get("/").text


def test_what_weighs_most_stands_above_where_there_is_much(pages: Pages) -> None:
    for number in range(1, TOP * 2 + 2):
        told(pages, number, ago=number * HOUR, score=60 + number, title=f"Story {number}")
    above = re.findall(r'stories/s(\d+)" lang="en">', pages.get("/").text.partition("Weighs most")[2])
    assert above[:TOP] == ["7", "6", "5"]
    assert "Weighs most" not in pages.get("/?tier=1").text


def test_what_is_few_is_not_told_twice(pages: Pages) -> None:
    for number in range(1, TOP * 2 + 1):
        told(pages, number)
    assert "Weighs most" not in pages.get("/").text


# ------------------------------------------------------------------ filters


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("watchlist=gallium", ["Both", "One"]),
        ("watchlist=magnets", ["Both"]),
        ("tier=4", ["Both"]),
        ("lang=zh", ["One"]),
        ("entity=exim", ["Both", "Other"]),
        ("entity=exim&watchlist=gallium", ["Both"]),
        ("watchlist=gallium&tier=2&lang=zh&entity=mofcom", ["One"]),
        ("watchlist=magnets&lang=zh", []),
        ("tier=", ["Both", "One", "Other"]),
        ("unknown=x", ["Both", "One", "Other"]),
    ],
)
def test_a_filter_keeps_what_fits(pages: Pages, query: str, expected: list[str]) -> None:
    told(pages, 1, ago=HOUR, title="Both", watchlist="gallium", also=(("magnets", "Magnets"),), tier=4,
         entities=("exim",))  # fmt: skip
    told(pages, 2, ago=2 * HOUR, title="One", watchlist="gallium", tier=2, lang="zh", entities=("mofcom",))
    told(pages, 3, ago=3 * HOUR, title="Other", watchlist="prices", entities=("exim", "dfc"))
    assert titles(pages, f"/?{query}") == expected


def test_a_story_is_shown_by_the_newest_alert_that_fits(pages: Pages) -> None:
    told(pages, 1, "s1", 2 * HOUR, title="In English")
    told(pages, 2, "s1", HOUR, title="中文", lang="zh")
    assert titles(pages, "/?lang=en") == ["In English"]


def test_only_what_there_is_can_be_chosen_and_stays_chosen(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", rules={"magnets.yaml": MAGNETS})
    told(pages, 1, watchlist="magnets", lang="zh")
    told(pages, 2, watchlist="gone")
    form = pages.get("/?watchlist=magnets&lang=zh").text
    assert '<option value="magnets" selected>Rare earth magnets</option>' in form
    assert '<option value="gone">gone</option>' in form
    assert '<option value="zh" selected>Chinese</option>' in form
    assert 'value="fr"' not in form


def test_the_filters_go_along_to_what_is_older(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        for number in range(1, STORIES * 2):
            file(storage, number, ago=number * MINUTE, lang="zh" if number % 2 else "en")
    address = re.search(r'rel="next" href="\./(\?[^"]+)"', pages.get("/?lang=zh").text)
    assert address is None
    found = re.search(r'rel="next" href="\./(\?[^"]+)"', pages.get("/?tier=1").text)
    assert found
    assert found[1].startswith("?tier=1&amp;after=")


@pytest.mark.parametrize("name", [facet.value for facet in Facet])
def test_a_hostile_filter_is_text(pages: Pages, name: str) -> None:
    told(pages, 1)
    text = pages.get(f"/?{name}={quote(HOSTILE)}").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Nothing told so far fits this." in text


@pytest.mark.parametrize(
    "field",
    [
        *("title", "source_name", "stage", "watchlist", "watchlist_title", "lang", "link", "hits", "parts"),
        *("news", "facts", "gloss", "entities", "also", "story"),
    ],
)
def test_what_a_source_or_a_rule_says_is_text(pages: Pages, field: str) -> None:
    values: dict[str, object] = {
        **dict.fromkeys(("facts", "gloss", "also"), ((HOSTILE, HOSTILE),)),
        **dict.fromkeys(("hits", "news", "entities"), (HOSTILE,)),
        "parts": ((HOSTILE, 5),),
    }
    with pages.storage() as storage, storage.write():
        file(storage, 1, **{field: values.get(field, HOSTILE)})  # type: ignore[arg-type]
    text = pages.get("/").text
    assert "<script>alert" not in text
    assert "javascript:" not in text


def test_a_link_that_is_none_is_no_link(pages: Pages) -> None:
    told(pages, 1, link="javascript:alert(1)", source_name="Evil")
    text = pages.get("/").text
    assert "javascript:" not in text
    assert "Evil" in text


# ------------------------------------------------------------------ how it goes on


def test_a_list_goes_on_without_loss_or_repetition(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        for number in range(1, STORIES * 2 + 6):
            file(storage, number, ago=number // 7 * MINUTE, title=f"Story {number}")
    found, path = [], "/"
    while path:
        text = pages.get(path).text
        found += re.findall(r'<a class="title" data-open [^>]*>([^<]*)</a>', text)
        older = re.search(r'rel="next" href="\./(\?[^"]+)"', text)
        path = "/" + older[1].replace("&amp;", "&") if older else ""
    assert sorted(found) == sorted(f"Story {number}" for number in range(1, STORIES * 2 + 6))
    assert "data-again" not in text


alert_lists = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 5), st.sampled_from(["en", "zh"]), st.sampled_from(["a", "b"])
    ),
    max_size=24,
)


@settings(max_examples=40, deadline=None)
@given(
    alert_lists,
    st.integers(1, 4),
    st.sampled_from([{}, {Facet.LANG: "zh"}, {Facet.LANG: "en", Facet.WATCHLIST: "a"}]),
)
def test_pages_of_any_size_hold_every_story_once_at_its_newest_alert(
    alerts: list[tuple[int, int, str, str]], size: int, picked: Mapping[Facet, str]
) -> None:
    with tempfile.TemporaryDirectory() as folder, Storage(Path(folder) / "monitor.db") as storage:
        with storage.write():
            filed = [
                file(storage, n, f"s{story}", ago * MINUTE, lang=lang, watchlist=watchlist)
                for n, (story, ago, lang, watchlist) in enumerate(alerts, 1)
            ]
        found: list[Newest] = []
        while part := storage.told.newest(picked, found[-1].place if found else None, size):
            found += part
    assert [(one.story, one.alert.id) for one in found] == expected(filed, picked)


def expected(alerts: list[Alert], picked: Mapping[Facet, str]) -> list[tuple[str, str]]:
    """The same by going through all."""
    wanted = {(facet.value, value) for facet, value in picked.items()}
    fitting = [one for one in alerts if wanted <= set(facets(one))]
    newest: dict[str, Alert] = {}
    for one in sorted(fitting, key=lambda one: (one.created, one.id), reverse=True):
        newest.setdefault(one.story, one)
    return [(story, one.id) for story, one in newest.items()]


@pytest.mark.parametrize(
    "after",
    [
        *("", "~", "x~y", "2026-03-02~a", "2026-13-02T00:00:00.000000+00:00~a", HOSTILE, "' OR 1=1 --~a"),
        *("2026-03-02T12:00:00.000000+05:00~a", "2026-03-02T12:00:00.000000+00:00~" + "a" * 200, "\x00"),
    ],
)
def test_a_place_that_is_none_is_the_beginning(pages: Pages, after: str) -> None:
    told(pages, 1, title="The story")
    assert place(after) is None


def test_a_place_comes_back_as_it_was_written(pages: Pages) -> None:
    alert = told(pages, 1)
    with pages.storage() as storage:
        (found,) = storage.told.newest({}, None, 5)
    assert place(f"{alert.created.isoformat(timespec='microseconds')}~{alert.id}") == found.place


@pytest.mark.parametrize(
    ("picked", "index"),
    [
        ({}, "SCAN a USING INDEX alerts_created"),
        ({Facet.WATCHLIST: "x"}, "SEARCH d USING PRIMARY KEY (kind=? AND value=?)"),
        ({Facet.TIER: "1", Facet.LANG: "en"}, "SEARCH d USING PRIMARY KEY (kind=? AND value=?)"),
        (dict.fromkeys(Facet, "x"), "SEARCH d USING PRIMARY KEY (kind=? AND value=?)"),
    ],
)
def test_the_stories_are_found_from_the_newest_end_of_an_index(
    pages: Pages, picked: Mapping[Facet, str], index: str
) -> None:
    """There are as many alerts as years bring: a page reads no more of them than it shows."""
    for after in (None, Place(NOON, "x")):
        sql, values = statement(picked, after, 5)
        with pages.storage() as storage:
            plan = [row[3] for row in storage.db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        asked = index.replace("value=?)", "value=? AND (created,alert)<(?,?))") if after else index
        begun = (
            asked.replace("SCAN a", "SEARCH a") + " ((created,id)<(?,?))" if after and not picked else asked
        )
        assert plan[0] == begun
        assert not any("TEMP B-TREE" in line for line in plan)
        assert [line for line in plan if line.startswith("SCAN")] == (
            [index] if not picked and not after else []
        )


# ------------------------------------------------------------------ how things stand


def _ill(tier: int) -> Ill:
    return Ill("MOFCOM", tier, "silent 9 h", "")


NO_NETWORK = Word(
    "No network: none of the sources could be reached. Nothing is lost; "
    "they are tried again every two minutes.",
    "bad", "sources/",
)  # fmt: skip
WELL = Pulse(NOON, 12, 3400, Coverage(182, 186), looked=NOON, due=NOON)


@pytest.mark.parametrize(
    ("pulse", "expected"),
    [
        (WELL, [Word("12 stories in 24 hours, of 3,400 items read."),
                Word("182 of 186 sources are well.", "", "sources/"), Word("Nothing is held.")]),
        (Pulse(NOON, 0, 0, Coverage(0, 0)),
         [Word("No source is watched: nothing can come.", "bad", "sources/")]),
        (Pulse(NOON, 0, 0, Coverage(0, 186, 186)),
         [Word("The first look at 186 sources is under way.", "", "sources/")]),
        (Pulse(NOON, 0, 0, Coverage(0, 186, 186), offline=True), [NO_NETWORK]),
        (Pulse(NOON, 1, 9, Coverage(10, 10), looked=NOON, due=NOON, offline=True),
         [NO_NETWORK, Word("1 story in 24 hours, of 9 items read."),
          Word("10 of 10 sources are well.", "", "sources/"), Word("Nothing is held.")]),
        (Pulse(NOON, 1, 1, Coverage(1, 186, 3), looked=NOON, due=NOON),
         [Word("1 story in 24 hours, of 1 item read."),
          Word("1 of 186 sources is well, 3 not looked at yet. "
               "What is missing here may have happened all the same.", "bad", "sources/"),
          Word("Nothing is held.")]),
        (Pulse(NOON, 0, 9, Coverage(9, 10, 0, (_ill(1),)), looked=NOON, due=NOON),
         [Word("0 stories in 24 hours, of 9 items read."),
          Word("9 of 10 sources are well.", "warn", "sources/"), Word("Nothing is held.")]),
        (Pulse(NOON, 0, 9, Coverage(9, 10, 0, (_ill(3),)), looked=NOON - HOUR, due=NOON - HOUR),
         [Word("0 stories in 24 hours, of 9 items read."),
          Word("9 of 10 sources are well.", "", "sources/"),
          Word("Nothing was looked at since 2 Mar 2026 11:00 UTC: start monitor run again.", "bad",
               "sources/"),
          Word("Nothing is held.")]),
        (Pulse(NOON, 0, 9, Coverage(9, 10), (Stuck((), "held", "slack:#x", 2, "quiet hours", (), NOON),
                                             Stuck((), "dead", "slack:#y", 1, "no channel")), NOON, NOON),
         [Word("0 stories in 24 hours, of 9 items read."),
          Word("9 of 10 sources are well.", "", "sources/"),
          Word("2 alerts are held for #x until 2 Mar 2026 12:00 UTC (quiet hours).", "", "deliveries/"),
          Word("1 alert is given up for #y.", "bad", "deliveries/")]),
    ],
    ids=["well", "nothing watched", "first look", "never a network", "no network any more",
         "blind", "a primary is ill", "stopped", "stuck"],
)  # fmt: skip
def test_how_the_monitor_is_stands_in_a_line(pulse: Pulse, expected: list[Word]) -> None:
    assert list(said(pulse, "UTC")) == expected


def test_what_is_muted_and_until_when_stands_there_and_of_many_the_first() -> None:
    silences = [
        Silence("USTR", ("#x",), NOON, "ustr"),
        Silence("EXIM", ("#x", "#y"), NOON),
        Silence("Gallium", (), NOON),
    ]
    told = list(said(replace(WELL, silences=tuple(silences[1:])), "UTC"))[-1]
    assert told == Word(
        "Muted: EXIM in 2 places until 2 Mar 2026 12:00 UTC; Gallium until 2 Mar 2026 12:00 UTC."
    )
    told = list(said(replace(WELL, silences=tuple(silences)), "UTC"))[-1]
    assert told.words.startswith("Muted: USTR in #x until 2 Mar 2026 12:00 UTC; EXIM in 2 places until")
    assert told.words.endswith("; and 1 more.")
    assert told.where == "sources/?state=muted"


def test_a_mute_of_a_person_stands_on_the_page_by_the_name_of_its_source(pages: Pages) -> None:
    quiet = Quiet(Scope.SOURCE, "one", "EXIM newsroom", "slack:#x", Person("1", "ann"), NOON, NOON + DAY)
    polled(pages)
    with pages.storage() as storage, storage.write():
        storage.feedback.quiet(quiet)
    assert "Muted: EXIM newsroom in #x until 3 Mar 2026 12:00 UTC." in words(pages)


def test_where_nothing_is_read_it_says_to_add_a_source_first(tmp_path: Path) -> None:
    assert "Add a source first" in words(Pages(tmp_path / "monitor.db"))


def test_where_nothing_is_looked_for_it_says_to_write_a_watchlist(pages: Pages, watching: Pages) -> None:
    polled(pages)
    assert "There is no watchlist yet" in words(pages)
    assert "There is no watchlist yet" not in words(watching)


def test_before_anything_was_looked_at_it_says_that_the_first_look_is_under_way(watching: Pages) -> None:
    with watching.storage() as storage, storage.write():
        storage.sources.sync(watching.sources, NOON)
    shown = words(watching)
    assert "The first look at 2 sources is under way." in shown
    assert "What the sources hold by now is history" in shown


def test_a_quiet_day_is_told_from_a_broken_one(watching: Pages) -> None:
    polled(watching)
    assert "0 stories in 24 hours, of 0 items read. 2 of 2 sources are well. Nothing is held." in words(
        watching
    )
    assert "Nothing was told yet: nothing new scored enough since the first look." in words(watching)
    polled(watching, NOON - 2 * HOUR, NOON - HOUR)
    assert "Nothing was looked at since 2 Mar 2026 10:00 UTC: start monitor run again." in words(watching)


def test_before_anything_is_told_it_shows_what_the_watchlists_find(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", sources=(a_source(1),), rules={"magnets.yaml": MAGNETS})
    with pages.storage() as storage, storage.write():
        for number, score in ((1, 55), (2, 90)):
            file(storage, number, title=f"Old {number}")
            storage.db.execute(
                "INSERT INTO signals (item, watchlist, revision, score, stage, story, baseline, decided)"
                " VALUES (?, 'magnets', 1, ?, '', 's1', 1, ?)",
                [number, score, stamp(NOON)],
            )
        storage.db.execute("DELETE FROM alerts")
    shown = words(pages)
    assert "Found at the first look" in shown
    assert shown.index("Old 2") < shown.index("Old 1")


def test_the_number_changes_when_something_is_told_and_not_before(pages: Pages) -> None:
    told(pages, 1)
    before = pages.get("/today/number").text
    assert pages.get("/today/number").text == before
    assert f'data-number="{before}"' in pages.get("/").text
    told(pages, 2)
    assert pages.get("/today/number").text != before


def test_the_part_that_changes_comes_alone(pages: Pages) -> None:
    told(pages, 1, title="The story", lang="zh")
    text = pages.get("/?part=list&lang=zh").text
    assert "<html" not in text
    assert 'data-again="./?lang=zh&amp;part=list"' in text
    assert titles(pages, "/?part=list") == ["The story"]


# ------------------------------------------------------------------ what is filed


def test_what_alerts_can_be_picked_by_is_filed_for_those_of_the_last_release(tmp_path: Path) -> None:
    alert = an_alert(1, also=(("magnets", "Magnets"),), entities=("exim", "dfc"), lang="zh", tier=2)
    connection = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
    migrations.apply(Database(connection), stop_before="desk")
    connection.execute(
        "INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen)"
        " VALUES (1, 's', '1', '', '', '', '', 'zh', ?)",
        [stamp(LONG_AGO)],
    )
    connection.execute(
        "INSERT INTO alerts VALUES (?, 1, ?, 's1', 'first report', 82, ?, ?, 's1')",
        [alert.id, alert.watchlist, stamp(alert.created), encode(alert)],
    )
    connection.close()
    with Storage(tmp_path / "monitor.db") as storage:
        filed = {(kind, value) for kind, value in storage.db.execute("SELECT kind, value FROM facets")}
    assert filed == set(facets(alert))
    assert len(filed) == 6
