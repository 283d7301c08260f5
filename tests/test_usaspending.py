"""USAspending: a search sent as a POST, awards told in words."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Unreadable
from monitor.figures import amounts
from monitor.request import Span
from monitor.sources.usaspending import MAX_PAGES, in_words
from tests.fakes import NOON
from tests.kinds import KindWorld, a_kind, ask, only, page, problem, read

CONTRACTS = "kind: usaspending\nkeywords: [rare earth, magnet]"
LOANS = f"{CONTRACTS}\nawards: loans\nagencies: [Department of War]"


def award(number: int = 1) -> dict[str, object]:
    return {
        "internal_id": number,
        "generated_internal_id": f"CONT_AWD_HQ0034{number}_9700_-NONE-_-NONE-",
        "Award ID": f"HQ0034{number}",
        "Recipient Name": f"BLUE MESA RARE EARTH {number} LLC",
        "Award Amount": 58_500_000.0,
        "Description": "LOAN OF EQUIPMENT FOR A MAGNET PLANT",
        "Awarding Agency": "Department of War",
        "Awarding Sub Agency": "Defense Logistics Agency",
        "Start Date": "2026-02-20",
        "Last Modified Date": "2026-02-27 10:15:00",
    }


def body(request: Any) -> dict[str, Any]:
    found = json.loads(request.body)
    assert isinstance(found, dict)
    return found


# ------------------------------------------------------------------ asking


def test_what_changed_in_thirty_days_is_asked_for_newest_first() -> None:
    request = ask(a_kind(CONTRACTS))
    assert request.method == "POST"
    assert ("Content-Type", "application/json") in request.headers
    sent = body(request)
    assert sent["filters"]["keywords"] == ["rare earth", "magnet"]
    assert sent["filters"]["award_type_codes"] == ["A", "B", "C", "D"]
    assert sent["filters"]["time_period"] == [
        {"start_date": "2026-01-31", "end_date": "2026-03-02", "date_type": "last_modified_date"}
    ]
    assert (sent["sort"], sent["order"], sent["limit"], sent["page"]) == (
        "Last Modified Date",
        "desc",
        100,
        1,
    )
    assert sent["sort"] in sent["fields"]


def test_loans_have_fields_of_their_own() -> None:
    sent = body(ask(a_kind(LOANS)))
    assert sent["filters"]["award_type_codes"] == ["07", "08"]
    assert {"Loan Value", "Issued Date"} <= set(sent["fields"])
    assert "Award Amount" not in sent["fields"]
    assert sent["filters"]["agencies"] == [
        {"type": "awarding", "tier": "toptier", "name": "Department of War"}
    ]


def test_the_past_is_asked_page_by_page() -> None:
    span = Span(NOON - timedelta(days=400), NOON - timedelta(days=300))
    sent = body(page(a_kind(CONTRACTS), span, 4))
    assert sent["page"] == 5
    assert sent["filters"]["time_period"][0]["start_date"] == "2025-01-26"
    assert page(a_kind(CONTRACTS), span, MAX_PAGES) is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("kind: usaspending", "keywords"),
        ("kind: usaspending\nkeywords: []", "keywords"),
        (f"{CONTRACTS}\nawards: everything", "awards"),
    ],
)
def test_a_search_that_cannot_be_made_is_told(entry: str, message: str) -> None:
    assert message in problem(entry)


# ------------------------------------------------------------------ reading


def test_an_award_is_told_in_words() -> None:
    entry = only(read(a_kind(CONTRACTS), {"results": [award()]}))
    assert entry.title == "Department of War contract to BLUE MESA RARE EARTH 1 LLC: USD 58.5 million"
    assert entry.text == (
        "BLUE MESA RARE EARTH 1 LLC was awarded a contract of USD 58.5 million by Department of War"
        " (Defense Logistics Agency) from 2026-02-20. LOAN OF EQUIPMENT FOR A MAGNET PLANT"
    )
    assert entry.link == "https://www.usaspending.gov/award/CONT_AWD_HQ00341_9700_-NONE-_-NONE-"
    assert entry.published == datetime(2026, 2, 27, 15, 15, tzinfo=UTC)


def test_a_loan_is_told_with_its_value() -> None:
    row = award() | {"Loan Value": 1_200_000_000, "Issued Date": "2026-02-01"}
    del row["Award Amount"]
    entry = only(read(a_kind(LOANS), {"results": [row]}))
    assert "loan of USD 1.2 billion" in entry.text
    assert "from 2026-02-01" in entry.text


def test_a_new_amount_is_an_edit_and_a_new_date_is_none() -> None:
    first, dated, paid = (
        only(read(a_kind(CONTRACTS), {"results": [row]}))
        for row in (award(), award() | {"Last Modified Date": "2026-03-01"}, award() | {"Award Amount": 9e9})
    )
    assert first.key == dated.key == paid.key
    assert (first.title, first.text) == (dated.title, dated.text)
    assert paid.title != first.title


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (58_500_000, "USD 58.5 million"),
        (2_900_000_000, "USD 2.9 billion"),
        (1_000_000, "USD 1 million"),
        (415_250, "USD 415,250"),
        (-2_500_000, "USD -2.5 million"),
        (None, ""),
        ("58500000", ""),
        (True, ""),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_amounts_in_words(amount: object, expected: str) -> None:
    assert in_words(amount) == expected


@given(st.integers(1000, 10**12))
def test_a_matcher_reads_the_amount_that_was_meant(amount: int) -> None:
    (found,) = amounts(in_words(amount))
    assert found.currency == "USD"
    assert abs(float(found.value) - amount) <= amount * 0.005


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"generated_internal_id": None, "Recipient Name": None, "Award Amount": "many"},
        {"generated_internal_id": "../../evil?x=<b>", "Recipient Name": ["a"], "Description": {"a": 1}},
    ],
)
def test_a_row_that_lacks_everything_stops_nothing(row: dict[str, object]) -> None:
    reading = read(a_kind(CONTRACTS), {"results": [row, award(), "text", None]})
    assert award()["generated_internal_id"] in {entry.key for entry in reading.entries}


@pytest.mark.parametrize("answer", [b"", b"busy", b'{"detail": "x"}', b'{"results": {}}', b"[" * 99_999])
def test_an_answer_without_results_is_refused(answer: bytes) -> None:
    with pytest.raises(Unreadable):
        read(a_kind(CONTRACTS), answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(list(award())), JSON, max_size=8), max_size=4))
def test_whatever_the_rows_hold_they_are_read_or_refused(rows: list[object]) -> None:
    with contextlib.suppress(Unreadable):
        assert len(read(a_kind(CONTRACTS), {"results": rows}).entries) <= len(rows)


def test_a_poll_from_end_to_end(tmp_path: Path) -> None:
    entry = f"{CONTRACTS}\nurl: '{{base}}/api/v2/search/spending_by_award/'"
    with KindWorld(tmp_path, entry) as world:
        world.answers_json({"results": [award(1)], "page_metadata": {"page": 1, "hasNext": False}})
        assert not world.poll().failed
        world.answers_json({"results": [award(2), award(1)]})
        assert world.poll().new == 1
        assert [a.title for a in world.alerts] == [
            "Department of War contract to BLUE MESA RARE EARTH 2 LLC: USD 58.5 million"
        ]
        assert json.loads(world.web.posted[0])["limit"] == 100
        world.answer = (422, {}, b'{"detail": "unknown agency"}')
        assert "an agency needs its full name" in world.poll().failed["one"]
