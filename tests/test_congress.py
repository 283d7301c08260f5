"""Congress.gov: bills with their latest action, meetings that have to be asked for one by one."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Unreadable
from monitor.request import Span
from monitor.sources.congress import MAX_MEETINGS, MAX_PAGES, ordinal
from tests.fakes import NOON, Answer
from tests.kinds import SECRETS, KindWorld, a_kind, ask, asked, only, page, problem, read

BILLS = "kind: congress"
MEETINGS = "kind: congress\nwhat: meetings\ncongress: 119"


def bill(number: int = 1, action: str = "Became Public Law.", **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "congress": 119,
        "latestAction": {"actionDate": "2026-02-27", "text": action},
        "number": str(number),
        "originChamber": "House",
        "title": f"Rare Earth Magnet Loan Act {number}",
        "type": "HR",
        "updateDate": "2026-02-28",
        "url": f"https://api.congress.gov/v3/bill/119/hr/{number}?format=json",
    }
    return made | changes


def meeting(number: int = 1, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "eventId": str(number),
        "congress": 119,
        "chamber": "House",
        "type": "Hearing",
        "title": f"Hearing {number} on a loan for rare earth magnets",
        "meetingStatus": "Scheduled",
        "date": "2026-04-01T14:00:00Z",
        "committees": [{"name": "House Natural Resources Committee", "systemCode": "hsii00"}],
        "witnesses": [{"name": "Ms. A. Example", "position": "President", "organization": "Blue Mesa"}],
        "updateDate": f"2026-03-02T11:00:{number:02}Z",
    }
    return made | changes


def listed(base: str, *numbers: int) -> dict[str, object]:
    rows = [
        {
            "eventId": str(n),
            "chamber": "House",
            "updateDate": f"2026-03-02T11:00:{n:02}Z",
            "url": f"{base}/committee-meeting/119/house/{n}?format=json",
        }
        for n in numbers
    ]
    return {"committeeMeetings": rows, "pagination": {"count": len(rows)}}


# ------------------------------------------------------------------ asking


def test_the_key_goes_in_a_header_and_nowhere_else() -> None:
    request = ask(a_kind(BILLS))
    assert request.headers == (("X-Api-Key", SECRETS["congress_gov"]),)
    assert "s3cret" not in request.url
    assert "s3cret" not in repr(request)


def test_bills_that_changed_in_the_last_day_newest_first() -> None:
    request = ask(a_kind(BILLS))
    assert request.url.startswith("https://api.congress.gov/v3/bill?")
    assert asked(request) == {
        "format": "json",
        "limit": "250",
        "sort": "updateDate desc",
        "fromDateTime": "2026-03-01T12:00:00Z",
    }


def test_one_that_is_asked_seldom_looks_further_back() -> None:
    assert asked(ask(a_kind(f"{BILLS}\nevery: 2d")))["fromDateTime"] == "2026-02-26T12:00:00Z"


def test_one_congress_may_be_named() -> None:
    assert "/v3/committee-meeting/119?" in ask(a_kind(MEETINGS)).url


def test_the_past_is_asked_by_offset() -> None:
    span = Span(NOON - timedelta(days=9), NOON - timedelta(days=2))
    found = asked(page(a_kind(BILLS), span, 3))
    assert (found["offset"], found["fromDateTime"]) == ("750", "2026-02-21T12:00:00Z")
    assert found["toDateTime"] == "2026-02-28T12:00:00Z"
    assert page(a_kind(BILLS), span, MAX_PAGES) is None


def test_a_key_in_the_address_is_refused() -> None:
    assert "under [keys]" in problem(f"{BILLS}\nurl: https://api.congress.gov/v3?api_key=x")


# ------------------------------------------------------------------ bills


def test_a_bill_is_read_with_its_latest_action() -> None:
    entry = only(read(a_kind(BILLS), {"bills": [bill()]}))
    assert entry.title == "Rare Earth Magnet Loan Act 1 (H.R. 1)"
    assert entry.text == "Latest action, 2026-02-27: Became Public Law."
    assert entry.link == "https://www.congress.gov/bill/119th-congress/house-bill/1"
    assert entry.published == datetime(2026, 2, 27, 5, tzinfo=UTC)


def test_a_new_action_is_an_edit_of_the_same_bill() -> None:
    before, after = (
        only(read(a_kind(BILLS), {"bills": [bill(action=a)]})) for a in ("Introduced.", "Passed House.")
    )
    assert before.key == after.key
    assert before.text != after.text


@pytest.mark.parametrize(
    ("kind", "place"),
    [("S", "senate-bill"), ("hjres", "house-joint-resolution"), ("SRES", "senate-resolution")],
)
def test_each_type_has_its_page(kind: str, place: str) -> None:
    entry = only(read(a_kind(BILLS), {"bills": [bill(7, type=kind)]}))
    assert entry.link == f"https://www.congress.gov/bill/119th-congress/{place}/7"


def test_a_type_not_known_has_no_link() -> None:
    entry = only(read(a_kind(BILLS), {"bills": [bill(type="XX") | {"number": "../7"}]}))
    assert entry.link == ""


@pytest.mark.parametrize(
    ("number", "expected"),
    [(101, "101st"), (111, "111th"), (112, "112th"), (119, "119th"), (122, "122nd"), (123, "123rd")],
)
def test_ordinals(number: int, expected: str) -> None:
    assert ordinal(number) == expected


# ------------------------------------------------------------------ meetings


def test_the_list_of_meetings_leads_to_the_newest_of_them() -> None:
    source = a_kind(MEETINGS)
    reading = read(source, listed(source.url, *range(1, 9)))
    assert reading.entries == ()
    assert len(reading.more) == MAX_MEETINGS
    assert [one.url.partition("?")[0][-1] for one in reading.more] == ["4", "5", "6", "7", "8"]
    assert "3 meetings" in reading.set_aside[0]


def test_a_meeting_of_another_server_is_not_asked_for() -> None:
    source = a_kind(MEETINGS)
    assert read(source, listed("https://evil.example/v3", 1)).more == ()
    assert read(source, listed("http://api.congress.gov/v3", 1)).more == ()


def test_a_meeting_is_read() -> None:
    entry = only(read(a_kind(MEETINGS), {"committeeMeeting": meeting()}))
    assert entry.title == "Hearing 1 on a loan for rare earth magnets"
    assert entry.text == (
        "Hearing of House Natural Resources Committee on 2026-04-01 (scheduled)."
        " Witnesses: Ms. A. Example, President, Blue Mesa."
    )
    assert entry.link == "https://www.congress.gov/event/119th-congress/house-event/1"
    assert entry.published == datetime(2026, 3, 2, 11, 0, 1, tzinfo=UTC)


# ------------------------------------------------------------------ hostile answers


@pytest.mark.parametrize("body", [b"", b"busy", b"{}", b'{"bills": 3}', b"[" * 90_000])
@pytest.mark.parametrize("entry", [BILLS, MEETINGS])
def test_an_answer_without_a_list_is_refused(entry: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(a_kind(entry), body)


ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.none(), max_size=2)


@given(st.dictionaries(st.sampled_from(list(bill())), ODD))
def test_whatever_a_bill_holds_it_is_read_or_refused(row: dict[str, object]) -> None:
    with contextlib.suppress(Unreadable):
        reading = read(a_kind(BILLS), {"bills": [row, bill(5)]})
        assert "119-hr-5" in {entry.key for entry in reading.entries}


@given(st.dictionaries(st.sampled_from(list(meeting())), ODD))
def test_whatever_a_meeting_holds_it_is_read_or_refused(row: dict[str, object]) -> None:
    with contextlib.suppress(Unreadable):
        assert len(read(a_kind(MEETINGS), {"committeeMeeting": row}).entries) == 1


def test_the_captured_bills_are_read(shared: Path) -> None:
    body = (shared / "real" / "us" / "gov_api_2026" / "congress_bills.json").read_bytes()
    bills = json.loads(body)["bills"]
    reading = read(a_kind(BILLS), body)
    assert len(reading.entries) == len(bills)
    assert all(
        entry.link.startswith("https://www.congress.gov/bill/119th-congress/") for entry in reading.entries
    )
    assert all(
        one["latestAction"]["text"] in entry.text for one, entry in zip(bills, reading.entries, strict=True)
    )


# ------------------------------------------------------------------ a whole poll


def test_a_poll_of_bills_from_end_to_end(tmp_path: Path) -> None:
    with KindWorld(tmp_path, f"{BILLS}\nurl: '{{base}}/v3'") as world:
        world.answers_json({"bills": [bill(1)]})
        assert not world.poll().failed
        world.answers_json({"bills": [bill(2), bill(1)]})
        assert world.poll().new == 1
        assert [a.title for a in world.alerts] == ["Rare Earth Magnet Loan Act 2 (H.R. 2)"]
        assert {headers["x-api-key"] for _, headers in world.web.asked} == {SECRETS["congress_gov"]}
        assert "s3cret" not in world.everything_stored()


def test_a_poll_of_meetings_asks_for_each_with_the_key(tmp_path: Path) -> None:
    with Meetings(tmp_path, f"{MEETINGS}\nurl: '{{base}}/v3'") as world:
        report = world.poll()
        assert not report.failed
        assert world.titles == [f"Hearing {n} on a loan for rare earth magnets" for n in (1, 2)]
        assert len(world.web.asked) == 3
        assert {headers["x-api-key"] for _, headers in world.web.asked} == {SECRETS["congress_gov"]}


def test_a_key_that_is_not_accepted_is_told(tmp_path: Path) -> None:
    with KindWorld(tmp_path, f"{BILLS}\nurl: '{{base}}/v3'") as world:
        world.answer = (403, {}, b'{"error": {"code": "API_KEY_INVALID"}}')
        assert "set keys.congress_gov" in world.poll().failed["one"]


class Meetings(KindWorld):
    """Two meetings and their list."""

    def _answer(self, path: str, headers: dict[str, str]) -> Answer:
        last = path.partition("?")[0].rpartition("/")[2]
        if last == "119":
            body = listed(f"{self.web.base}/v3", 1, 2)
        else:
            body = {"committeeMeeting": meeting(int(last))}
        return 200, {}, json.dumps(body).encode()
