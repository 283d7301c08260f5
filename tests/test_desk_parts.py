"""What the pages are made of: links that lead where they say, and fields that are bound to their words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import jinja2
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.links import web_link

HOSTILE = '"><script>alert(1)</script>'


@dataclass(frozen=True)
class Me:
    token: str = "t0ken"


def made(call: str, /, **known: object) -> LexborHTMLParser:
    """A page of one line."""
    loader = jinja2.PackageLoader("monitor", "templates/web")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.globals["link"] = web_link
    template = environment.from_string('{% import "ui.html" as ui with context %}' + call)
    known = {"at": lambda moment: f"{moment:%H:%M}"} | known
    return LexborHTMLParser(template.render(known, me=Me()))


def one(page: LexborHTMLParser, chosen: str) -> LexborNode:
    (found,) = page.css(chosen)
    return found


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.test", "", "ftp://x.test/"]
)
def test_only_an_address_of_the_web_is_a_link(url: str) -> None:
    page = made('{{ ui.outward(url, words, "zh") }}', url=url, words=HOSTILE)
    assert not page.css("a, script")
    assert one(page, "span").text() == HOSTILE
    assert one(page, "span").attributes["lang"] == "zh"


def test_a_link_outward_says_nothing_of_where_one_comes_from() -> None:
    link = one(made('{{ ui.outward("https://x.test/?a=1&b=2", "Words") }}'), "a")
    assert link.attributes == {"href": "https://x.test/?a=1&b=2", "rel": "noreferrer noopener"}


def test_a_field_is_bound_to_its_label_its_hint_and_its_mistake() -> None:
    call = (
        '{{ ui.field("bar", "Alert from", v, hint="Of 100.", mistake="Say a number.", extra={"max": 100}) }}'
    )
    page = made(call, v=HOSTILE)
    field = one(page, "input")
    assert one(page, f"label[for={field.attributes['id']}]").text() == "Alert from"
    described = (field.attributes["aria-describedby"] or "").split()
    assert [one(page, f"#{name}").text() for name in described] == ["Of 100.", "Say a number."]
    assert (field.attributes["aria-invalid"], field.attributes["max"]) == ("true", "100")
    assert field.attributes["value"] == HOSTILE


@pytest.mark.parametrize("call", ['field("n", "L")', 'area("n", "L")', 'choice("n", "L", [(1, "one")])'])
def test_a_field_without_a_mistake_is_not_called_wrong(call: str) -> None:
    page = made("{{ ui." + call + " }}")
    assert one(page, "label").attributes["for"] == "n"
    assert not page.css("[aria-invalid], [aria-describedby]")


def test_what_is_chosen_is_chosen_whether_it_is_a_number_or_words() -> None:
    page = made('{{ ui.choice("n", "L", [("1", "one"), ("2", "two")], 2) }}')
    assert one(page, "option[selected]").text() == "two"


def test_a_text_keeps_its_first_empty_line() -> None:
    """HTML takes away a newline that follows <textarea>."""
    assert one(made('{{ ui.area("n", "L", "\\nsecond") }}'), "textarea").text() == "\nsecond"


@pytest.mark.parametrize(("number", "words"), [(1, "primary source"), (4, "press"), (None, ""), (9, "")])
def test_a_tier_is_said_in_words(number: int | None, words: str) -> None:
    assert made("{{ ui.tier(n) }}", n=number).text().strip() == words


def test_a_score_stands_out_from_the_bar_on_and_is_said_to_who_only_hears_it() -> None:
    page = made("{{ ui.score(60, 60) }}{{ ui.score(59, 60) }}")
    assert [badge.attributes["class"] for badge in page.css("[title]")] == ["score high", "score"]
    assert page.text() == "score 60score 59"


def test_a_moment_is_for_people_and_for_programs() -> None:
    moment = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    when = one(made("{{ ui.when(moment) }}{{ ui.when(None) }}", moment=moment), "time")
    assert (when.text(), when.attributes["datetime"]) == ("12:00", "2026-03-02T12:00:00+00:00")


def test_the_head_of_a_column_says_how_it_is_sorted() -> None:
    calls = ('ui.head("Deal", "?s=a", "descending")', 'ui.head("Sum", "?s=b")', 'ui.head("Note")')
    page = made("<table><tr>" + "".join("{{ " + call + " }}" for call in calls) + "</table>")
    heads = page.css("th")
    assert [head.attributes.get("aria-sort") for head in heads] == ["descending", "none", None]
    assert [head.attributes["scope"] for head in heads] == ["col"] * 3


def test_messages_are_told_to_who_only_hears_them() -> None:
    page = made("{{ ui.problem(words) }}{{ ui.done(words) }}", words=HOSTILE)
    assert [node.attributes["role"] for node in page.css("[role]")] == ["alert", "status"]
    assert not page.css("script")


def test_forms_carry_the_token_of_who_sends_them() -> None:
    assert re.findall(r'name="token" value="(\w+)"', made("{{ ui.token() }}").html or "") == ["t0ken"]
