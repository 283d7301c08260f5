"""The Federal Register: what is asked, what is read of documents and public inspection, and its past."""

from __future__ import annotations

import gzip
import json
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
from monitor.sources import federal_register
from tests import hostile
from tests.fakes import NOON
from tests.webs import World

URL = "https://www.federalregister.gov/api/v1/documents.json"
NOTICE = {
    "title": "Application for Final Commitment for a Long-Term Loan (AP000001XX)",
    "type": "Notice",
    "action": "Notice.",
    "abstract": "The Bank has received an application for a magnet plant.",
    "agencies": [
        {"raw_name": "EXPORT-IMPORT BANK", "name": "Export-Import Bank", "slug": "export-import-bank"},
        {"raw_name": "Office of Magnets"},
    ],
    "document_number": "2026-00123",
    "docket_ids": ["EIB-2026-0001", "EIB-2026-0002"],
    "publication_date": "2026-03-02",
    "comments_close_on": "2026-03-27",
    "effective_on": None,
    "dates": "Comments must be received on or before March 27, 2026.",
    "html_url": "https://www.federalregister.gov/documents/2026/03/02/2026-00123/a",
    "pdf_url": "https://www.govinfo.gov/content/pkg/2026-00123.pdf",
}
ON_INSPECTION = {
    "title": "Control of certain rare-earth magnets",
    "type": "Rule",
    "agencies": [{"name": "Industry and Security Bureau", "slug": "industry-and-security-bureau"}],
    "docket_numbers": ["260226-0001"],
    "document_number": "2026-00999",
    "filed_at": "2026-03-02T08:45:00.000-05:00",
    "publication_date": "2026-03-03",
    "toc_subject": "Export Administration Regulations",
    "html_url": "https://www.federalregister.gov/public-inspection/2026-00999/a",
    "pdf_url": "https://public-inspection.federalregister.gov/2026-00999.pdf",
}


def source(keys: str = "", url: str = URL) -> Source:
    text = f"sources:\n  - {{id: one, kind: federal-register, url: '{url}'{keys and ', ' + keys}}}\n"
    (found,), problems = catalogue.parse("sources.yaml", text)
    assert not problems
    return found


def read(value: object, keys: str = "") -> Reading:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return federal_register.read(Document(body, {}, URL), source(keys), NOON)


def only(value: object, keys: str = "") -> Entry:
    (entry,) = read({"count": 1, "results": [value]}, keys).entries
    return entry


def query(asked: Request | None) -> dict[str, list[str]]:
    assert asked
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(asked.url).query):
        found.setdefault(name, []).append(value)
    return found


# ------------------------------------------------------------------ what is asked


def test_conditions_are_asked_for_with_the_fields_that_are_read() -> None:
    keys = "agencies: [export-import-bank], words: [rare earth, gallium], types: [RULE, NOTICE]"
    asked = query(federal_register.ask(source(keys), Asking(NOON)))
    assert asked["conditions[agencies][]"] == ["export-import-bank"]
    assert asked["conditions[type][]"] == ["RULE", "NOTICE"]
    assert asked["conditions[term]"] == ['"rare earth" | "gallium"']
    assert asked["order"] == ["newest"]
    assert set(asked["fields[]"]) >= set(NOTICE)


def test_what_the_address_asks_already_stays() -> None:
    asked = federal_register.ask(source(url=f"{URL}?conditions[significant]=1"), Asking(NOON))
    assert query(asked)["conditions[significant]"] == ["1"]


def test_public_inspection_is_asked_without_conditions() -> None:
    url = URL.replace("documents", "public-inspection-documents/current")
    asked = federal_register.ask(source("inspection: true, words: [rare earth]", url), Asking(NOON))
    assert asked == Request(url)


def pages(keys: str, days: int) -> list[tuple[str, str]]:
    span = Span(NOON - timedelta(days=days), NOON)
    found: list[tuple[str, str]] = []
    while (asked := federal_register.page(source(keys), span, len(found), Asking(NOON))) is not None:
        parts = query(asked)
        assert parts["per_page"] == ["1000"]
        (since,), (until,) = (parts[f"conditions[publication_date][{end}]"] for end in ("gte", "lte"))
        found.append((since, until))
    return found


def test_the_past_is_asked_for_in_weeks_without_gap_or_overlap() -> None:
    assert pages("agencies: [export-import-bank]", 16) == [
        ("2026-02-24", "2026-03-02"),
        ("2026-02-17", "2026-02-23"),
        ("2026-02-14", "2026-02-16"),
    ]


def test_public_inspection_has_no_past() -> None:
    assert pages("inspection: true", 16) == []


# ------------------------------------------------------------------ what is read


