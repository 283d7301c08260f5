"""JSON lists: the shapes that real services answer in, what they are asked, and what must not come of it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import SecretStr

from monitor import catalogue
from monitor.config import KeySettings
from monitor.entries import MAX_ENTRIES
from monitor.errors import Unreadable
from monitor.model import Entry, Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.sources import json_list
from tests import hostile
from tests.fakes import NOON, Answer
from tests.webs import World

URL = "https://lists.example.com/api/list"
SECRET = "k3y-Zq9-s3cret"


def source(written: str, **secrets: str) -> Source:
    """A source by the YAML of its own keys."""
    lines = "\n".join(f"    {line}" for line in written.strip().splitlines())
    head = f"sources:\n  - id: one\n    kind: json\n    url: {URL}\n"
    (found,), problems = catalogue.parse("sources.yaml", f"{head}{lines}\n", ("sam_gov",))
    assert not problems
    return found


def problems(written: str) -> str:
    lines = "\n".join(f"    {line}" for line in written.strip().splitlines())
    head = f"sources:\n  - id: one\n    kind: json\n    url: {URL}\n"
    return " | ".join(map(str, catalogue.parse("sources.yaml", f"{head}{lines}\n")[1]))


def read(written: str, value: object, url: str = URL) -> Reading:
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return json_list.read(Document(body, {}, url), source(written), NOON)


def ask(written: str, secret: str = "") -> Request:
    return json_list.ask(source(written), Asking(NOON, secret=secret))


def only(reading: Reading) -> Entry:
    (entry,) = reading.entries
    return entry


# ------------------------------------------------------------------ the shapes of real services

MOFCOM = """
zone: Asia/Shanghai
headers: {Accept: "application/json;charset=utf-8"}
form: {pageNumber: "{n}", columnID: 1}
items: pageInfo.rows[]
entry: {id: id, title: title, link: url, text: [content], date: publishTimeStr}
"""


def test_rows_below_a_page_with_links_from_the_root() -> None:
    row = {
        "id": 77,
        "title": "关于钆铽的公告",
        "url": "/article/a.html",
        "content": "<p>出口<b>管制</b></p>",
        "publishTimeStr": "2026-02-27 09:30:00",
    }
    entry = only(read(MOFCOM, {"pageInfo": {"rows": [row]}}))
    assert entry.key == "77"
    assert (entry.title, entry.text) == ("关于钆铽的公告", "出口管制")
    assert entry.link == "https://lists.example.com/article/a.html"
    assert entry.published == datetime(2026, 2, 27, 1, 30, tzinfo=UTC)


def test_lists_in_lists_are_one_list() -> None:
    written = """
items: data.searchResult.dataResults[].groupData[].data
entry: {title: title, link: url, date: jsearch_date, text: [filenumbername]}
"""
    groups = [{"groupData": [{"data": {"title": f"T{n}", "url": f"/art/{n}"}}]} for n in (1, 2)]
    found = read(written, {"data": {"searchResult": {"dataResults": groups}}})
    assert [entry.title for entry in found.entries] == ["T1", "T2"]


def test_a_template_makes_a_title_and_a_link_of_several_parts() -> None:
    written = """
items: newsInfoLst
zone: Asia/Hong_Kong
entry:
  id: newsId
  title: "{stock[0].sn}: {title}"
  link: "https://files.example.com/{webPath}"
  date: relTime
  date_order: dmy
