"""GDELT DOC 2.0: what the news of the last three months says, in a hundred languages, by question.

https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/. The service takes one question in five
seconds from an address, all its interfaces together, and answers errors in words with status 200.
An answer holds at most 250 articles and has no second page, so that the past is asked by stretches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic import Field as Key

from monitor.entries import Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.links import with_query
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Refusal, Request, Span
from monitor.section import Duration
from monitor.sourcefile import SourceFile, WebAddress
from monitor.sources.jsonbody import decoded, records, word

MAX_ROWS = 250
MAX_QUERY = 250
KEPT = timedelta(days=90)
PART = timedelta(hours=6)
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=7)
_PAUSE = timedelta(minutes=15)
# What it answers in words, as seen, and what to do. With a pause the same question may succeed.
_TOLD = (
    ("limit requests", "it takes one question in 5 seconds from an address, all together", _PAUSE),
    ("too short or too long", f"write at least one longer word, at most {MAX_QUERY} characters in all", None),
    ("phrase is too short", "write a longer phrase between the quotation marks", None),
    ("too common", "write a rarer word, or a phrase in quotation marks", None),
    ("surrounded by ()", "put words joined by OR in brackets", None),
    ("parentheses may only", "use brackets for words joined by OR only", None),
    ("last 3 months", "it knows the last three months only", None),
)
_REFUSALS = (Refusal(429, _TOLD[0][1], _PAUSE),)
_PHRASE = re.compile(r'"[^"]*"')
_ANY_OF = re.compile(r"\([^()]*\bOR\b[^()]*\)")
_LOOSE = re.compile(r" +([,.;:!?%)\]])")
_INITIALS = re.compile(r"\b([A-Z])\. (?=[A-Z]\.)")


def _question(text: str) -> str:
    bare = _ANY_OF.sub("", _PHRASE.sub("", text))
    if re.search(r"\bOR\b", bare):
        raise ValueError('put words joined by OR in brackets: ("rare earth" OR gallium)')
    if re.search(r"[()]", bare):
        raise ValueError("brackets are for words joined by OR only")
    return text


Question = Annotated[str, StringConstraints(min_length=3, max_length=MAX_QUERY), AfterValidator(_question)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,40}$")]


class GdeltFile(SourceFile):
    """One question, or several that are asked in turn, one at a time: the limit is shared."""

    kind: Literal["gdelt"] = "gdelt"
    url: WebAddress = "https://api.gdeltproject.org/api/v2/doc/doc"
    query: Annotated[Question | None, Key(description="What is looked for, in GDELT's syntax.")] = None
    queries: Annotated[
        list[Question], Key(max_length=20, description="Several questions, asked in turn, one each time.")
    ] = []
    timespan: Annotated[
        Duration | None, Key(description="How far back is looked; twice as long as between two looks.")
    ] = None
    languages: Annotated[list[Name], Key(description="Languages of the articles: english, chinese.")] = []
    countries: Annotated[
        list[Name], Key(description="Countries of the publishers, in English without spaces: malaysia.")
    ] = []

    @model_validator(mode="after")
    def _whole(self) -> GdeltFile:
        if bool(self.query) == bool(self.queries):
            raise ValueError("write either 'query' or 'queries'")
        if any(len(question) > MAX_QUERY for question in self.questions):
            raise ValueError(f"with languages and countries, a question may have {MAX_QUERY} characters")
        return self

    @property
    def questions(self) -> Sequence[str]:
        """Each as it is asked."""
        limits = [_any_of("sourcelang", self.languages), _any_of("sourcecountry", self.countries)]
        return [" ".join(filter(None, [one, *limits])) for one in self.queries or [self.query or ""]]


def _any_of(name: str, values: Sequence[str]) -> str:
    joined = " OR ".join(f"{name}:{value.lower()}" for value in values)
    return f"({joined})" if len(values) > 1 else joined


# ------------------------------------------------------------------ asking


def ask(source: Source, asking: Asking) -> Request:
    """The question whose turn it is, by the clock: the same for all who ask in the same interval."""
    options = source.options_as(GdeltFile)
    questions = options.questions
    turn = int(asking.now.timestamp() // source.every.total_seconds())
    since = options.timespan or _back(asking, 2 * source.every * len(questions))
    minutes = max(since, SHORTEST) // timedelta(minutes=1)
    return _request(source, questions[turn % len(questions)], ("timespan", f"{minutes}min"))


def _back(asking: Asking, usual: timedelta) -> timedelta:
    """As far as usual, and after a time without answers as far as the newest that is known."""
    missed = asking.now - asking.newest if asking.newest else usual
    return max(usual, min(missed, LONGEST))


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """The questions, each for six hours of the past, oldest first."""
    questions = source.options_as(GdeltFile).questions
    stretch, which = divmod(number, len(questions))
    since = max(span.since, asking.now - KEPT) + stretch * PART
    if since >= span.until:
        return None
    until = min(since + PART, span.until)
    return _request(
        source,
        questions[which],
        ("startdatetime", f"{since:%Y%m%d%H%M%S}"),
        ("enddatetime", f"{until:%Y%m%d%H%M%S}"),
    )


def _request(source: Source, question: str, *when: tuple[str, str]) -> Request:
    fixed = (("mode", "artlist"), ("format", "json"), ("maxrecords", str(MAX_ROWS)), ("sort", "datedesc"))
    return Request(with_query(source.url, [("query", question), *fixed, *when]), refusals=_REFUSALS)


# ------------------------------------------------------------------ reading


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Articles; `seendate` is when GDELT saw one, the only time it gives. See `monitor.kind.Read`."""
    _told(document, source.id)
    answer = decoded(document, source.id)
    rows = records(answer, "articles", source.id) if answer else []  # nothing found is an empty object
    articles = [
        Written(
            id="",
            link=word(row, "url"),
            title=_joined(word(row, "title")),
            text=word(row, "domain"),
            date=word(row, "seendate"),
        )
        for row in rows
    ]
    found = reading(articles, document.url, source, now)
    if len(rows) < MAX_ROWS:
        return found
    full = f"{MAX_ROWS} articles, the most that one answer holds: there may be more; narrow the query"
    return replace(found, set_aside=(*found.set_aside, full))


def _told(document: Document, subject: str) -> None:
    """Raises Unreadable, with the remedy and the pause, where the answer is one of its messages."""
    text = document.body[:300].decode("utf-8", "replace").lower()
    if text.lstrip("\ufeff \r\n\t").startswith("{"):
        return
    for part, remedy, wait in _TOLD:
        if part in text:
            raise Unreadable(f"GDELT says: {part}; {remedy}", subject=subject, retry_after=wait)


def _joined(title: str) -> str:
    """Its titles have spaces before every mark: "U . S . and Malaysia , in brief"."""
    return _INITIALS.sub(r"\1.", _LOOSE.sub(r"\1", title))


KIND = Kind(GdeltFile, read, ask, page, gaps=True)
