"""EDGAR: the list of current filings, a company's filings, the search in texts, and the SEC's own pages."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings

from monitor import catalogue
from monitor.errors import Unreadable
from monitor.model import Entry, Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.sources import edgar
from tests import hostile
from tests.fakes import NOON
from tests.webs import World

CURRENT = "https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent&type=8-K&count=40&output=atom"
COMPANY = "https://data.sec.gov/submissions/CIK0000000012.json"
SEARCH = "https://efts.sec.gov/LATEST/search-index"
ACCESSION = "0000000012-26-000007"
NOW = datetime(2026, 3, 31, tzinfo=UTC)


def source(keys: str, url: str = COMPANY) -> Source:
    text = f"sources:\n  - {{id: one, kind: edgar, url: '{url}', {keys}}}\n"
    (found,), problems = catalogue.parse("sources.yaml", text)
    assert not problems
    return found


def read(body: bytes | object, keys: str, now: datetime = NOW) -> Reading:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return edgar.read(Document(data, {}, COMPANY), source(keys), now)


def query(asked: Request | None) -> dict[str, str]:
    assert asked
    return dict(parse_qsl(urlsplit(asked.url).query))


# ------------------------------------------------------------------ the list of current filings


def entry(name: str, role: str, form: str = "8-K", accession: str = ACCESSION, items: str = "") -> str:
    place = f"https://www.sec.gov/Archives/edgar/data/12/{accession.replace('-', '')}/{accession}-index.htm"
    return (
        f"<entry><title>{form} - {name} (0000000012) ({role})</title>"
        f'<link rel="alternate" type="text/html" href="{place}"/>'
        f"<summary type='html'>\n &lt;b&gt;Filed:&lt;/b&gt; 2026-03-02 &lt;b&gt;AccNo:&lt;/b&gt; {accession}"
        f" &lt;b&gt;Size:&lt;/b&gt; 9 KB{items}\n</summary><updated>2026-03-02T16:31:00-05:00</updated>"
        f'<category scheme="https://www.sec.gov/" label="form type" term="{form}"/>'
        f"<id>urn:tag:sec.gov,2008:accession-number={accession}</id></entry>"
    )


def atom(*entries: str) -> bytes:
    head = '<?xml version="1.0" encoding="ISO-8859-1" ?><feed xmlns="http://www.w3.org/2005/Atom"><title>L</title>'
    return f"{head}{''.join(entries)}</feed>".encode("latin-1")


ITEMS = (
    "&lt;br&gt;Item 1.01: Entry into a Material Definitive Agreement"
    "\n&lt;br&gt;Item 9.01: Financial Statements and Exhibits\n"
)


def test_a_filing_of_several_filers_is_one_with_all_their_names() -> None:
    body = atom(entry("BLUE MESA MAGNETS INC", "Subject"), entry("Société Générale", "Filed by"))
    (found,) = read(body, "feed: current").entries
    assert found.key == ACCESSION
    assert found.title == "8-K, BLUE MESA MAGNETS INC (Subject); Société Générale (Filed by)"
    assert found.published == datetime(2026, 3, 2, 21, 31, tzinfo=UTC)


def test_the_items_of_a_form_are_in_title_and_text_but_exhibits_are_not_news() -> None:
    (found,) = read(atom(entry("BLUE MESA", "Filer", items=ITEMS)), "feed: current").entries
    assert found.title == "8-K, BLUE MESA: Entry into a Material Definitive Agreement"
    assert "Item 1.01 Entry into a Material Definitive Agreement." in found.text
    assert "Item 9.01 Financial Statements and Exhibits." in found.text
    assert f"Accession number {ACCESSION}." in found.text


def test_only_the_forms_that_are_named_are_read() -> None:
    body = atom(entry("A", "Filer"), entry("B", "Filer", "SC 13D/A", "0000000012-26-000008"))
    assert len(read(body, "feed: current").entries) == 2
    (found,) = read(body, "feed: current, forms: [SC 13D/A]").entries
    assert found.title == "SC 13D/A, B"


def test_all_captured_pages_are_read_with_one_entry_for_each_filing(shared: Path) -> None:
    folder = shared / "real/us/edgar_getcurrent"
    read_whole = joined = 0
    for file in sorted(folder.glob("*count100_start[12]00.atom.gz")):
        body = gzip.decompress(file.read_bytes())
        found = read(body, "feed: current")
        assert found.set_aside == ()
        assert len(found.entries) == len({e.key for e in found.entries})
        read_whole += 1
        joined += body.count(b"<entry>") - len(found.entries)
    assert read_whole >= 4
    assert joined > 100


def test_the_page_past_the_end_is_told_for_what_it_is(shared: Path) -> None:
    (file, *_) = sorted((shared / "real/us/edgar_getcurrent").glob("*HTTP503.html.gz"))
    with pytest.raises(Unreadable, match="not available for now"):
        read(gzip.decompress(file.read_bytes()), "feed: current")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("Your Request Originates from an Undeclared Automated Tool", "set http.contact"),
        ("SEC.gov | Request Rate Threshold Exceeded", "about ten minutes"),
        ("SEC.gov | File Unavailable", "not available for now"),
    ],
)
@pytest.mark.parametrize("keys", ["feed: current", "feed: submissions", "feed: search, q: x"])
def test_the_secs_own_pages_are_told_with_the_remedy(page: str, message: str, keys: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(f"<!DOCTYPE html><html><title>{page}</title></html>".encode(), keys)


# ------------------------------------------------------------------ a company's filings


def company(*rows: dict[str, Any], **changes: object) -> dict[str, Any]:
    names = (
        *("accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "form", "items"),
        *("primaryDocument", "primaryDocDescription"),
    )
    recent = {name: [row.get(name, "") for row in rows] for name in names}
    values = {
        "cik": "0000000012",
        "name": "Blue Mesa Corp.",
        "tickers": ["BMM"],
        "filings": {"recent": recent},
    }
    return values | changes


FILED = {
    "accessionNumber": ACCESSION,
    "form": "8-K",
    "items": "1.01,9.01",
    "filingDate": "2026-03-02",
    "reportDate": "2026-02-27",
    "acceptanceDateTime": "2026-03-02T16:31:00.000Z",
    "primaryDocument": "d1d8k.htm",
    "primaryDocDescription": "FORM 8-K",
}


def one(**changes: object) -> Entry:
    (found,) = read(company(FILED | changes), "feed: submissions").entries
    return found


def test_columns_become_filings_with_words_for_numbers() -> None:
    found = one()
    assert found.key == ACCESSION
    assert found.title == "8-K, Blue Mesa Corp. (BMM): Entry into a Material Definitive Agreement"
    assert found.link == "https://www.sec.gov/Archives/edgar/data/12/000000001226000007/d1d8k.htm"
    assert found.text == (
        "Form 8-K filed by Blue Mesa Corp. (BMM). Item 1.01 Entry into a Material Definitive Agreement."
        " Item 9.01 Financial Statements and Exhibits. Reports on 27 February 2026. Document: FORM 8-K."
        f" Accession number {ACCESSION}."
    )


@pytest.mark.parametrize("file", ["", "../../../evil.htm", "//evil.test/x", "a b.htm", "x?y", ".htaccess"])
def test_a_filing_without_a_proper_document_links_to_the_list_of_its_documents(file: str) -> None:
    assert one(primaryDocument=file).link.endswith(f"/000000001226000007/{ACCESSION}-index.htm")


def test_a_filing_without_a_time_has_its_day() -> None:
    assert one(acceptanceDateTime="").published == datetime(2026, 3, 2, 5, tzinfo=UTC)


def accepted(*moments: tuple[str, str]) -> list[str]:
    rows = [
        FILED | {"accessionNumber": f"0000000012-26-{n:06}", "acceptanceDateTime": moment, "filingDate": day}
        for n, (moment, day) in enumerate(moments)
    ]
    found = read(company(*rows), "feed: submissions").entries
    return [f"{e.published:%d %H:%M}" for e in found if e.published]


def test_times_at_which_edgar_is_closed_in_utc_are_eastern() -> None:
    """Six in the morning is one o'clock in New York, taken as UTC."""
    times = ("2026-03-02T16:31:00.000Z", "2026-03-02"), ("2026-02-27T06:10:00.000Z", "2026-02-27")
    assert accepted(*times) == ["02 21:31", "27 11:10"]