"""
    news = {
        "newsId": 12,
        "title": "INSIDE INFORMATION",
        "webPath": "2026/a.pdf",
        "stock": [{"sc": "06680", "sn": "JL MAG"}],
        "relTime": "02/03/2026 08:10",
    }
    entry = only(read(written, {"newsInfoLst": [news]}))
    assert entry.title == "JL MAG: INSIDE INFORMATION"
    assert entry.link == "https://files.example.com/2026/a.pdf"
    assert entry.published == datetime(2026, 3, 2, 0, 10, tzinfo=UTC)


def test_a_template_of_which_nothing_is_there_is_empty() -> None:
    written = 'entry: {title: title, link: "https://x.example.com/{alias}"}'
    assert only(read(written, [{"title": "Kept"}])).link == ""


def test_only_entries_with_a_wanted_value_are_kept() -> None:
    written = 'entry: {title: t}\nonly: {"stock[].sc": ["06680", 600111]}'
    rows = [
        {"t": "theirs", "stock": [{"sc": "00005"}]},
        {"t": "ours", "stock": [{"sc": "00005"}, {"sc": "06680"}]},
        {"t": "a number", "stock": [{"sc": 600111}]},
        {"t": "nobody's"},
    ]
    assert [entry.title for entry in read(written, rows).entries] == ["ours", "a number"]


def test_milliseconds_are_a_date_and_markup_in_a_title_is_not_shown() -> None:
    written = "items: announcements\nentry: {title: announcementTitle, date: announcementTime}"
    found = read(
        written,
        {"announcements": [{"announcementTitle": "<em>稀土</em>公告", "announcementTime": 1772438400000}]},
    )
    assert only(found).title == "稀土公告"
    assert only(found).published == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_one_object_is_a_list_of_one() -> None:
    written = (
        'items: "[@]"\nentry: {title: docuLanguageResource.title, text: [docuLanguageResource.htmlContent]}'
    )
    entry = only(read(written, {"docuLanguageResource": {"title": "A plan", "htmlContent": "<p>Text</p>"}}))
    assert (entry.title, entry.text) == ("A plan", "Text")


def test_another_encoding_is_read_where_it_is_named() -> None:
    body = json.dumps([{"title": "稀土出口许可"}], ensure_ascii=False).encode("gb18030")
    assert only(read("encoding: gb18030\nentry: {title: title}", body)).title == "稀土出口许可"


def test_of_more_than_can_be_read_the_newest_are() -> None:
    days = [NOON - timedelta(days=n) for n in range(MAX_ENTRIES + 200, 0, -1)]
    rows = [{"id": n, "title": f"Row {n}", "day": day.isoformat()} for n, day in enumerate(days)]
    found = read("entry: {id: id, title: title, date: day}", rows)
    assert len(found.entries) == MAX_ENTRIES
    assert found.entries[0].key == str(MAX_ENTRIES + 199)


# ------------------------------------------------------------------ the shipped catalogue

SHIPPED = Path(__file__).parent.parent / "watchlists" / "sources.yaml"
# An answer of each service, as its structure is on record, and what is to be read of it.
ANSWERS = json.loads((Path(__file__).parent / "data" / "lists.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ANSWERS)
def test_a_shipped_source_reads_the_answer_of_its_service(name: str) -> None:
    expected = ANSWERS[name]
    sources, _ = catalogue.parse("sources.yaml", SHIPPED.read_text("utf-8"), ("sam_gov",))
    (shipped,) = [found for found in sources if found.id == name]
    assert not shipped.disabled
    body = json.dumps(expected["answer"]).encode()
    entry = only(json_list.read(Document(body, {}, shipped.url), shipped, NOON))
    assert (entry.title, entry.link) == (expected["title"], expected["link"])
    assert f"{entry.published:%Y-%m-%d %H:%M}" == expected["published"]
    assert entry.text == expected.get("text", entry.text)


def test_the_shipped_index_of_exim_leads_to_its_table_and_not_to_the_table_of_words() -> None:
    sources, _ = catalogue.parse("sources.yaml", SHIPPED.read_text("utf-8"))
    (shipped,) = [found for found in sources if found.id == "exim-authorizations"]
    files = ["https://img.exim.gov/a/words.pdf", "https://img.exim.gov/a/fy26-q2.csv"]
    value = {"dataset": [{"distribution": [{"downloadURL": file} for file in files] + [{}]}]}
    found = json_list.read(Document(json.dumps(value).encode(), {}, shipped.url), shipped, NOON)
    assert [asked.url for asked in found.more] == files[1:]


# ------------------------------------------------------------------ what is told


def test_question_marks_for_chinese_are_told_with_the_remedy() -> None:
    rows = [{"title": "???????????????2025??61?"}, {"title": "??????"}]
    with pytest.raises(
        Unreadable, match=r"question marks: write headers: \{Accept: application/json;charset"
    ):
        read("entry: {title: title}", rows)


def test_a_list_of_as_many_entries_as_a_body_may_hold_is_read_in_time() -> None:
    rows = [{"id": n, "title": f"Row {n}", "url": f"/{n}", "day": "2026-03-01"} for n in range(99_000)]
    started = time.perf_counter()
    found = read("entry: {id: id, title: '{title}', link: url, text: [title, day], date: day}", rows)
    assert len(found.entries) == MAX_ENTRIES
    assert time.perf_counter() - started < 15


def test_a_question_is_not_taken_for_lost_chinese() -> None:
    assert read("entry: {title: title}", [{"title": "Who pays for magnets??"}]).entries


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"pageInfo": {}}, "there is nothing at 'pageInfo.rows': has its layout changed"),
        ({"pageInfo": {"rows": 3}}, "there is no list at 'pageInfo.rows'"),
        (b"<!doctype html><title>Security check</title>", "an HTML page came where JSON"),
        (b"[1", "JSON that cannot be read"),
    ],
)
def test_an_answer_without_the_list_is_unreadable(value: object, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read("items: pageInfo.rows\nentry: {title: title}", value)


def test_an_empty_list_is_a_reading_of_nothing() -> None:
    assert read("items: rows\nentry: {title: title}", {"rows": []}) == Reading(())


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("items: rows", "nothing says what an entry is"),
        ("items: 'rows['\nentry: {title: title}", "'rows[' is not a path"),
        ("entry: {title: '{a[}'}", "'a[' is not a path"),
        ("entry: {title: t}\nform: {a: b}\njson: {a: b}", "keep one of the two"),
        ("entry: {title: t}\nheaders: {Host: evil.test}", "'Host' cannot be set"),
        ('entry: {title: t}\nheaders: {X: "a\\nb"}', "headers|X"),
        ("entry: {title: t}\nencoding: klingon", "'klingon' is not an encoding"),
        ("entry: {title: t}\nkey: sam_gov", "the key is used nowhere"),
        ("entry: {titel: t}", "unknown key 'titel'"),
    ],
)
def test_what_cannot_be_meant_is_told(written: str, message: str) -> None:
    assert any(part in problems(written) for part in message.split("|"))


def test_one_that_is_disabled_need_not_say_how_it_is_read_until_it_is_tried() -> None:
    assert problems("disabled: The host name has gone.") == ""
    with pytest.raises(Unreadable, match="write entry"):
        read("disabled: The host name has gone.", [])


# ------------------------------------------------------------------ what is asked


def test_a_plain_list_is_asked_for_as_json() -> None:
    assert ask("entry: {title: t}") == Request(URL, headers=(("Accept", "application/json, */*;q=0.5"),))


def test_a_form_is_posted_with_its_headers() -> None:
    asked = ask(MOFCOM)
    assert (asked.method, asked.url, asked.body) == ("POST", URL, b"pageNumber=1&columnID=1")
    assert dict(asked.headers)["Accept"] == "application/json;charset=utf-8"
    assert dict(asked.headers)["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_json_is_posted_with_numbers_where_they_stand_alone() -> None:
    asked = ask('entry: {title: t}\njson: {page: "{n}", filter: {from: "{since}", terms: [rare earth]}}')
    body = {"page": 1, "filter": {"from": "2026-01-31", "terms": ["rare earth"]}}
    assert json.loads(asked.body) == body
    assert dict(asked.headers)["Content-Type"] == "application/json"


def test_dates_are_written_as_the_service_wants_them_in_its_own_zone() -> None:
    asked = ask(
        """
