"""A digest -> the letter that is sent: subject, HTML, and a text complete in itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import css_inline
import jinja2

from monitor import wording
from monitor.digest import Digest
from monitor.text import shorten

MAX_STORIES = 25


@dataclass(frozen=True, slots=True)
class Links:
    """Where a reader of this letter can go; what is empty is not to be had.

    `web` is the address of the web desk, without a slash at its end; `leave` the page on which this
    subscriber unsubscribes.
    """

    web: str = ""
    leave: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent and kept: frozen when it is first made."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter on its way to an address. `number` names it for good, the same on every retry; its date is
    shown in `zone`; `leave` is the https address for unsubscribing with one click, empty where there is none."""

    to: str
    letter: Letter
    number: str
    zone: str = "UTC"
    leave: str = ""


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor", "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["at"] = wording.at
    environment.globals["tiers"] = wording.TIERS
    return environment


def subject(digest: Digest) -> str:
    """The day's most important news, or that there was none."""
    stories = digest.stories
    if not stories:
        coverage = f"{digest.coverage.healthy} of {digest.coverage.watched} sources healthy"
        return f"Quiet day, {digest.edition.day:%d %b}: {coverage}"
    more = f" (+{len(stories) - 1} more)" if len(stories) > 1 else ""
    return shorten(stories[0].title, 120) + more


def write(digest: Digest, links: Links = Links()) -> Letter:
    """The digest as mail."""
    shown = {"digest": digest, "limit": MAX_STORIES, "subject": subject(digest), "links": links}
    page = _templates().get_template("digest.html").render(shown)
    text = _templates().get_template("digest.txt").render(shown)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    return Letter(subject(digest), inliner.inline(page), text)