def test_times_at_which_edgar_is_closed_in_new_york_are_utc() -> None:
    times = ("2026-03-02T16:31:00.000Z", "2026-03-02"), ("2026-02-27T01:10:00.000Z", "2026-02-26")
    assert accepted(*times) == ["02 16:31", "27 01:10"]


def test_an_evening_that_gives_the_next_day_is_one_in_new_york() -> None:
    assert accepted(("2026-03-02T18:35:00.000Z", "2026-03-03")) == ["02 23:35"]


def test_a_time_that_would_be_in_the_future_is_utc() -> None:
    moment = "2026-03-30T21:00:00.000Z"
    found = read(
        company(FILED | {"acceptanceDateTime": moment}),
        "feed: submissions",
        datetime(2026, 3, 30, 21, 5, tzinfo=UTC),
    )
    assert found.entries[0].published == datetime(2026, 3, 30, 21, tzinfo=UTC)


def test_the_captured_files_are_read_in_the_zone_that_each_is_in(shared: Path) -> None:
    folder = shared / "real/us/edgar_submissions"

    def captured(cik: str) -> dict[str, Entry]:
        body = gzip.decompress((folder / f"CIK{cik}.json.gz").read_bytes())
        return {e.key: e for e in read(body, "feed: submissions", datetime(2026, 11, 1, tzinfo=UTC)).entries}

    marvell = captured("0001835632")["0001628280-25-056774"]
    (page,) = [
        e
        for file in sorted((shared / "real/us/edgar_getcurrent").glob("*.atom.gz"))
        if b"0001628280-25-056774" in (body := gzip.decompress(file.read_bytes()))
        for e in read(body, "feed: current").entries
        if e.key == "0001628280-25-056774"
    ][:1]
    assert marvell.published == page.published
    assert marvell.key == page.key
    alzamend = captured("0001677077")["0001214659-26-002932"]
    assert alzamend.published == datetime(2026, 3, 6, 21, 30, 37, tzinfo=UTC)
    assert "Entry into a Material Definitive Agreement" in alzamend.title


