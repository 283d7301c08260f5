"""Regulations.gov: asked with a key in a header, its limits and refusals told with the remedy."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalogue import parse
from monitor.errors import Unreadable
from monitor.request import Span
from monitor.sources.regulations import MAX_PAGES
from tests.fakes import NOON
from tests.kinds import SECRETS, KindWorld, a_kind, ask, asked, only, page, problem, read

SEARCH = "kind: regulations\nsearch: '\"rare earth\"'"
NARROW = f"{SEARCH}\nagencies: [BIS, DOD]\ndockets: [BIS-2025-0023]\ntypes: [Notice, Proposed Rule]"


def document(number: int = 1, **changes: object) -> dict[str, object]:
    about: dict[str, object] = {
        "agencyId": "BIS",
        "objectId": f"09000064{number}",
        "frDocNum": "2026-04001",
        "documentType": "Notice",
        "withdrawn": False,
        "highlightedContent": "on <em>rare earth</em> magnets",
        "commentEndDate": "2026-04-17T03:59:59Z",
        "postedDate": "2026-03-02T05:00:00Z",
        "title": f"Loan for a rare earth magnet plant, notice {number}",
        "docketId": "BIS-2026-0007",
        "subtype": None,
    }
    return {"type": "documents", "id": f"BIS-2026-0007-{number:04}", "attributes": about | changes}


# ------------------------------------------------------------------ asking


def test_the_key_goes_in_a_header_and_nowhere_else() -> None:
    request = ask(a_kind(SEARCH))
    assert ("X-Api-Key", SECRETS["regulations_gov"]) in request.headers
    assert "s3cret" not in request.url
    assert "s3cret" not in repr(request)


def test_the_filters_are_asked_by_their_names() -> None:
    found = asked(ask(a_kind(NARROW)))
    assert found == {
        "filter[searchTerm]": '"rare earth"',
        "filter[agencyId]": "BIS,DOD",
        "filter[docketId]": "BIS-2025-0023",
        "filter[documentType]": "Notice,Proposed Rule",
        "sort": "-postedDate",
        "page[size]": "250",
    }


def test_what_is_left_out_is_not_asked() -> None:
    assert set(asked(ask(a_kind(SEARCH)))) == {"filter[searchTerm]", "sort", "page[size]"}


def test_the_past_is_asked_by_the_date_of_posting() -> None:
    span = Span(NOON - timedelta(days=30), NOON)
    found = asked(page(a_kind(SEARCH), span, 2))
    assert found["filter[postedDate][ge]"] == "2026-01-31"
    assert found["filter[postedDate][le]"] == "2026-03-02"
    assert found["page[number]"] == "3"
    assert page(a_kind(SEARCH), span, MAX_PAGES) is None


def test_or_by_the_moment_of_change_in_the_capitals_time() -> None:
    source = a_kind(f"{SEARCH}\nby: modified")
    found = asked(page(source, Span(NOON - timedelta(hours=1), NOON), 0))
    assert found["filter[lastModifiedDate][ge]"] == "2026-03-02 06:00:00"
    assert found["sort"] == "-lastModifiedDate"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("kind: regulations", "at least one of search, agencies, dockets, types"),
        (f"{SEARCH}\nagencies: [bis]", "agencies"),
        (f"{SEARCH}\nurl: https://api.regulations.gov/v4/documents?api_key=abc", "under [keys]"),
    ],
)
def test_an_entry_that_cannot_be_asked_is_told(entry: str, message: str) -> None:
    assert message in problem(entry)


def test_without_its_key_the_source_is_off_and_says_so() -> None:
    lines = SEARCH.replace("\n", "\n    ")
    (source,), problems = parse("sources.yaml", f"sources:\n  - id: one\n    {lines}\n")
    assert problems == ()
    assert source.disabled == "needs a key: set keys.regulations_gov in the settings"


# ------------------------------------------------------------------ reading


def test_a_document_is_read() -> None:
    entry = only(read(a_kind(SEARCH), {"data": [document()]}))
    assert entry.key == "BIS-2026-0007-0001"
    assert entry.link == "https://www.regulations.gov/document/BIS-2026-0007-0001"
    assert entry.title == "Loan for a rare earth magnet plant, notice 1"
    assert entry.text == (
        "Notice of BIS, in docket BIS-2026-0007, Federal Register 2026-04001."
        " Comments until 2026-04-17. on rare earth magnets"
    )
    assert entry.published == datetime(2026, 3, 2, 5, tzinfo=UTC)


def test_a_withdrawal_is_an_edit_of_the_same_document() -> None:
    before, after = (
        only(read(a_kind(SEARCH), {"data": [document(withdrawn=gone)]})) for gone in (False, True)
    )
    assert before.key == after.key
    assert after.text.startswith("Withdrawn. ")


@pytest.mark.parametrize(
    ("limit", "left", "told"),
    [("1000", "51", False), ("1000", "50", True), ("40", "0", True), ("", "0", False), ("x", "y", False)],
)
def test_it_is_told_when_hardly_any_calls_are_left(limit: str, left: str, told: bool) -> None:
    headers = {"x-ratelimit-limit": limit, "x-ratelimit-remaining": left}
    reading = read(a_kind(SEARCH), {"data": [document()]}, headers)
    assert any("calls are left" in said for said in reading.set_aside) == told


@pytest.mark.parametrize("body", [b"", b"{}", b'{"errors": []}', b'{"data": {}}', b"<html>", b"[[" * 50_000])
def test_an_answer_without_documents_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(a_kind(SEARCH), body)


ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from(list(document()["attributes"])), ODD, max_size=9), ODD)  # type: ignore[call-overload]
def test_whatever_a_document_holds_it_is_read_or_refused(about: dict[str, object], number: object) -> None:
    with contextlib.suppress(Unreadable):
        reading = read(a_kind(SEARCH), {"data": [{"id": number, "attributes": about}, document()]})
        assert reading.entries[-1].key == "BIS-2026-0007-0001"


def test_the_captured_answers_are_read(shared: Path) -> None:
    folder = shared / "real" / "us" / "regulations_gov_v4"
    index = json.loads((folder / "_index.json").read_text("utf-8"))
    lists = [one for one in index if one["status"] == 200 and "/documents?" in one["url"]]
    assert lists
    for one in lists:
        body = (folder / one["file"]).read_bytes()
        reading = read(a_kind(SEARCH), body, {k.lower(): v for k, v in one["headers"].items()})
        posted = {row["id"]: row["attributes"]["postedDate"] for row in json.loads(body)["data"]}
        assert {entry.key for entry in reading.entries} == set(posted)
        assert all(entry.link.endswith(f"/{entry.key}") for entry in reading.entries)
        assert all(bool(e.published) == ((posted[e.key] or "") >= "1995") for e in reading.entries)


def test_the_captured_answer_of_2026_is_read(shared: Path) -> None:
    body = (shared / "real" / "us" / "gov_api_2026" / "regulations_docs.json").read_bytes()
    reading = read(a_kind(SEARCH), body)
    assert len(reading.entries) == len(json.loads(body)["data"])
    assert not reading.set_aside


# ------------------------------------------------------------------ a whole poll

ENTRY = f"{SEARCH}\nurl: '{{base}}/v4/documents'"


def test_a_poll_from_end_to_end(tmp_path: Path) -> None:
    with KindWorld(tmp_path, ENTRY) as world:
        world.answers_json({"data": [document(1)]})
        assert not world.poll().failed
        world.answers_json({"data": [document(2), document(1)]})
        assert world.poll().new == 1
        assert len(world.alerts) == 1
        assert all(headers["x-api-key"] == SECRETS["regulations_gov"] for _, headers in world.web.asked)
        assert not [path for path, _ in world.web.asked if "s3cret" in path]
        assert "s3cret" not in world.everything_stored()


@pytest.mark.parametrize(
    ("status", "body", "remedy"),
    [
        (400, b'{"errors":[{"status":"400","title":"Invalid ID"}]}', "look at agencies, dockets and types"),
        (403, b'{"error":{"code":"API_KEY_INVALID"}}', "set keys.regulations_gov"),
        (429, b'{"error":{"code":"OVER_RATE_LIMIT"}}', "calls of this hour are used up"),
        (500, b'{"errors":[{"status":"500"}]}', "answered 500"),
    ],
)
def test_a_refusal_is_told_with_its_remedy(tmp_path: Path, status: int, body: bytes, remedy: str) -> None:
    with KindWorld(tmp_path, ENTRY) as world:
        world.answer = (status, {}, body)
        said = world.refusal()
        assert remedy in said
        state = world.app.storage.sources.state("one")
        assert state.next_poll is not None
        waits = {403: timedelta(hours=2), 429: timedelta(hours=1)}
        assert state.next_poll - world.now == waits.get(status, timedelta(minutes=30))
        assert "s3cret" not in world.everything_stored()
