"""A digest -> the letter that is sent: subject, HTML, and a text complete in itself. Pure.

The HTML stays under the size at which Gmail cuts a mail off, whatever comes: rows are left out by the order
of `_rows`, counted where they are missing, and read in the text or on the web.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache, partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

import css_inline
import jinja2

from monitor import charts, wording
from monitor.digest import MAX_ILL, Coverage, Digest, Ill
from monitor.headline import days, following, grave, headline, step, subject
from monitor.labels import Labels, labels
from monitor.links import web_link
from monitor.precision import Week, monday
from monitor.telling import Story
from monitor.text import clean, language, shorten

# Bytes of the HTML part as it goes over the wire. Gmail cuts at about 102 kB.
BUDGET = 90_000
# Bytes of the text, in UTF-8: mail servers take 10 MB as they are set up, and in base64 it grows by a third.
MAX_TEXT = 5_000_000
# How many rows to try first: a mail of these many mostly fits.
_FIRST = 64
# Characters of one field in the text: a longer one is no title. Of a text that would be too long, less.
_FIELD, _BRIEF = 600, 160
# The parts in order of importance, and how many rows of each outlast the further rows of all others.
_PARTS = (
    ("moved", 12),
    ("stories", 30),
    ("ahead", 8),
    ("trends", 8),
    ("stuck", 6),
    ("ill", 6),
    ("weeks", 8),
    ("activity", 6),
    ("pipelines", 3),
)
_STORIES = "stories."  # and the number of the section: its rows
NAMED = 3  # outlets by name where there is no page that has them all


@dataclass(frozen=True, slots=True)
class Links:
    """Where a reader of this letter can go; what is empty is not to be had.

    `web` is the address of the web desk, without a slash at its end; `leave` the page on which this
    subscriber unsubscribes; for no one subscriber, the address below which those pages are.
    """

    web: str = ""
    leave: str = ""

    @property
    def one_click(self) -> str:
        """What the button of a mail program asks: https (RFC 8058, section 4), where the page may be http."""
        return self.leave if self.leave.startswith("https://") else ""

    def of(self, token: str) -> Links:
        """Those of the subscriber who unsubscribes by this token; without it there is no such page."""
        leave = f"{self.leave}/unsubscribe/{token}" if self.leave and token else ""
        return replace(self, leave=leave)

    def story(self, story: Story) -> str:
        """The page of every item of a story."""
        return f"{self.web}/stories/{quote(story.id, safe='')}" if self.web else ""

    def archive(self, digest: Digest) -> str:
        """This digest as it was sent."""
        name = quote(digest.subscriber.name, safe="")
        return f"{self.web}/digests/{name}/{digest.edition.day}" if self.web else ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent and kept: frozen when it is first made."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter on its way to an address. `number` names it for good, the same on every retry; its date is
    shown in `zone`; `leave` is the https address for unsubscribing with one click, empty where there is
    none."""

    to: str
    letter: Letter
    number: str
    zone: str = "UTC"
    leave: str = ""


NOWHERE = Links()


def write(digest: Digest, links: Links = NOWHERE) -> Letter:
    """The digest as mail, in the subscriber's language."""
    say = labels(digest.subscriber.language)
    values = _values(digest, links, say)
    return Letter(subject(digest, say), _fitted(digest, values), _bounded(values, say))


def _bounded(values: Mapping[str, object], say: Labels) -> str:
    """The text: in shorter words, and at last cut at a line, where it is longer than mail servers take."""
    for field in (_FIELD, _BRIEF):
        text = _templates(field).get_template("digest.txt").render(values)
        whole = text.encode()
        if len(whole) <= MAX_TEXT:
            return text
    kept, _, _ = whole[:MAX_TEXT].decode(errors="ignore").rpartition("\n")
    return f"{kept}\n\n{say('footer.cut')}\n"


def weight(html: str) -> int:
    """The bytes of an HTML part on the wire, headers included, in the encoding that the library chooses."""
    part = EmailMessage(policy=SMTP)
    part.set_content(html, subtype="html")
    return len(part.as_bytes())


# ------------------------------------------------------------------ what fits