def test_a_document_says_all_that_matters_in_words() -> None:
    entry = only(NOTICE)
    assert entry.key == "2026-00123"
    assert entry.title.startswith("Application for Final Commitment")
    assert entry.link == NOTICE["html_url"]
    assert entry.published == datetime(2026, 3, 2, 5, tzinfo=UTC)
    for said in (
        "The Bank has received an application",
        "Type: Notice.",
        "Agencies: Export-Import Bank; Office of Magnets.",
        "Federal Register document number 2026-00123.",
        "Docket: EIB-2026-0001, EIB-2026-0002.",
        "Comments close on 27 March 2026.",
        "PDF: https://www.govinfo.gov/content/pkg/2026-00123.pdf",
    ):
        assert said in entry.text
    assert "Effective" not in entry.text
    assert ".." not in entry.text


def test_a_document_on_inspection_has_the_same_key_and_says_when_it_will_be_published() -> None:
    entry = only(ON_INSPECTION, "inspection: true")
    assert entry.key == "2026-00999"
    assert entry.published == datetime(2026, 3, 2, 13, 45, tzinfo=UTC)
    assert "On public inspection, to be published on 3 March 2026." in entry.text
    assert "Docket: 260226-0001." in entry.text
    published = only(NOTICE | {"document_number": "2026-00999"})
    assert published.key == entry.key


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ("", True),
        ("agencies: [industry-and-security-bureau]", True),
        ("agencies: [export-import-bank]", False),
        ("words: [Rare Earth]", True),
        ("words: [gallium, export administration]", True),
        ("words: [gallium]", False),
        ("types: [RULE]", True),
        ("types: [NOTICE, PRORULE]", False),
        ("agencies: [industry-and-security-bureau], words: [gallium]", False),
    ],
)
def test_public_inspection_is_filtered_here(keys: str, kept: bool) -> None:
    found = read({"count": 1, "results": [ON_INSPECTION]}, f"inspection: true, {keys}".rstrip(", "))
    assert bool(found.entries) is kept


def test_an_answer_of_nothing_has_no_results_and_is_no_fault() -> None:
    assert read({"description": "Documents matching 'x'", "count": 0}) == Reading(())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"status": 404, "message": "Record Not Found"}, "no documents in the answer: Record Not Found"),
        ({"errors": ["no such agency"]}, "no such agency"),
        ({"count": 10_000}, "no documents in the answer"),
        ({"results": {}}, "no documents in the answer"),
        ([], "no documents in the answer"),
    ],
)
def test_an_answer_without_documents_is_unreadable(value: object, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(value)


def test_real_answers_are_read_whole(shared: Path) -> None:
    folder = shared / "real/us/federal_register_api"
    day = read(gzip.decompress((folder / "fr_api_014_HTTP200.json.gz").read_bytes()))
    assert (len(day.entries), day.set_aside) == (129, ())
    found = read((shared / "real/us/gov_api_2026/federal_register.json").read_bytes())
    assert found.entries[0].key == "2026-07755"
    assert "Agencies: Interior Department; Fish and Wildlife Service." in found.entries[0].text
    with pytest.raises(Unreadable, match="Record Not Found"):
        read(gzip.decompress((folder / "fr_api_001_HTTP404.json.gz").read_bytes()))


# ------------------------------------------------------------------ hostile, and polled


@pytest.mark.parametrize("name", hostile.BODIES)
def test_a_hostile_body_is_unreadable_and_nothing_else(name: str) -> None:
    assert hostile.survives(federal_register.read, source(), hostile.BODIES[name]) is None


@given(hostile.mangled({"count": 2, "results": [NOTICE, ON_INSPECTION]}))
@settings(max_examples=300, deadline=None)
def test_wrong_types_anywhere_raise_nothing_but_unreadable(value: Any) -> None:
    for keys in ("", "inspection: true, words: [x], agencies: [y]"):
        hostile.survives(federal_register.read, source(keys), hostile.as_body(value))


def test_documents_are_polled_and_told_once(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        written = f"{{id: one, kind: federal-register, url: '{world.web.base}/d.json', words: [rare earth]}}"
        world.write("sources", f"sources:\n  - {written}\n")
        world.restart()
        path = federal_register.ask(world.source(), Asking(NOON)).url.removeprefix(f"{world.web.base}/")
        world.answers[path] = json.dumps({"count": 1, "results": [NOTICE]}).encode()
        world.poll()
        told = NOTICE | {"document_number": "2026-00124", "title": "A loan for a rare earth plant"}
        world.answers[path] = json.dumps({"count": 2, "results": [told, NOTICE]}).encode()
        world.poll()
        world.poll()
        assert [alert.title for alert in world.alerts] == ["A loan for a rare earth plant"]
