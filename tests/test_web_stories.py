"""A story's page: what each item adds, what was told and said of it; and what was seen on the pages."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import looks
from monitor.fact import Fact, Facts, Kind
from monitor.feedback import Opinion
from monitor.ledger import Entry, Standing, Step
from monitor.looks import Look, Sighting
from monitor.stories import Joined
from monitor.web.stories import MOST
from tests.fakes import a_source
from tests.newsroom import deliver, file, told
from tests.rules import MAGNETS
from tests.webpages import NOON, Pages

HOSTILE = '"><script>alert(1)</script>'
HOUR = timedelta(hours=1)


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    rules = {"magnets.yaml": MAGNETS}
    return Pages(tmp_path / "monitor.db", sources=(a_source(1, name="EXIM newsroom", tier=1),), rules=rules)


def words(pages: Pages, path: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", pages.get(path).text).split())


def states(pages: Pages, item: int, *facts: tuple[Kind, str]) -> None:
    made = tuple(Fact(kind, value, value, "title", 0, 1, value) for kind, value in facts)
    with pages.storage() as storage, storage.write():
        storage.facts.save(item, Facts(made))


def scores(pages: Pages, item: int, stage: str = "", score: int = 70, silence: str = "") -> None:
    with pages.storage() as storage, storage.write():
        storage.db.execute(
            """INSERT INTO signals
               (item, watchlist, revision, score, stage, story, baseline, decided, silence)
               VALUES (?, 'magnets', 1, ?, ?, 's1', 0, ?, ?)""",
            [item, score, stage, NOON.isoformat(timespec="microseconds"), silence],
        )
        storage.db.execute(
            "INSERT INTO hits VALUES (?, 'magnets', 'title', 0, 4, 'magnet', 'magnet', '')", [item]
        )


def seen(pages: Pages, item: int, *texts: str) -> None:
    """These versions of an item's page, an hour apart."""
    with pages.storage() as storage, storage.write():
        filed = storage.items.get(item)
        assert filed
        storage.looks.put(filed, NOON, 10)
        for number, text in enumerate(texts, 1):
            at = NOON + number * HOUR
            storage.looks.keep(
                Sighting(item, number, filed.link, at, f"{number}" * 64, 100 * number, "text/html", "", text)
            )


# ------------------------------------------------------------------ the timeline


def test_each_item_says_what_it_adds_to_those_before(pages: Pages) -> None:
    for number in (1, 2, 3):
        told(pages, number, "s1", (4 - number) * HOUR, title=f"Report {number}")
    states(pages, 1, (Kind.AGENCY, "EXIM"), (Kind.AMOUNT, "$120m"))
    states(pages, 2, (Kind.AGENCY, "EXIM"), (Kind.COMPANY, "Lynas"))
    states(pages, 3, (Kind.AGENCY, "EXIM"))
    for number, stage in ((1, "proposed"), (2, "approved"), (3, "approved")):
        scores(pages, number, stage)
    first, second, third = re.split(r"Report \d", words(pages, "/stories/s1").partition("How it came")[2])[1:]
    assert "States: proposed EXIM · $120m" in first
    assert "Adds: approved Lynas" in second
    assert "Adds nothing that was not known." in third


def test_each_item_says_why_it_is_there_and_what_it_scores(pages: Pages) -> None:
    told(pages, 1, "s1", 2 * HOUR)
    with pages.storage() as storage, storage.write():
        file(storage, 2, "s1", HOUR)
        storage.stories.join(2, Joined("s1", 1, "both name EXIM"), NOON, hand=True)
    scores(pages, 2, score=45, silence="scores 45, below the 60 that an alert takes")
    text = words(pages, "/stories/s1")
    assert "came first" in text
    assert "joined because both name EXIM" in text
    assert "45 Rare earth magnets alert from 60 : magnet Not told: it scores 45, below" in text
    assert 'href="../why?item=2"' in pages.get("/stories/s1").text
    assert 'href="../watchlists/magnets"' in pages.get("/stories/s1").text


