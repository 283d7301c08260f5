"""Reading further, end to end: what a title makes plausible is fetched, scored again and kept."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.looks import MAX_WAIT, PAUSES
from monitor.model import Reason
from monitor.section import ReadingSettings
from tests.fakes import Answer
from tests.pages import page, pdf, wall
from tests.webs import World, post, rss

HOUR = timedelta(hours=1)
RULES = """
watchlist: magnets
title: Magnet money
must:
  - {name: subject, any: [rare earth, 稀土], weight: 40}
  - {name: money, any: [loan, contract, 贷款], weight: 40}
any:
  - {name: plant, any: [plant], weight: 10}
weights: {title: 1, summary: 1, body: 1}
tiers: {1: 0, 2: 0, 3: 0, 4: 0}
alert: 60
digest: 30
"""
# "loan" alone gives a signal here, and no alert.
MONEY = RULES.replace("  - {name: subject", "#").replace(
    "any:\n  -", "any:\n  - {name: subject, any: [rare earth], weight: 40}\n  -"
)
TITLE = "Contracts for November 24, 2026"
SAYS = "A contract for rare earth magnets was awarded to a company in Texas."


class Site(World):
    """A World whose source has the tier and the key `read` of the test, and pages at /page-N."""

    def __init__(
        self, folder: Path, read: str = "plausible", tier: int = 1, rules: str = RULES, **reading: object
    ) -> None:
        super().__init__(folder, watchlists=[("magnets", rules)])
        url = f"{self.web.base}/one"
        self.write("sources", f"sources:\n  - {{id: one, url: '{url}', tier: {tier}, read: {read}}}\n")
        settings = ReadingSettings.model_validate({"workers": 1, **reading})
        self.settings = self.settings.model_copy(update={"reading": settings})
        self.restart()

    def link(self, number: int) -> str:
        return f"{self.web.base}/page-{number}"

    def tell(self, title: str, number: int = 1, text: str = "") -> None:
        """After a first look at an empty feed, one entry with a page."""
        self.answers["one"] = rss()
        self.poll()
        self.serve(post(number, title=title, link=self.link(number), text=text))

    def put(self, body: bytes, number: int = 1, kind: str = "text/html; charset=utf-8") -> None:
        self.answers[f"page-{number}"] = (200, {"Content-Type": kind}, body)

    @property
    def asked(self) -> int:
        """How often a page was asked for."""
        return sum(path.startswith("/page-") for path, _ in self.web.asked)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        yield made


# ------------------------------------------------------------------ the second score


def test_a_notice_whose_title_is_a_date_fires_on_its_page(tmp_path: Path) -> None:
    with Site(tmp_path, read="all") as site:
        site.put(page(TITLE, SAYS))
        site.tell(TITLE)
        assert site.alerts == []
        report = site.read()
        assert (report.asked, report.kept, report.alerts) == (1, 1, 1)
        (alert,) = site.alerts
        assert (alert.reason, alert.score, alert.title) == (Reason.FIRST, 80, TITLE)
        assert "rare earth magnets was awarded" in alert.excerpt


def test_a_notice_in_a_pdf_fires_on_its_text(tmp_path: Path) -> None:
    with Site(tmp_path, read="all") as site:
        site.put(pdf([[TITLE, SAYS, "The work will be done in Texas and is to end in March of 2029. " * 3]]))
        site.tell(TITLE)
        assert site.read().alerts == 1


def test_what_lacks_one_must_group_alone_is_read(site: Site) -> None:
    site.put(page("Bank approves a loan for Texas", SAYS))
    site.tell("Bank approves a loan for Texas")
    assert site.read().alerts == 1


def test_what_its_page_does_not_bear_out_stays_silent(site: Site) -> None:
    site.put(page("Bank approves a loan for Texas"))
    site.tell("Bank approves a loan for Texas")
    report = site.read()
    assert (report.kept, report.alerts) == (1, 0)
    assert site.alerts == []


@pytest.mark.parametrize(
    ("title", "text", "read"),
    [
        pytest.param("Cat show opens in the capital", "", "plausible", id="not plausible"),
        pytest.param("Bank approves a loan for Texas", "", "none", id="read: none"),
        pytest.param("Bank approves a loan for Texas", "word " * 400, "plausible", id="its text is long"),
    ],
)
def test_no_page_is_fetched_without_need(tmp_path: Path, title: str, text: str, read: str) -> None:
    with Site(tmp_path, read=read) as site:
        site.tell(title, text=text)
        assert site.read().asked == 0
        assert site.asked == 0


@pytest.mark.parametrize(("tier", "kept"), [(1, 1), (2, 0)])
def test_what_is_told_from_a_primary_source_is_kept_as_evidence(tmp_path: Path, tier: int, kept: int) -> None:
    with Site(tmp_path, tier=tier) as site:
        title = "Loan for a rare earth plant"
        site.put(page(title, SAYS))
        site.tell(title, text="word " * 400)
        assert len(site.alerts) == 1
        assert (site.read().kept, len(site.alerts)) == (kept, 1)


def test_nothing_of_a_first_look_is_read_or_told(tmp_path: Path) -> None:
    with Site(tmp_path, read="all") as site:
        site.put(page(TITLE, SAYS))
        site.serve(post(1, title=TITLE, link=site.link(1), text=""))
        assert (site.read().asked, site.alerts) == (0, [])


def test_an_item_of_a_first_look_that_is_edited_into_an_alert_is_not_told_again(site: Site) -> None:
    site.put(page("Bank approves a loan for rare earth miners", SAYS))
    site.serve(post(1, title="Bank approves a loan", link=site.link(1), text=""))
    site.serve(post(1, title="Bank approves a loan for rare earth miners", link=site.link(1), text=""))
    assert [alert.reason for alert in site.alerts] == [Reason.EDITED]
    assert site.read().kept == 1
    assert len(site.alerts) == 1


def test_the_score_of_an_edit_counts_the_page_that_was_read(site: Site) -> None:
    site.put(page("Bank approves a loan for Texas", SAYS))
    site.tell("Bank approves a loan for Texas")
    site.read()
    site.serve(post(1, title="Bank approves a large loan for Texas", link=site.link(1), text=""))
    filed = site.app.storage.signals.of_item(1, "magnets")
    assert filed is not None
    assert filed.score == 80
    assert len(site.alerts) == 1


# ------------------------------------------------------------------ what is kept


def test_what_was_seen_is_kept_with_its_hash(site: Site) -> None:
    title = "Bank approves a loan for Texas"
    body = page(title, SAYS)
    site.put(body)
    site.tell(title)
    site.read()
    (seen,) = site.app.storage.looks.sightings(1)
    assert (seen.number, seen.url, seen.seen, seen.kind) == (1, site.link(1), site.now, "page")
    assert (seen.sha256, seen.size) == (hashlib.sha256(body).hexdigest(), len(body))
    assert SAYS in seen.text


def test_an_edit_in_the_feed_has_the_page_read_again(site: Site) -> None:
    title = "Bank approves a loan for Texas"
    site.put(page(title))
    site.tell(title)
    assert (site.read().alerts, site.read(timedelta(days=9)).asked) == (0, 0)
    site.put(page(title, "The plant is for rare earth magnets."))
    site.serve(post(1, title=f"{title}!", link=site.link(1), text=""))
    assert site.read().alerts == 1
    assert [alert.reason for alert in site.alerts] == [Reason.EDITED]


def test_a_signal_of_a_primary_source_is_looked_at_again_after_growing_times(tmp_path: Path) -> None:
    with Site(tmp_path, rules=MONEY) as site:
        title = "Bank approves a loan for Texas"
        site.put(page(title))
        site.tell(title)
        assert site.read().kept == 1
        site.put(page(title, "It is for a rare earth plant."))
        assert site.read(HOUR / 2).asked == 0
        report = site.read(HOUR)
        assert (report.edited, report.alerts) == (1, 1)
        (alert,) = site.alerts
        assert (alert.reason, alert.score) == (Reason.EDITED, 90)
        assert [seen.number for seen in site.app.storage.looks.sightings(1)] == [1, 2]
        site.put(page(title, "It is for a rare earth plant, and so is another loan."))
        looked = [site.read(HOUR * n) for n in (6, 24, 72, 168, 400)]
        assert [report.asked for report in looked] == [1, 1, 1, 1, 0]
        assert [report.edited for report in looked] == [1, 0, 0, 0, 0]
        assert len(site.alerts) == 1


def test_a_page_is_asked_for_only_if_it_changed(site: Site) -> None:
    title = "Loan for a rare earth plant"

    def answer(headers: dict[str, str]) -> Answer:
        if headers.get("If-None-Match") == '"one"':
            return 304, {"ETag": '"one"'}, b""
        return 200, {"ETag": '"one"', "Content-Type": "text/html"}, page(title, SAYS)

    site.answers["page-1"] = answer
    site.tell(title)
    assert site.read().kept == 1
    assert site.read(HOUR * 2).unchanged == 1
    assert len(site.app.storage.looks.sightings(1)) == 1


def test_a_page_that_differs_in_nothing_but_its_markup_is_no_new_version(site: Site) -> None:
    title = "Loan for a rare earth plant"
    site.put(page(title, SAYS))
    site.tell(title)
    site.read()
    site.put(page(title, SAYS, around="<!-- 12345 -->"))
    report = site.read(HOUR * 2)
    assert (report.asked, report.unchanged, report.kept) == (1, 1, 0)


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((200, {}, wall("Access Denied", "You have no permission")), id="block page"),
        pytest.param((200, {}, wall("Before you continue to Google", "Accept all")), id="consent page"),
        pytest.param((200, {}, page("Weather for the weekend")), id="another page"),
        pytest.param((503, {}, b"busy"), id="an error"),
    ],
)
def test_what_is_not_the_article_is_never_kept_and_tried_again(site: Site, answer: Answer) -> None:
    site.answers["page-1"] = answer
    site.tell("Bank approves a loan for Texas")
    (error,) = site.read().failed.values()
    assert error
    assert site.app.storage.looks.sightings(1) == []
    site.put(page("Bank approves a loan for Texas", SAYS))
    assert site.read(PAUSES[0]).alerts == 1


def test_it_is_given_up_in_the_end_with_the_reason(site: Site) -> None:
    site.answers["page-1"] = (500, {}, b"")
    site.tell("Bank approves a loan for Texas")
    asked = [site.read(later).asked for later in (timedelta(0), *PAUSES, timedelta(days=9))]
    assert asked == [1, 1, 1, 1, 1, 0]
    look = site.app.storage.looks.get(1)
    assert look is not None
    assert (look.due, look.error) == (None, "answered 500 Internal Server Error")


@pytest.mark.parametrize("status", [401, 403, 410, 412, 451])
def test_who_will_not_be_read_is_not_asked_again(site: Site, status: int) -> None:
    site.answers["page-1"] = (status, {}, b"")
    site.tell("Bank approves a loan for Texas")
    assert site.read().asked == 1
    assert site.read(timedelta(days=9)).asked == 0


def test_a_link_into_the_private_network_is_refused_as_any_other(site: Site) -> None:
    site.answers["one"] = rss()
    site.poll()
    site.serve(post(1, title="Bank approves a loan for Texas", link="http://10.0.0.1/admin", text=""))
    (error,) = site.read().failed.values()
    assert "10.0.0.1" in error
    assert site.app.storage.looks.sightings(1) == []


def test_a_flood_becomes_no_flood_of_fetches(tmp_path: Path) -> None:
    with Site(tmp_path, per_hour=2) as site:
        site.answers["one"] = rss()
        site.poll()
        titles = {n: f"Bank approves a loan for county {n}" for n in range(60)}
        for n, title in titles.items():
            site.put(page(title), n)
        site.serve(*(post(n, title=title, link=site.link(n), text="") for n, title in titles.items()))
        asked = [site.read(later).asked for later in (timedelta(0), HOUR / 2, HOUR / 2, HOUR)]
        assert asked == [2, 0, 2, 2]
        assert site.count("looks") == 2 * (MAX_WAIT // HOUR + 1), "what would come too late is not queued"


@pytest.mark.parametrize("table", ["sightings", "signals", "alerts", "deliveries"])
def test_a_process_that_ends_between_two_steps_has_done_all_or_none(site: Site, table: str) -> None:
    site.put(page("Bank approves a loan for Texas", SAYS))
    site.tell("Bank approves a loan for Texas")
    site.app.storage.db.execute(
        f"CREATE TEMP TRIGGER ends AFTER INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'killed'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="killed"):
        site.read()
    site.restart()
    assert [site.count(t) for t in ("sightings", "signals", "alerts", "deliveries")] == [0, 0, 0, 0]
    assert site.read().alerts == 1
    site.restart()
    assert site.read(timedelta(days=9)).alerts == 0
    assert site.count("deliveries") == 1


def test_what_a_killed_process_had_claimed_is_free_again_after_its_lease(site: Site) -> None:
    site.put(page("Bank approves a loan for Texas", SAYS))
    site.tell("Bank approves a loan for Texas")
    with site.app.storage.write():
        assert len(site.app.storage.looks.claim(site.now, timedelta(minutes=15), 10, 10)) == 1
    site.restart()
    assert site.read(timedelta(minutes=14)).asked == 0
    assert site.read(timedelta(minutes=2)).alerts == 1


def test_switched_off_nothing_is_queued(tmp_path: Path) -> None:
    with Site(tmp_path, enabled=False) as site:
        site.tell("Bank approves a loan for Texas")
        assert (site.count("looks"), site.read().asked) == (0, 0)