@pytest.mark.parametrize(
    "value", [{}, [], {"filings": {"recent": []}}, {"filings": {"recent": {"form": []}}}]
)
def test_an_answer_without_filings_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match="no filings in the answer"):
        read(value, "feed: submissions")


# ------------------------------------------------------------------ the search in texts


def hit(file: str = "ex991.htm", **changes: object) -> dict[str, Any]:
    about: dict[str, Any] = {
        "adsh": ACCESSION,
        "ciks": ["0000000012"],
        "display_names": ["Blue Mesa Corp.  (BMM)  (CIK 0000000012)"],
        "root_forms": ["8-K"],
        "form": "8-K",
        "file_type": "EX-99.1",
        "file_description": "PRESS RELEASE",
        "file_date": "2026-03-02",
        "period_ending": "2026-02-27",
        "items": ["1.01", "9.01"],
    }
    return {"_id": f"{ACCESSION}:{file}", "_source": about | changes}


WORDS = """feed: search, q: '"rare earth" "Export-Import Bank"'"""


def test_documents_of_one_filing_are_one_with_the_words_it_was_found_by() -> None:
    found = read({"hits": {"total": {"value": 2}, "hits": [hit(), hit("d8k.htm", file_type="8-K")]}}, WORDS)
    (only,) = found.entries
    assert only.key == ACCESSION
    assert only.title == "8-K, Blue Mesa Corp. (BMM): Entry into a Material Definitive Agreement"
    assert only.link.endswith("/data/12/000000001226000007/ex991.htm")
    assert 'Its text has: "rare earth" "Export-Import Bank"' in only.text
    assert only.published == datetime(2026, 3, 2, 5, tzinfo=UTC)


def test_no_hits_are_a_reading_of_nothing() -> None:
    assert read({"hits": {"hits": []}}, WORDS) == Reading(())


def test_an_error_of_the_search_is_told() -> None:
    with pytest.raises(Unreadable, match="no hits in the answer: Internal server error"):
        read({"errorMessage": "Internal server error"}, WORDS)


# ------------------------------------------------------------------ what is asked


def test_a_search_asks_for_the_last_month_and_the_forms() -> None:
    asked = query(edgar.ask(source(f"{WORDS}, forms: [8-K, 6-K]", SEARCH), Asking(NOON)))
    assert asked == {
        "q": '"rare earth" "Export-Import Bank"',
        "forms": "8-K,6-K",
        "dateRange": "custom",
        "startdt": "2026-01-31",
        "enddt": "2026-03-02",
    }