def _fitted(digest: Digest, values: Mapping[str, object]) -> str:
    """The page with as many rows as fit, the most important first. What is tried doubles, then halves."""
    rows = tuple(_rows(digest))
    best = ""
    fits, too_many, tried = 0, len(rows) + 1, min(len(rows), _FIRST)
    while too_many - fits > 1:
        page = _page(rows[:tried], values)
        if weight(page) < BUDGET:
            fits, best = tried, page
        else:
            too_many = tried
        tried = min((fits + too_many) // 2, max(2 * fits, _FIRST))
    return best or _page((), values)


def _page(rows: tuple[str, ...], values: Mapping[str, object]) -> str:
    kept = Counter(rows)
    stories = sum(count for name, count in kept.items() if name.startswith(_STORIES))
    page = _templates().get_template("digest.html").render(values, kept=kept, stories_kept=stories)
    return _inliner().inline(page)


def _rows(digest: Digest) -> Iterator[str]:
    """The part of each row, in the order in which rows are worth their room.

    First so many of each part as `_PARTS` has, then the rest in the same order. Stories take turns by
    watchlist, so that none is left out for another.
    """
    parts = {
        "moved": ["moved"] * len(digest.moved),
        "stories": _turns(digest),
        "ahead": ["ahead"] * len(digest.ahead),
        "trends": ["trends"] * len(digest.trends),
        "stuck": ["stuck"] * len(digest.stuck),
        "ill": ["ill"] * len(digest.coverage.recent),
        "weeks": ["weeks"] * len(digest.weeks),
        "activity": ["activity"] * len(digest.activity),
        "pipelines": ["pipelines"] * len(digest.pipelines),
    }
    for name, least in _PARTS:
        yield from parts[name][:least]
    for name, least in _PARTS:
        yield from parts[name][least:]


def _turns(digest: Digest) -> list[str]:
    places = (
        (rank, number) for number, one in enumerate(digest.sections) for rank in range(len(one.stories))
    )
    return [f"{_STORIES}{number}" for _, number in sorted(places)]


# ------------------------------------------------------------------ what a template knows


def _values(digest: Digest, links: Links, say: Labels) -> dict[str, object]:
    edition, zone = digest.edition, digest.subscriber.zone
    today = edition.until.astimezone(ZoneInfo(zone)).date()
    everything = "*" in digest.subscriber.watchlists
    return {
        "digest": digest,
        "links": links,
        "say": say,
        "subject": subject(digest, say),
        "first": headline(digest),
        "late": bool(edition.late),
        "grave": grave(digest),
        "days": days(digest),
        "next": following(digest),
        "today": today,
        "step": partial(step, say=say),
        "moment": partial(say.full_moment, zone=zone),
        "clock_name": edition.until.astimezone(ZoneInfo(zone)).tzname(),
        "when": partial(say.moment, zone=zone, beside=today),
        "tongue": partial(language, otherwise=say.language),
        "origin": partial(_origin, say=say),
        "titles": dict(digest.watchlists),
        "following": say("footer.all") if everything else ", ".join(t for _, t in digest.watchlists),
        "coverage": _coverage(digest.coverage, say),
        "healthy": _healthy(digest.coverage, say),
        "lasting": say("comma").join(_named(one) for one in digest.coverage.ill if one.lasting),
        "opinion": partial(_opinion, this=monday(edition.until), say=say),
    }


def _origin(name: str, tier: int, say: Labels) -> str:
    """EXIM newsroom, primary source; without a tier what a person says."""
    return say("comma").join((name, say(f"tier.{min(tier, 4)}"))) if tier > 0 else name


def _healthy(coverage: Coverage, say: Labels) -> str:
    """43 of 45 sources healthy, 1 not looked at yet."""
    words = [say("coverage.healthy", healthy=coverage.healthy, watched=coverage.watched)]
    words += [say("coverage.new", count=coverage.new)] if coverage.new else []
    return say("comma").join(words)


def _coverage(coverage: Coverage, say: Labels) -> str:
    """43 of 45 sources healthy, MOFCOM silent 9 h."""
    named = [_named(one) for one in coverage.ill[:MAX_ILL]]
    more = len(coverage.ill) - len(named)
    named += [say("and_more", count=more)] if more else []
    return say("comma").join((_healthy(coverage, say), *named))


def _named(one: Ill) -> str:
    return f"{clean(one.name, 60)} {clean(one.brief, 60)}"


def _opinion(week: Week, this: date, say: Labels) -> str:
    """6 of 8 marked were useful (75%), 3 not marked; of another week than this one with its first day."""
    if week.precision is None:
        said = say("precision.none", count=week.told)
    else:
        marked, share = week.useful + week.noise, say.share(week.precision)
        said = say("precision.some", useful=week.useful, marked=marked, share=share)
        if week.unmarked:
            said = say("comma").join((said, say("precision.unmarked", count=week.unmarked)))
    return said if week.first == this else say("precision.week", day=say.day(week.first), said=said)


@lru_cache(maxsize=2)
def _templates(field: int = _FIELD) -> jinja2.Environment:
    """With `line` for one field of the text, of so many characters at most."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor", "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(charts=charts, named=NAMED)
    environment.filters.update(
        line=partial(_line, limit=field), short=_short, web=web_link, dated=wording.dated
    )
    return environment


def _line(text: str, limit: int) -> str:
    """One line, that cannot be taken for another."""
    return shorten(clean(text, 2 * limit), limit)


def _short(text: str, limit: int) -> str:
    """One line of at most so many characters, that no dot between two facts begins on the screen."""
    return shorten(clean(text, 2 * limit), limit).replace(" · ", "\u00a0· ")


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, minify_css=True)