zone: Asia/Shanghai
entry: {title: t}
back: 7d
day: "%m/%d/%Y"
parameters: {postedFrom: "{since}", postedTo: "{until}", limit: 100}
"""
    )
    assert asked.url == f"{URL}?postedFrom=02%2F23%2F2026&postedTo=03%2F02%2F2026&limit=100"


def pages(written: str, days: int = 60) -> list[Request]:
    span = Span(NOON - timedelta(days=days), NOON)
    found: list[Request] = []
    while (asked := json_list.page(source(written), span, len(found), Asking(NOON))) is not None:
        found.append(asked)
    return found


def test_the_past_is_asked_for_page_by_page() -> None:
    written = (
        "entry: {title: t}\npages: 3\nsize: 10\npage: 'https://lists.example.com/{n}.json?offset={offset}'"
    )
    assert [asked.url for asked in pages(written)] == [
        "https://lists.example.com/1.json?offset=0",
        "https://lists.example.com/2.json?offset=10",
        "https://lists.example.com/3.json?offset=20",
    ]


def test_the_past_between_two_days_is_one_page() -> None:
    (asked,) = pages('entry: {title: t}\nform: {seDate: "{since}~{until}"}')
    assert asked.body == b"seDate=2026-01-01~2026-03-02"


def test_a_list_without_places_has_no_past_to_ask_for() -> None:
    assert pages("entry: {title: t}") == []


# ------------------------------------------------------------------ a file that another names

INDEX = """
follow: dataset[0].distribution[?mediaType=='text/csv'].downloadURL
entry:
  id: Unique ID
  title: "EXIM {Program} for {Primary Applicant}: {Decision}"
  text: [Product Description, "Amount: USD {Approved/Declined Amount}"]
  date: Decision Date
  date_order: mdy
