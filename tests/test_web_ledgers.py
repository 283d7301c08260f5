"""The ledgers on the desk: what they show, and what a person puts right in them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from monitor.keeping import Keeping
from monitor.ledger import Entry, Ledger, Standing, Step
from monitor.looks import Sighting
from monitor.model import Entry as Published
from monitor.stories import Joined
from monitor.web.people import Role
from monitor.web.settings import WebUser
from tests.rules import MAGNETS
from tests.webpages import HERE, NOON, PASSWORD, Pages

HOSTILE = '"><script>alert(1)</script>'
DAY = timedelta(days=1)
LEDGERS = """ledgers:
  loans:
    title: Loans
    watchlists: [magnets]
    key: [agency]
    facts: [amount, country]
    opens: story
    ladder:
      - {id: asked, stages: [proposed]}
      - {id: approved, title: board approval, stages: [approved]}
      - {id: cancelled, aside: true, reverses: true, ends: true}
    entries:
      port-ansel:
        title: Port Ansel loan
        rung: asked
        since: 2026-01-05
        source: https://example.com/ansel
        terms: [Port Ansel]
        details: {country: AU, amount: "$50m loan"}
        due: [{on: 2026-02-25, what: board votes}]
        progress: The board approves.
"""
FILES = {"magnets.yaml": MAGNETS, "ledgers.yaml": LEDGERS}
KEY = "perpetua/exim/爱达荷"
AT = f"/ledgers/loans/{quote(KEY)}"


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """A row of the file, whose day to be heard of passed, and two of news."""
    made = Pages(tmp_path / "monitor.db", rules=FILES)
    row(made, KEY, "Perpetua / EXIM", "asked", amount="$620m loan", country="US")
    row(made, "acme", "Acme / EXIM", "approved", days=3, amount="$90m", country="US, MX")
    return made


def ledger(pages: Pages) -> Ledger:
    return pages.house.in_force.rulebook.ledgers[0]


def row(pages: Pages, key: str, title: str, rung: str, *, days: int = 1, **details: str) -> int:
    """File a row with one step of so many days ago on an item of its own; answers the item's number."""
    at = NOON - days * DAY
    with pages.storage() as storage, storage.write():
        link = f"https://news.example/{quote(key)}"
        item = storage.items.add("wire", Published(key, key, link, f"News of {title}", "", at), "en", at)
        assert item is not None
        storage.stories.join(item.id, Joined(f"s{item.id}"), at)
        entry = Entry("loans", key, title, Standing(), (), at, details=details, story=f"s{item.id}")
        storage.ledgers.save(entry)
        storage.ledgers.add(entry, Step(rung, at, item.id, "wire", 2, "the words", filed=at, link=link))
    return item.id


def entry(pages: Pages, key: str = KEY) -> Entry:
    with pages.storage() as storage:
        found = Keeping(storage, pages.house.in_force, NOON).found(ledger(pages), key)
    assert found is not None
    return found