def test_a_long_story_goes_on_and_back(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        for number in range(1, MOST + 4):
            file(storage, number, "s1", timedelta(minutes=MOST + 4 - number), title=f"Report {number}.")
    first, second = pages.get("/stories/s1").text, pages.get(f"/stories/s1?from={MOST}").text
    found = re.findall(r"Report \d+\.(?=</a>)", first + second)
    assert found == [f"Report {number}." for number in range(1, MOST + 4)]
    assert f'rel="next" href="../stories/s1?from={MOST}"' in first
    assert 'rel="prev" href="../stories/s1?from=0"' in second


@pytest.mark.parametrize("start", ["x", "-5", "9" * 30, HOSTILE, "7"])
def test_a_start_that_is_none_is_a_page_that_there_is(pages: Pages, start: str) -> None:
    told(pages, 1, "s1", title="Report")
    answer = pages.get("/stories/s1?from=" + start.replace('"', "%22"))
    assert answer.status_code == 200
    assert ">Report</a>" in answer.text


def test_the_rows_of_ledgers_and_what_came_after_stand_beside_it(tmp_path: Path) -> None:
    ledgers = """\
ledgers:
  deals:
    title: Deals
    watchlists: [magnets]
    key: [company]
    ladder:
      - {id: sought, stages: [proposed]}
      - {id: granted, stages: [approved]}
"""
    pages = Pages(
        tmp_path / "monitor.db",
        sources=(a_source(1),),
        rules={"magnets.yaml": MAGNETS, "ledgers.yaml": ledgers},
    )
    told(pages, 1, "s1", 2 * HOUR)
    told(pages, 2, "s2", HOUR)
    entry = Entry("deals", "lynas", "Lynas / EXIM", Standing(), (), NOON)
    with pages.storage() as storage, storage.write():
        storage.ledgers.save(entry)
        for item, rung in ((1, "sought"), (2, "granted")):
            storage.ledgers.add(entry, Step(rung, NOON - (3 - item) * HOUR, item, "source-1", 1, "it says"))
    text = words(pages, "/stories/s1").partition("In the ledgers")[2]
    assert "Lynas / EXIM granted Deals 2 steps, some after this story" in text
    assert "sought 2 Mar 2026 · Source 1 · this story" in text
    assert 'href="../ledgers/deals/lynas"' in pages.get("/stories/s1").text


@pytest.mark.parametrize(
    "field", ["title", "source_name", "watchlist_title", "news", "facts", "gloss", "parts"]
)
def test_what_an_alert_says_is_text(pages: Pages, field: str) -> None:
    values: dict[str, object] = {
        **dict.fromkeys(("facts", "gloss"), ((HOSTILE, HOSTILE),)),
        "news": (HOSTILE,),
        "parts": ((HOSTILE, 5),),
    }
    with pages.storage() as storage, storage.write():
        file(storage, 1, "s1", HOUR, **{field: values.get(field, HOSTILE)})
        storage.db.execute("UPDATE members SET because = ?", [HOSTILE])
    scores(pages, 1, HOSTILE, silence=HOSTILE)
    states(pages, 1, (Kind.COMPANY, HOSTILE))
    text = pages.get("/stories/s1").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


# ------------------------------------------------------------------ marks


def test_an_alert_is_marked_and_the_page_says_what_is_filed(pages: Pages) -> None:
    alert = told(pages, 1, "s1")
    deliver(pages, alert, "sent")
    answer = pages.post("/stories/s1/mark", {"alert": alert.id, "opinion": "useful"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"../../stories/s1?marked={alert.id}")
    assert "ann marked it as useful. To say otherwise, take that back first." in words(
        pages, f"/stories/s1?marked={alert.id}"
    )
    with pages.storage() as storage:
        mark = storage.feedback.mark_of(alert.id)
        refreshed = storage.db.execute("SELECT refresh FROM deliveries").fetchone()[0]
    assert mark
    assert (mark.opinion, mark.who.id, mark.who.name, mark.at) == (Opinion.USEFUL, "web:ann", "ann", NOON)
    assert refreshed


def test_who_marks_second_is_told_who_was_first(pages: Pages) -> None:
    alert = told(pages, 1, "s1")
    pages.post("/stories/s1/mark", {"alert": alert.id, "opinion": "useful"})
    pages.post("/stories/s1/mark", {"alert": alert.id, "opinion": "noise"})
    assert "ann marked it as useful." in words(pages, f"/stories/s1?marked={alert.id}")


def test_a_mark_is_taken_back(pages: Pages) -> None:
    alert = told(pages, 1, "s1")
    pages.post("/stories/s1/mark", {"alert": alert.id, "opinion": "noise"})
    assert "Take back" in words(pages, "/stories/s1")
    pages.post("/stories/s1/mark", {"alert": alert.id, "opinion": "undo"})
    assert "Taken back by ann." in words(pages, f"/stories/s1?marked={alert.id}")
    assert "Take back" not in words(pages, "/stories/s1")


@pytest.mark.parametrize(
    ("story", "changed", "status"),
    [
        ("s1", {"alert": "alert-2"}, 404),
        ("s1", {"alert": HOSTILE}, 404),
        ("s1", {"alert": ""}, 404),
        ("s9", {}, 404),
        ("s1", {"opinion": "great"}, 400),
        ("s1", {"opinion": ""}, 400),
    ],
)
def test_what_is_no_alert_of_the_story_is_not_marked(
    pages: Pages, story: str, changed: dict[str, str], status: int
) -> None:
    told(pages, 1, "s1")
    told(pages, 2, "s2")
    answer = pages.post(f"/stories/{story}/mark", {"alert": "alert-1", "opinion": "useful"} | changed)
    with pages.storage() as storage:
        assert (answer.status_code, storage.feedback.marks_of(["alert-1", "alert-2"])) == (status, {})


# ------------------------------------------------------------------ evidence


def test_the_versions_of_a_page_stand_with_what_changed(pages: Pages) -> None:
    told(pages, 1, "s1")
    seen(pages, 1, "It is sought. All agree.", "It is granted. All agree.", "It is granted. None agree.")
    text = words(pages, "/stories/s1")
    assert "Its page: read in full 2 Mar 2026 13:00 UTC, changed 2 Mar 2026 15:00 UTC. 3 versions" in text
    assert f"SHA-256 {'3' * 64}" in text
    newest, second = pages.get("/evidence/1").text, pages.get("/evidence/1?version=2").text
    assert "<del>All agree.</del>" in newest
    assert "<ins>None agree.</ins>" in newest
    assert "<del>It is sought.</del>" in second
    assert "What version 2 changed against version 1" in second
    assert all(f"<code>{number * 64}</code>" in newest for number in "123")


def test_of_the_first_version_nothing_changed(pages: Pages) -> None:
    told(pages, 1, "s1")
    seen(pages, 1, "It is sought.")
    text = pages.get("/evidence/1?version=77").text
    assert "It is sought." in text
    assert "changed against" not in text


def test_a_page_that_was_not_read_says_why(pages: Pages) -> None:
    told(pages, 1, "s1")
    assert "not read in full; title and summary did not ask for it" in words(pages, "/evidence/1")


@pytest.mark.parametrize("item", ["2", "0", "x", "-1", "9" * 40, "1.5"])
def test_there_is_no_evidence_of_what_is_no_item(pages: Pages, item: str) -> None:
    told(pages, 1, "s1")
    assert pages.get(f"/evidence/{item}").status_code == 404


def test_what_a_page_said_is_text(pages: Pages) -> None:
    told(pages, 1, "s1", title=HOSTILE)
    seen(pages, 1, "Before.", f"After {HOSTILE}")
    text = pages.get("/evidence/1").text
    assert "<script>alert" not in text
    assert "<ins>After &#34;&gt;&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("look", "times", "expected"),
    [
        (None, [], "not read in full; title and summary did not ask for it"),
        (Look(1, "s", "", NOON), [], "to be read in full"),
        (Look(1, "s", "", NOON, error="answered 503"), [], "answered 503; next look 12:00"),
        (Look(1, "s", "", None, error="answered 403"), [], "answered 403; given up"),
        (Look(1, "s", "", None), [NOON], "read in full 12:00"),
        (Look(1, "s", "", None), [NOON, NOON + HOUR], "read in full 12:00, changed 13:00"),
    ],
)
def test_how_far_reading_has_come_is_said_in_words(
    look: Look | None, times: list[object], expected: str
) -> None:
    assert looks.progress(look, times, lambda moment: f"{moment:%H:%M}") == expected  # type: ignore[arg-type]
