"""The page that shows messages as Slack does: it draws what is there, and nothing in it is alive."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import preview
from monitor.examples import examples
from monitor.message import Composed, compose
from monitor.model import Alert, Reason
from monitor.outbox import Batch, Notice
from monitor.preview import Run, Shown, marks, page
from tests.desk import Desk
from tests.fakes import NOON, an_alert
from tests.strange import HOSTILE, a_delivery, messages_of


class Page(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._hidden = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag == "style"

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    @property
    def links(self) -> set[str | None]:
        return {attributes["href"] for tag, attributes in self.tags if "href" in attributes}


def drawn(composed: Composed) -> Page:
    return Page(page([Shown("One", composed, NOON)]))


# ------------------------------------------------------------------ what is drawn


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a *b* c", [Run("a "), Run("b", bold=True), Run(" c")]),
        ("2 * 3 * 4", [Run("2 * 3 * 4")]),
        ("<https://x.test/?a=1&amp;b|R&amp;D>", [Run("R&D", url="https://x.test/?a=1&b")]),
        ("<https://x.test>", [Run("https://x.test", url="https://x.test")]),
        ("<javascript:alert(1)|x>", [Run("<javascript:alert(1)|x>")]),
        ("<!date^1772452800^{date_short_pretty} {time}|2 Mar>", [Run("Mar 2, 2026 12:00 PM")]),
        ("&lt;!channel&gt;", [Run("<!channel>")]),
        ("&amp;lt;", [Run("&lt;")]),
        ("run `monitor alerts`", [Run("run "), Run("monitor alerts", code=True)]),
        ("", []),
    ],
)
def test_slacks_marks_are_read_as_slack_reads_them(text: str, runs: list[Run]) -> None:
    assert list(marks(text)) == runs


def test_times_are_those_of_the_reader() -> None:
    assert list(marks("<!date^1772452800^{time}|x>", "Asia/Shanghai")) == [Run("Mar 2, 2026 8:00 PM")]


def test_everything_of_a_message_is_on_the_page() -> None:
    alert = an_alert(gloss=(("镓", "gallium"),), who=("MP Materials",), entities=("mp",))
    shown = drawn(compose(a_delivery(alert))).text
    for words in ("First report", "EXIM approves loan 1", "gallium", "Score 82", "Useful", "Why?", "Mute…"):
        assert shown.count(words) >= 4, f"{words}: in a channel and on a phone, light and dark"


def test_what_is_bold_and_what_is_quoted_is_so_on_the_page() -> None:
    tags = [tag for tag, _ in drawn(compose(a_delivery(an_alert()))).tags]
    assert tags.count("blockquote") == 4
    assert tags.count("b") > 8


def test_a_message_without_blocks_is_drawn_from_its_text() -> None:
    assert "nothing but text" in drawn(Composed("*nothing but text*")).text


def test_what_follows_in_a_thread_is_drawn_as_an_answer() -> None:
    first, second, other = (an_alert(n, thread=thread) for n, thread in ((1, "s1"), (2, "s1"), (3, "s3")))
    shown = preview.latest([other, replace(second, reason=Reason.FACT), first])
    assert [(one.message.text.split(" ")[-1], one.reply, one.aloud) for one in shown] == [
        ("1", False, False),
        ("2", True, True),
        ("3", False, False),
    ]


# ------------------------------------------------------------------ the examples


def test_there_is_an_example_of_every_kind() -> None:
    found = [delivery for _, delivery in examples(NOON)]
    kinds = {type(one.message) for one in found}
    alerts = [one.message for one in found if isinstance(one.message, Alert)]
    assert kinds == {Alert, Notice, Batch}
    assert {a.reason for a in alerts} >= set(Reason) - {Reason.CONFIRMED, Reason.EDITED}
    assert any(one.parent for one in found)
    assert any(one.standing.mark for one in found)
    assert any(one.standing.quiets for one in found)
    assert any(one.standing.primary for one in found)
    assert any(alert.gloss for alert in alerts)
    assert any(isinstance(one.message, Notice) and one.message.offer for one in found)
    assert any(len(alert.title) > 3000 for alert in alerts)


# ------------------------------------------------------------------ nothing is alive

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "div", "main", "aside", "article", "span"),
    *("small", "p", "b", "a", "blockquote", "code", "time"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_text_on_the_page(name: str) -> None:
    made = Page(
        page([Shown(HOSTILE[name], compose(one, web="x"), NOON) for one in messages_of(HOSTILE[name])])
    )
    assert {tag for tag, _ in made.tags} <= TAGS
    assert made.links <= {"https://example.com/news/1"}


markup = st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "<img src=x onerror=y>",
        "' onmouseover='x",
        "{{ 7 * 7 }}",
        "</style>",
        "<!--",
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(markup | st.text(max_size=20), min_size=1, max_size=4).map("".join))
def test_no_text_becomes_markup(text: str) -> None:
    made = Page(page([Shown(text, compose(one), NOON) for one in messages_of(text, text)]))
    assert {tag for tag, _ in made.tags} <= TAGS
    attributes = {name for _, attributes in made.tags for name in attributes}
    assert not [name for name in attributes if name.startswith("on") or name == "src"]


def test_a_page_needs_no_network_and_forbids_it() -> None:
    markup = page([Shown(caption, compose(one), NOON) for caption, one in examples(NOON)])
    (policy,) = (
        a["content"] for tag, a in Page(markup).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search(r"url\(|@import|<link|<script|<img", markup)


# ------------------------------------------------------------------ the command


def test_the_latest_alerts_are_drawn_into_a_file(desk: Desk) -> None:
    desk.filled()
    said = desk.run("alerts", "preview", "--limit", "5").stdout
    assert said == "2 messages are drawn in preview.html.\n"
    assert (
        "EXIM approves loan for rare earth magnet plant" in Page(Path("preview.html").read_text("utf-8")).text
    )


def test_the_home_tab_and_the_form_are_drawn_below(desk: Desk) -> None:
    desk.filled()
    desk.run("alerts", "preview")
    shown = Page(Path("preview.html").read_text("utf-8")).text
    for said in (
        "Today's stories",
        "Which watchlist?",
        "One a line, #name or its id",
        "ask whoever runs",
    ):
        assert shown.count(said) == 4, f"{said}: wide and narrow, light and dark"


def test_a_hostile_form_is_text() -> None:
    made = {
        "type": "input",
        "label": {"text": "<b>"},
        "hint": {"text": "<i>"},
        "element": {"initial_value": "</div><script>"},
    }
    drawn = Page(page([], views=[("<u>", {"title": {"text": "<s>"}, "blocks": [made]})]))
    assert not {"b", "i", "script", "u", "s"} & {tag for tag, _ in drawn.tags}
    assert "</div><script>" in drawn.text


def test_examples_need_nothing_that_is_stored(desk: Desk) -> None:
    desk.run("alerts", "preview", "--examples", "--file", "other.html")
    assert "Held overnight, told together" in Page(Path("other.html").read_text("utf-8")).text


def test_without_alerts_the_examples_are_pointed_at(desk: Desk) -> None:
    assert desk.run("alerts", "preview").stdout == "No alerts yet: --examples shows invented ones.\n"
    assert not Path("preview.html").exists()


def test_machines_get_text_and_blocks_as_they_go_to_slack(desk: Desk) -> None:
    found = desk.json("alerts", "preview", "--examples")
    assert len(found) == len(examples(NOON)) + 1
    assert found[0]["blocks"][0]["type"] == "rich_text"
    assert not Path("preview.html").exists()


def test_a_file_that_cannot_be_written_is_said_with_what_to_do(desk: Desk) -> None:
    said = desk.run("alerts", "preview", "--examples", "--file", "no/such/page.html", code=1).stderr
    assert "no/such/page.html cannot be written" in said
    assert "choose another --file" in said