def shown(answer: httpx.Response) -> str:
    """What stands in the page, without markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def titles(answer: httpx.Response) -> list[str]:
    """The rows of a page in their order."""
    return [unescape(one) for one in re.findall(r'class="title" href="[^"]*">([^<]*)<', answer.text)]


def send(pages: Pages, name: str, at: str = AT, **fields: str) -> httpx.Response:
    """Send the form of a row, as its page has it now."""
    mark = re.search(r'name="mark" value="(\w+)"', pages.get(at).text)
    assert mark is not None
    return pages.post(f"{at}/{name}", {"mark": mark[1]} | fields)


def after(pages: Pages, answer: httpx.Response) -> str:
    """What the page says to which a form leads."""
    assert answer.status_code == 303, shown(answer)
    where = answer.headers["location"]
    assert not where.startswith(("/", "http"))
    return shown(pages.get("/" + where.lstrip("./")))


# ------------------------------------------------------------------ all ledgers


def test_every_ledger_is_listed_with_its_rungs_and_what_is_overdue(pages: Pages) -> None:
    text = shown(pages.get("/ledgers/"))
    assert "Loans 3 rows, 3 open, 1 overdue · last news 1 Mar 2026" in text
    assert "asked 2 board approval 1" in text


def test_where_no_ledger_is_declared_the_page_says_how(tmp_path: Path) -> None:
    assert "Write ledgers.yaml" in shown(Pages(tmp_path / "monitor.db").get("/ledgers/"))


def test_a_ledger_without_rows_says_where_they_come_from(tmp_path: Path) -> None:
    bare = {"magnets.yaml": MAGNETS, "ledgers.yaml": LEDGERS.partition("    entries:")[0]}
    page = shown(Pages(tmp_path / "monitor.db", rules=bare).get("/ledgers/loans"))
    assert "rows come from what alerts on magnets" in page


@pytest.mark.parametrize("path", ["/ledgers/no-such", "/ledgers/loans/no-such", "/ledgers/no-such/acme"])
def test_what_there_is_not_is_not_found(pages: Pages, path: str) -> None:
    assert pages.get(path).status_code == 404


# ------------------------------------------------------------------ a table


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["Port Ansel loan", "Perpetua / EXIM", "Acme / EXIM"]),
        ("?sort=title", ["Acme / EXIM", "Perpetua / EXIM", "Port Ansel loan"]),
        ("?sort=-amount", ["Perpetua / EXIM", "Acme / EXIM", "Port Ansel loan"]),
        ("?rung=board+approval", ["Acme / EXIM"]),
        ("?country=mx", ["Acme / EXIM"]),
        ("?status=confirmed", ["Port Ansel loan"]),
        ("?since=2026-02-28", ["Perpetua / EXIM"]),
        ("?q=EXIM+acme", ["Acme / EXIM"]),
        ("?q=no-such-words", []),
    ],
)
def test_rows_are_narrowed_and_sorted_by_the_address(pages: Pages, query: str, wanted: list[str]) -> None:
    assert titles(pages.get(f"/ledgers/loans{query}")) == wanted


def test_what_has_ended_is_left_out_where_one_asks_for_what_is_open(pages: Pages) -> None:
    row(pages, "over", "Over / EXIM", "cancelled")
    assert "Over / EXIM" in titles(pages.get("/ledgers/loans"))
    assert "Over / EXIM" not in titles(pages.get("/ledgers/loans?open=yes"))


def test_the_head_says_how_a_table_is_sorted_and_leads_to_the_other_way_round(pages: Pages) -> None:
    text = pages.get("/ledgers/loans?q=EXIM&sort=title").text
    assert 'aria-sort="ascending"><a href="../ledgers/loans?q=EXIM&amp;sort=-title"' in text
    assert text.count('aria-sort="none"') >= 5


def test_what_was_asked_for_stays_in_the_form_and_in_the_links_for_machines(pages: Pages) -> None:
    text = pages.get("/ledgers/loans?q=EXIM&rung=asked&open=yes").text
    assert 'name="q" value="EXIM"' in text
    assert '<option value="asked" selected>' in text
    assert "api/entries.csv?ledger=loans&amp;q=EXIM&amp;rung=asked&amp;open=yes" in text


@pytest.mark.parametrize(
    "query", ["?since=yesterday", "?status=perhaps", "?sort=no-such", f"?sort={HOSTILE}"]
)
def test_an_address_that_makes_no_sense_is_told_and_all_rows_are_shown(pages: Pages, query: str) -> None:
    answer = pages.get(f"/ledgers/loans{query}")
    assert answer.status_code == 400
    assert "All rows are shown." in shown(answer)
    assert len(titles(answer)) == 3
    assert "<script>" not in answer.text


def test_a_long_ledger_goes_on_without_a_gap(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        for number in range(250):
            made = Entry("loans", f"k{number}", f"Row {number:03}", Standing(), (), NOON)
            storage.ledgers.save(made)
    found: list[str] = []
    for number in (1, 2, 3):
        answer = pages.get(f"/ledgers/loans?sort=title&page={number}")
        found += [title for title in titles(answer) if title.startswith("Row")]
    assert found == [f"Row {number:03}" for number in range(250)]
    assert 'rel="next"' not in answer.text
    assert titles(pages.get("/ledgers/loans?sort=title&page=99")) == titles(answer)


def test_the_pipeline_has_a_column_for_each_rung_with_its_money(pages: Pages) -> None:
    text = shown(pages.get("/ledgers/loans?view=pipeline"))
    assert re.search(r"asked 2 \$670m in 2 rows .*Perpetua.* board approval 1 \$90m in 1 row Acme", text)


# ------------------------------------------------------------------ a row


def test_a_row_shows_each_step_with_its_evidence(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        item = entry(pages).steps[0].item
        storage.looks.keep(
            Sighting(item, 1, "https://news.example/page", NOON, "ab" * 32, 1234, "text/html", "t", "text")
        )
    answer = pages.get(AT)
    text = shown(answer)
    assert "asked 1/2 since 1 Mar 2026, reported; last news 1 Mar 2026, wire, wire" in text
    assert "News of Perpetua / EXIM “the words” wire, wire · its story" in text
    assert f"1,234 bytes · SHA-256 {'ab' * 32}" in text
    assert f'href="../../../../stories/s{item}"' in answer.text


def test_a_row_of_the_file_shows_what_is_due_and_what_would_count(pages: Pages) -> None:
    text = shown(pages.get("/ledgers/loans/port-ansel"))
    assert "due 25 Feb 2026 board votes overdue" in text
    assert "progress would be The board approves." in text
    assert "country Australia" in text


def test_to_look_at_a_row_files_nothing(pages: Pages) -> None:
    before = pages.path.read_bytes()
    for path in ("/ledgers/", "/ledgers/loans", "/ledgers/loans/port-ansel", AT, f"{AT}?undone=1&step=1"):
        assert pages.get(path).status_code == 200
    assert pages.path.read_bytes() == before


def test_fault_82_hostile_names_keys_and_queries_are_text(pages: Pages) -> None:
    row(pages, HOSTILE, HOSTILE, "asked", country=HOSTILE, amount=HOSTILE)
    query = f"?q={quote(HOSTILE)}&rung={quote(HOSTILE)}&country={quote(HOSTILE)}&view={quote(HOSTILE)}"
    at = f"/ledgers/loans/{quote(HOSTILE)}"
    own = ("/ledgers/", "/ledgers/loans", "/ledgers/loans?view=pipeline", at)
    for path in (*own, f"/ledgers/loans{query}", f"{at}?joined={quote(HOSTILE)}&named={quote(HOSTILE)}"):
        answer = pages.get(path)
        assert answer.status_code == 200, path
        assert "<script>" not in answer.text
        assert "alert(1)" in answer.text or path == "/ledgers/"


def test_a_message_of_an_address_is_never_shown_as_ours(pages: Pages) -> None:
    text = pages.get(f"{AT}?step=99&undone=7&joined=Send+money&done=Send+money").text
    assert "Send money" not in text
    assert 'role="status"' not in text


def test_an_evidence_that_is_no_web_address_is_no_link(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        storage.db.execute("UPDATE items SET link = 'javascript:alert(1)'")
    assert "javascript:" not in pages.get(AT).text


# ------------------------------------------------------------------ by hand


def test_a_correction_is_filed_with_who_and_why_and_shown(pages: Pages) -> None:
    answer = send(pages, "correct", rung="approved", on="2026-03-02", why="the board's minutes")
    assert "Filed by ann on the web page: board approval since 2 Mar 2026, because the board" in after(
        pages, answer
    )
    found = entry(pages)
    assert found.rung == "approved"
    assert (found.steps[-1].by, found.steps[-1].why) == ("ann on the web page", "the board's minutes")


def test_a_correction_of_a_day_before_the_newest_news_says_that_it_does_not_hold(pages: Pages) -> None:
    at = "/ledgers/loans/acme"
    text = after(pages, send(pages, "correct", at, rung="asked", on="2026-02-01", why="minutes"))
    assert "asked since 1 Feb 2026, because minutes. Later news has it on board approval" in text


def test_a_step_is_undone_and_stays_to_be_seen(pages: Pages) -> None:
    number = entry(pages).steps[0].number
    answer = send(pages, "undo", step=str(number), why="another company")
    text = after(pages, answer)
    assert "Undone by ann on the web page: asked." in text
    assert "undone by ann on the web page: another company" in text
    assert entry(pages).rung == ""


def test_a_step_of_the_file_is_undone_though_it_was_not_filed_yet(pages: Pages) -> None:
    at = "/ledgers/loans/port-ansel"
    mark = re.search(r'name="step" value="([^"]+)"', pages.get(at).text)
    assert mark is not None
    assert "It is kept below" in after(pages, send(pages, "undo", at, step=mark[1], why="a mistake"))
    assert entry(pages, "port-ansel").rung == ""


def test_a_row_gets_another_name(pages: Pages) -> None:
    assert "It is called Stibnite now." in after(pages, send(pages, "rename", title="  Stibnite "))
    assert entry(pages).title == "Stibnite"


def test_two_rows_are_joined_and_the_old_address_leads_to_the_other(pages: Pages) -> None:
    assert f"{KEY} is part of this row now." in after(pages, send(pages, "join", into="acme"))
    assert len(entry(pages, "acme").steps) == 2
    answer = pages.get(AT)
    assert answer.status_code == 303
    assert f"{KEY} is part of this row now." in after(pages, answer)


def test_what_is_part_of_another_row_is_not_offered_to_be_joined_with(pages: Pages) -> None:
    offered = '<option value="port-ansel">'
    assert offered in pages.get(AT).text
    send(pages, "join", "/ledgers/loans/port-ansel", into="acme")
    assert offered not in pages.get(AT).text


@pytest.mark.parametrize(
    ("form", "fields", "words"),
    [
        ("correct", {"rung": "approved", "why": " "}, "write why"),
        ("correct", {"rung": "no-such", "why": "x"}, "write one of asked, approved, cancelled"),
        ("correct", {"rung": "approved", "why": "x", "on": "soon"}, "write it as 2026-03-01"),
        ("correct", {"rung": "approved", "why": "x", "on": "2027-01-01"}, "still to come"),
        ("correct", {"rung": "approved", "why": "x" * 501}, "at most 500 characters"),
        ("undo", {"step": "999", "why": "x"}, "has no step"),
        ("undo", {"step": HOSTILE, "why": "x"}, "has no step"),
        ("rename", {"title": ""}, "write the new name"),
        ("join", {"into": ""}, "choose the row"),
        ("join", {"into": "acm"}, "there is no row 'acm' any more"),
        ("join", {"into": KEY}, "cannot be joined with itself"),
    ],
)
def test_what_cannot_be_filed_is_told_with_the_remedy_and_changes_nothing(
    pages: Pages, form: str, fields: dict[str, str], words: str
) -> None:
    before = entry(pages)
    answer = send(pages, form, **fields)
    assert answer.status_code == 422
    assert words in shown(answer)
    assert entry(pages) == before


def test_what_was_written_is_not_lost_by_a_mistake(pages: Pages) -> None:
    text = send(pages, "correct", rung="cancelled", why="the board's minutes", on="2027-01-01").text
    assert '<option value="cancelled" selected>' in text
    assert "the board&#39;s minutes" in text


def test_a_row_that_another_changed_meanwhile_is_told_and_shown_as_it_is_now(pages: Pages) -> None:
    mark = re.search(r'name="mark" value="(\w+)"', pages.get(AT).text)
    assert mark is not None
    send(pages, "correct", rung="cancelled", why="withdrawn")
    mine = {"mark": mark[1], "rung": "approved", "why": "minutes"}
    answer = pages.post(f"{AT}/correct", mine)
    assert answer.status_code == 409
    assert "Nothing of yours was filed" in shown(answer)
    assert "withdrawn" in shown(answer)
    assert 'value="minutes"' in answer.text
    assert entry(pages).rung == "cancelled"


def test_a_row_that_was_joined_meanwhile_is_told(pages: Pages) -> None:
    mark = re.search(r'name="mark" value="(\w+)"', pages.get(AT).text)
    assert mark is not None
    send(pages, "join", into="acme")
    answer = pages.post(f"{AT}/rename", {"mark": mark[1], "title": "Mine"})
    assert answer.status_code == 409
    assert entry(pages, "acme").title == "Acme / EXIM"


def test_a_reader_sees_the_row_and_no_forms(pages: Pages) -> None:
    users = tuple(
        WebUser(name=name, password=SecretStr(PASSWORD), role=role)
        for name, role in (("rita", Role.READER), ("ed", Role.EDITOR))
    )
    locked = Pages(pages.path, rules=FILES, users=users)
    answers = {}
    for name in ("rita", "ed"):
        body = str(httpx.QueryParams({"name": name, "password": PASSWORD})).encode()
        kind = "application/x-www-form-urlencoded"
        entered = locked.ask("POST", "/login", body=body, Origin=HERE, Content_Type=kind)
        cookie = entered.headers["set-cookie"].partition(";")[0]
        answers[name] = locked.get(AT, Cookie=cookie)
        assert "the words" in shown(answers[name])
    assert "/correct" in answers["ed"].text
    assert not re.search(r"/(correct|undo|rename|join)\"", answers["rita"].text)


# ------------------------------------------------------------------ for machines


def test_the_tables_have_what_the_pages_show(pages: Pages) -> None:
    entries = pages.get("/api/entries.json?ledger=loans&q=exim").json()["rows"]
    assert [(one["key"], one["rung"], one["dollars"]) for one in entries] == [
        (KEY, "asked", 620e6), ("acme", "board approval", 90e6),
    ]  # fmt: skip
    (one,) = pages.get("/api/ledgers.json").json()["rows"]
    assert (one["ledger"], one["rows"], one["overdue"]) == ("loans", 3, 1)
    steps = pages.get(f"/api/steps.json?ledger=loans&key={quote(KEY)}").json()["rows"]
    assert [(step["rung"], step["words"]) for step in steps] == [("asked", "the words")]
    assert len(pages.get("/api/steps.json").json()["rows"]) == 3


@pytest.mark.parametrize("query", ["ledger=no-such", "ledger=loans&since=soon", "ledger=loans&sort=no-such"])
def test_a_table_refuses_a_filter_that_makes_no_sense(pages: Pages, query: str) -> None:
    assert pages.get(f"/api/entries.json?{query}").status_code == 400