"""
CSV = (
    b"\xef\xbb\xbfUnique ID, Program ,Primary Applicant,Decision,Product Description,"
    b"Approved/Declined Amount,Decision Date\r\n"
    b'1,Loan,"Blue Mesa, Inc.",Approved,"Rare earth\nmagnets",69900000,02/27/2026\r\n'
    b"2,Insurance,N/A,Approved,Valves,1000,2/26/2026\r\n"
)


def index(link: object) -> dict[str, Any]:
    return {"dataset": [{"distribution": [{"mediaType": "text/csv", "downloadURL": link}]}]}


def test_an_index_leads_to_the_file_it_names() -> None:
    found = read(INDEX, index("/files/fy26-q2.csv"))
    assert found == Reading((), more=(Request("https://lists.example.com/files/fy26-q2.csv",
                                              headers=(("Accept", "*/*"),)),))  # fmt: skip


def test_the_rows_of_a_table_are_entries_by_the_names_of_its_columns() -> None:
    first, second = read(INDEX, CSV, "https://lists.example.com/files/fy26-q2.csv").entries
    assert first.title == "EXIM Loan for Blue Mesa, Inc.: Approved"
    assert first.text == "Rare earth magnets Amount: USD 69900000"
    assert first.published == datetime(2026, 2, 27, tzinfo=UTC)
    assert second.key == "2"


@pytest.mark.parametrize(
    "link", [None, "", "file:///etc/passwd", "javascript:x", {}, "http://u:p@evil.test/"]
)
def test_an_index_that_names_no_safe_address_is_unreadable(link: object) -> None:
    with pytest.raises(Unreadable, match="there is no address at"):
        read(INDEX, index(link))


@pytest.mark.parametrize(
    "body",
    [b"<html><body>Sign in</body></html>", b"plain words", b'a,b\n"' + b"x" * 200_000 + b'",1', b"\0\0"],
)
def test_what_is_no_table_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(INDEX, body)


# ------------------------------------------------------------------ secrets

KEYED = """
key: sam_gov
headers: {X-Api-Key: "{key}"}
parameters: {api_key: "{key}"}
entry: {title: title, link: link}
items: rows
"""


def test_a_key_is_sent_and_is_in_no_repr() -> None:
    asked = ask(KEYED, SECRET)
    assert asked.url == f"{URL}?api_key={SECRET}"
    assert dict(asked.headers)["X-Api-Key"] == SECRET
    assert SECRET not in repr(asked)


def test_a_link_is_never_taken_from_the_address_with_the_key() -> None:
    rows = [{"title": f"T{n}", "link": link} for n, link in enumerate(["#a", "?b", "", "c", "."])]
    for entry in read(KEYED, {"rows": rows}, f"{URL}?api_key={SECRET}").entries:
        assert SECRET not in repr(entry)


def test_a_key_goes_to_no_file_that_the_answer_names() -> None:
    (asked,) = read(KEYED + "follow: next", {"next": "https://elsewhere.example.com/a.csv"}).more
    assert asked == Request("https://elsewhere.example.com/a.csv", headers=(("Accept", "*/*"),))


# ------------------------------------------------------------------ hostile answers


@pytest.mark.parametrize("name", hostile.BODIES)
def test_a_hostile_body_is_unreadable_and_nothing_else(name: str) -> None:
    for written in ("items: results\nentry: {title: title}", INDEX):
        assert hostile.survives(json_list.read, source(written), hostile.BODIES[name]) is None


ROWS = {
    "pageInfo": {
        "rows": [{"id": 1, "title": "T", "url": "/1", "content": "C", "publishTimeStr": "2026-03-01"}]
    }
}


@given(hostile.mangled(ROWS))
@settings(max_examples=300, deadline=None)
def test_wrong_types_anywhere_raise_nothing_but_unreadable(value: Any) -> None:
    hostile.survives(json_list.read, source(MOFCOM), hostile.as_body(value))


@given(hostile.mangled({"rows": [{"a": {"b": [1, "x"]}, "t": "x"}]}))
@settings(max_examples=200, deadline=None)
def test_functions_of_paths_meet_wrong_types_without_harm(value: Any) -> None:
    written = """