def pages(keys: str, url: str) -> list[Request]:
    found: list[Request] = []
    span = Span(NOON - timedelta(days=90), NOON)
    while (asked := edgar.page(source(keys, url), span, len(found), Asking(NOON))) is not None:
        found.append(asked)
    return found


def test_the_past_of_the_current_list_stops_before_the_page_of_error() -> None:
    found = pages("feed: current", CURRENT)
    assert query(found[0]) == query(Request(CURRENT)) | {"start": "0", "count": "100"}
    assert query(found[-1])["start"] == "5000"


def test_the_past_of_a_company_is_its_file() -> None:
    assert pages("feed: submissions", COMPANY) == [Request(COMPANY)]


def test_the_past_of_a_search_is_asked_for_a_hundred_at_a_time() -> None:
    found = pages(WORDS, SEARCH)
    assert "from" not in query(found[0])
    assert query(found[1]) == query(found[0]) | {"from": "100"}
    assert query(found[0])["startdt"] == "2025-12-02"
    assert len(found) == 100


def test_a_search_for_nothing_is_told() -> None:
    text = f"sources:\n  - {{id: one, kind: edgar, url: '{SEARCH}', feed: search}}\n"
    assert "a search needs words: write q" in str(catalogue.parse("sources.yaml", text)[1][0])


# ------------------------------------------------------------------ hostile, and polled


@pytest.mark.parametrize("name", hostile.BODIES)
def test_a_hostile_body_is_unreadable_and_nothing_else(name: str) -> None:
    for keys in ("feed: current", "feed: submissions", WORDS):
        assert hostile.survives(edgar.read, source(keys), hostile.BODIES[name]) is None


def test_a_title_made_to_be_slow_is_not() -> None:
    titles = (" - " * 300_000, "8-K - " + " (" * 400_000, "8-K - " + "(a " * 300_000)
    entries = [entry("A", "Filer").replace("8-K - A", title, 1) for title in titles]
    started = time.perf_counter()
    read(atom(*entries), "feed: current")
    read({"hits": {"hits": [hit(display_names=[" " * 3_000_000, " (CIK" * 400_000])]}}, WORDS)
    assert time.perf_counter() - started < 5


@given(hostile.mangled(company(FILED, FILED | {"accessionNumber": "0000000012-26-000008"})))
@settings(max_examples=300, deadline=None)
def test_wrong_types_in_a_company_raise_nothing_but_unreadable(value: Any) -> None:
    hostile.survives(edgar.read, source("feed: submissions"), hostile.as_body(value))


@given(hostile.mangled({"hits": {"hits": [hit(), hit("a")]}}))
@settings(max_examples=300, deadline=None)
def test_wrong_types_in_a_search_raise_nothing_but_unreadable(value: Any) -> None:
    hostile.survives(edgar.read, source(WORDS), hostile.as_body(value))


def test_filings_are_polled_and_told_once(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        url = f"{world.web.base}/cik.json"
        world.write("sources", f"sources:\n  - {{id: one, kind: edgar, url: '{url}', feed: submissions}}\n")
        world.restart()
        name = "Rare Earth Loan Corp."
        world.answers["cik.json"] = json.dumps(company(FILED, name=name)).encode()
        assert world.poll().first_looks == 1
        new = FILED | {"accessionNumber": "0000000012-26-000008"}
        world.answers["cik.json"] = json.dumps(company(new, FILED, name=name)).encode()
        assert world.poll().new == 1
        assert world.poll().unchanged == 1
        assert [alert.link.split("/")[-2] for alert in world.alerts] == ["000000001226000008"]


def test_a_refusal_says_that_a_contact_may_be_wanting(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        url = f"{world.web.base}/cik.json"
        world.write("sources", f"sources:\n  - {{id: one, kind: edgar, url: '{url}'}}\n")
        world.restart()
        world.answers["cik.json"] = (403, {}, b"<html>Undeclared Automated Tool</html>")
        assert "http.contact" in world.refusal()
        http = world.settings.http.model_copy(update={"contact": "desk@example.com"})
        world.settings = world.settings.model_copy(update={"http": http})
        world.restart()
        assert "http.contact" not in world.refusal()