items: rows[?contains(t, 'x')] | sort_by(@, &t)
entry: {title: "join(', ', a.b)", text: ["sum(a.b)", "to_string(@)", "{max(a.b)}"]}
"""
    hostile.survives(json_list.read, source(written), hostile.as_body(value))


# ------------------------------------------------------------------ polled


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        yield made


def listed(world: World, written: str) -> None:
    lines = "\n".join(f"    {line}" for line in written.strip().splitlines())
    head = f"sources:\n  - id: one\n    kind: json\n    url: {world.web.base}/list"
    world.write("sources", f"{head}\n{lines}\n")
    keys = KeySettings(sam_gov=SecretStr(SECRET))
    world.settings = world.settings.model_copy(update={"keys": keys})
    world.restart()


def rows(*titles: str) -> bytes:
    return json.dumps({"pageInfo": {"rows": [{"id": t, "title": t} for t in titles]}}).encode()


def test_a_posted_list_is_polled_and_told_once(world: World) -> None:
    listed(world, MOFCOM)
    world.answers["list"] = rows("A quota for valves")
    assert world.poll().new == 1
    world.answers["list"] = rows("A rare earth loan", "A quota for valves")
    assert (world.poll().new, world.poll().unchanged) == (1, 1)
    assert [alert.title for alert in world.alerts] == ["A rare earth loan"]
    assert set(world.web.posted) == {b"pageNumber=1&columnID=1"}


def test_an_index_and_its_file_are_polled_as_one(world: World) -> None:
    listed(world, INDEX)
    world.answers["list"] = json.dumps(index("/fy26-q2.csv")).encode()
    world.answers["fy26-q2.csv"] = CSV
    assert world.poll().new == 2
    assert [path for path, _ in world.web.asked] == ["/list", "/fy26-q2.csv"]


def test_a_key_is_in_no_log_no_row_and_no_error(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    listed(world, KEYED)
    said: list[Answer | bytes] = [
        json.dumps({"rows": [{"title": "A rare earth loan", "link": "#1"}]}).encode(),
        (403, {}, b""),
        (302, {"Location": "/elsewhere"}, b""),
        b"<html>no</html>",
    ]
    for answer in said:
        world.answers[f"list?api_key={SECRET}"] = answer
        report = world.poll()
        assert SECRET not in repr(report)
    assert f"/list?api_key={SECRET}" in [path for path, _ in world.web.asked]
    assert SECRET not in caplog.text
    assert all(SECRET not in line for line in world.app.storage.db.conn.iterdump())
