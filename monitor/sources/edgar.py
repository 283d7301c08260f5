"""The SEC's EDGAR: what is filed now, what a company has filed, and what filings say.

The key of a filing is its accession number in all three, so that one filing is one wherever it is
found. The SEC answers readers whose User-Agent names a contact (`http.contact`), at most ten
requests a second (https://www.sec.gov/os/accessing-edgar-data).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic import Field as Key

from monitor import dates
from monitor.entries import MAX_ENTRIES, Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.section import known_zone
from monitor.sourcefile import SourceFile
from monitor.sources import jsonbody
from monitor.sources.feed import written as written_in
from monitor.text import clean, plain

ZONE = ZoneInfo("America/New_York")
ARCHIVE = "https://www.sec.gov/Archives/edgar/data"
# The list of current filings ends with a page of error past this one, the search past that one.
LAST_CURRENT = 5000
LAST_FOUND = 9900
STEP = 100
# EDGAR takes filings in from 6 to 22 o'clock Eastern time, and gives those from half past five on
# the next working day as their date (Regulation S-T, rules 12 and 13).
OPENS, CLOSES = 6, 22
NEXT_DAY_FROM = time(17, 30)
SEARCHED = timedelta(days=30)

# The items of Form 8-K, the long ones shortened (https://www.sec.gov/files/form8-k.pdf).
ITEMS = {
    "1.01": "Entry into a Material Definitive Agreement",
    "1.02": "Termination of a Material Definitive Agreement",
    "1.03": "Bankruptcy or Receivership",
    "1.04": "Mine Safety, Reporting of Shutdowns and Patterns of Violations",
    "1.05": "Material Cybersecurity Incidents",
    "2.01": "Completion of Acquisition or Disposition of Assets",
    "2.02": "Results of Operations and Financial Condition",
    "2.03": "Creation of a Direct Financial Obligation or an Off-Balance Sheet Obligation",
    "2.04": "Triggering Events That Accelerate or Increase a Direct Financial Obligation",
    "2.05": "Costs Associated with Exit or Disposal Activities",
    "2.06": "Material Impairments",
    "3.01": "Notice of Delisting or Failure to Satisfy a Continued Listing Rule; Transfer of Listing",
    "3.02": "Unregistered Sales of Equity Securities",
    "3.03": "Material Modification to Rights of Security Holders",
    "4.01": "Changes in Registrant's Certifying Accountant",
    "4.02": "Non-Reliance on Previously Issued Financial Statements or a Related Audit Report",
    "5.01": "Changes in Control of Registrant",
    "5.02": "Departure or Appointment of Certain Officers; Departure or Election of Directors",
    "5.03": "Amendments to Articles of Incorporation or Bylaws; Change in Fiscal Year",
    "5.04": "Temporary Suspension of Trading under Registrant's Employee Benefit Plans",
    "5.05": "Amendments to the Registrant's Code of Ethics, or Waiver of a Provision of It",
    "5.06": "Change in Shell Company Status",
    "5.07": "Submission of Matters to a Vote of Security Holders",
    "5.08": "Shareholder Director Nominations",
    "6.01": "ABS Informational and Computational Material",
    "6.02": "Change of Servicer or Trustee",
    "6.03": "Change in Credit Enhancement or Other External Support",
    "6.04": "Failure to Make a Required Distribution",
    "6.05": "Securities Act Updating Disclosure",
    "7.01": "Regulation FD Disclosure",
    "8.01": "Other Events",
    "9.01": "Financial Statements and Exhibits",
}
# What the SEC's pages say in the place of an answer, and what to do about it.
_BLOCKS = (
    ("undeclared automated tool", "the SEC refuses readers that name no contact: set http.contact"),
    ("request rate threshold", "the SEC was asked too often and blocks us for about ten minutes"),
    ("file unavailable", "the SEC says that this page is not available for now"),
)
_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
_FILER = re.compile(r"(?P<name>.*?)(?: \(\d{10}\))?(?: \((?P<role>[A-Za-z ]+)\))?")
_ITEM = re.compile(r"Item (\w[\w.]*): ([^<\n]+)")


class EdgarFile(SourceFile):
    """A list of EDGAR: of all current filings, of one company's, or of those whose text has words."""

    kind: Literal["edgar"] = "edgar"
    zone: Annotated[str, AfterValidator(known_zone)] = "America/New_York"
    feed: Annotated[
        Literal["current", "submissions", "search"], Key(description="Which of the SEC's lists it is.")
    ] = "submissions"
    forms: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 /-]+$")]],
        Key(description="Forms that are read: 8-K, 10-Q; all where none is named."),
    ] = []
    q: Annotated[str, Key(description="What is searched for, phrases in quotes.")] = ""

    @model_validator(mode="after")
    def _searches_for_something(self) -> EdgarFile:
        if self.feed == "search" and not self.q and not self.disabled:
            raise ValueError("a search needs words: write q")
        return self


@dataclass(frozen=True, slots=True)
class _Filing:
    """One filing. `filed` is a moment or a day as the SEC writes it, `period` what it reports on."""

    accession: str
    form: str
    names: tuple[str, ...]
    items: tuple[str, ...]
    link: str
    filed: str
    period: str = ""
    more: str = ""


# ------------------------------------------------------------------ how it is asked


def ask(source: Source, asking: Asking) -> Request:
    """The newest filings."""
    if source.options_as(EdgarFile).feed == "search":
        return _search(source, Span(asking.now - SEARCHED, asking.now), 0)
    return Request(source.url)


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """A part of the past. The current list reaches some days back, a company's list a year or more."""
    kind = source.options_as(EdgarFile).feed
    if kind == "search":
        return _search(source, span, number) if number * STEP <= LAST_FOUND else None
    if kind == "current":
        start = number * STEP
        return Request(_with(source.url, start=start, count=STEP)) if start <= LAST_CURRENT else None
    return Request(source.url) if number == 0 else None


def _search(source: Source, span: Span, number: int) -> Request:
    options = source.options_as(EdgarFile)
    asked = {"q": options.q} | ({"forms": ",".join(options.forms)} if options.forms else {})
    since, until = (moment.astimezone(ZONE).date().isoformat() for moment in (span.since, span.until))
    asked |= {"dateRange": "custom", "startdt": since, "enddt": until}
    return Request(_with(source.url, **asked, **({"from": number * STEP} if number else {})))


def _with(url: str, **asked: str | int) -> str:
    """An address with these parameters in the place of those it has of the same name."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {k: str(v) for k, v in asked.items()}
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


# ------------------------------------------------------------------ how it is read


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Its filings, each once, whoever filed it; of more than can be read, the newest.

    See `monitor.kind.Read`.
    """
    _no_block(document.body, source)
    options = source.options_as(EdgarFile)
    if options.feed == "current":
        filings = _current(document, source)
    elif options.feed == "submissions":
        filings = _submissions(jsonbody.parse(document, source.id), source, now)
    else:
        filings = _found(jsonbody.parse(document, source.id), source, options.q)
    wanted = {form.casefold() for form in options.forms}
    chosen = [f for f in _joined(filings) if not wanted or f.form.casefold() in wanted]
    return reading([_written(filing) for filing in chosen[:MAX_ENTRIES]], document.url, source, now)


def _no_block(body: bytes, source: Source) -> None:
    if jsonbody.is_html(body):
        page = body[:50_000].decode("latin-1").lower()
        for words, meaning in _BLOCKS:
            if words in page:
                raise Unreadable(meaning, subject=source.id)


def _joined(filings: Iterable[_Filing]) -> list[_Filing]:
    """One filing for each accession number, with all names and items that are given with it."""
    found: dict[str, _Filing] = {}
    for one in filings:
        known = found.get(one.accession)
        if known:
            names = tuple(dict.fromkeys((*known.names, *one.names)))
            items = tuple(dict.fromkeys((*known.items, *one.items)))
            one = replace(known, names=names, items=items)  # noqa: PLW2901 - the same filing, with more names
        found[one.accession] = one
    return list(found.values())


def _written(filing: _Filing) -> Written:
    names = "; ".join(filing.names)
    told = [item for item in filing.items if not item.startswith("9.01")]
    items = "; ".join(item.partition(" ")[2] or item for item in told)
    lines = (
        f"Form {filing.form} filed by {names.rstrip('.')}.",
        *(f"Item {item}." for item in filing.items),
        filing.period and f"Reports on {dates.in_words(filing.period)}.",
        filing.more,
        f"Accession number {filing.accession}.",
    )
    return Written(
        id=filing.accession,
        link=filing.link,
        title=f"{filing.form}, {names}" + (f": {items}" if items else ""),
        text="\n".join(filter(None, lines)),
        date=filing.filed,
    )


def _in_words(number: str) -> str:
    """1.01 as "1.01 Entry into a Material Definitive Agreement"."""
    return f"{number} {ITEMS[number]}" if number in ITEMS else number


# ------------------------------------------------------------------ the three lists


def _current(document: Document, source: Source) -> Iterator[_Filing]:
    """https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent: one entry for each filer."""
    for entry in written_in(document, source):
        accession = _ACCESSION.search(entry.id) or _ACCESSION.search(entry.link)
        form, _, filed_by = clean(entry.title, 1000).partition(" - ")
        filer = _FILER.fullmatch(filed_by)
        if not accession or not filer:
            continue
        role = filer["role"] or ""
        name = filer["name"] if role in ("", "Filer") else f"{filer['name']} ({role})"
        lines = re.sub(r"<br\s*/?>", "\n", entry.text)
        items = tuple(f"{number} {plain(words)}" for number, words in _ITEM.findall(lines))
        yield _Filing(accession[0], form, (name,), items, entry.link, entry.date)


def _submissions(found: Any, source: Source, now: datetime) -> Iterator[_Filing]:
    """https://data.sec.gov/submissions/: a company, and its filings as columns of equal length."""
    recent = jsonbody.within(found, "filings", "recent")
    numbers = jsonbody.within(recent, "accessionNumber")
    if not isinstance(numbers, list):
        raise Unreadable("no filings in the answer: has its layout changed?", subject=source.id)

    def column(name: str) -> list[str]:
        values = jsonbody.within(recent, name)
        texts = [jsonbody.text(value) for value in values] if isinstance(values, list) else []
        return (texts + [""] * len(numbers))[: len(numbers)]

    tickers = jsonbody.text(jsonbody.within(found, "tickers"))
    company = jsonbody.text(jsonbody.within(found, "name")) + (f" ({tickers})" if tickers else "")
    cik = jsonbody.text(jsonbody.within(found, "cik")).lstrip("0")
    accepted = _moments(column("acceptanceDateTime"), column("filingDate"), now)
    names = ("accessionNumber", "form", "items", "primaryDocument", "filingDate", "reportDate")
    columns = zip(*(column(name) for name in (*names, "primaryDocDescription")), accepted, strict=True)
    for number, form, items, file, filed, period, about, moment in columns:
        if not _ACCESSION.fullmatch(number):
            continue
        listed = tuple(_in_words(one.strip()) for one in items.split(",") if one.strip())
        more = f"Document: {about}." if about and about != form else ""
        link = _link(cik, number, file)
        yield _Filing(number, form, (company,), listed, link, moment or filed, period, more)


def _link(cik: str, accession: str, file: str) -> str:
    """A document of a filing, or the list of its documents where none is named."""
    named = re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", file, re.ASCII)
    place = file if named else f"{accession}-index.htm"
    return f"{ARCHIVE}/{cik}/{accession.replace('-', '')}/{place}" if cik.isdecimal() else ""


def _moments(written: Sequence[str], days: Sequence[str], now: datetime) -> list[str]:
    """When filings were accepted, with the zone that these times are really in.

    All end in Z, and in some companies' files they are UTC while in others they are Eastern time:
    of those captured, Marvell's agrees with the list of current filings (21:19:53Z here, 16:19:53-05:00
    there), and Alzamend Neuro's has 365 of 370 times at the hours at which EDGAR is open in New York.
    So a file is taken for what makes fewer of its times impossible: see `_impossible`. Where both
    are as good, it is taken at its word.
    """
    read = [_naive(text) for text in written]
    known = [(moment, day) for moment, day in zip(read, days, strict=True) if moment]
    in_utc = sum(_impossible(moment.replace(tzinfo=UTC), day, now) for moment, day in known)
    in_zone = sum(_impossible(moment.replace(tzinfo=ZONE), day, now) for moment, day in known)
    zone = ZONE if in_zone < in_utc else UTC
    return [moment.replace(tzinfo=zone).isoformat() if moment else "" for moment in read]


def _naive(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if len(text) > 10 else None
    except ValueError:
        return None


def _impossible(moment: datetime, day: str, now: datetime) -> bool:
    """Is it in the future, when EDGAR is closed, or given a later day too early in the day?"""
    try:
        there = moment.astimezone(ZONE)
    except OverflowError:
        return True
    soon = there.time() < NEXT_DAY_FROM and day > there.date().isoformat()
    return moment > now or not OPENS <= there.hour < CLOSES or soon


def _found(found: Any, source: Source, q: str) -> Iterator[_Filing]:
    """https://efts.sec.gov/LATEST/search-index: one hit for each document of a filing."""
    hits = jsonbody.within(found, "hits", "hits")
    if not isinstance(hits, list):
        said = jsonbody.text(jsonbody.within(found, "errorMessage")) or "has its layout changed?"
        raise Unreadable(f"no hits in the answer: {said[:200]}", subject=source.id)
    for hit in jsonbody.mappings(hits):
        about = jsonbody.within(hit, "_source")
        _, _, file = jsonbody.text(hit.get("_id")).partition(":")
        accession = _ACCESSION.match(
            jsonbody.text(jsonbody.within(about, "adsh")) or jsonbody.text(hit.get("_id"))
        )
        if not accession:
            continue
        ciks, items, names, forms = (
            [jsonbody.text(one) for one in value] if isinstance(value, list) else []
            for value in (
                jsonbody.within(about, name) for name in ("ciks", "items", "display_names", "root_forms")
            )
        )
        form = jsonbody.text(jsonbody.within(about, "form")) or (forms or [""])[0]
        document = jsonbody.text(jsonbody.within(about, "file_description")) or jsonbody.text(
            jsonbody.within(about, "file_type")
        )
        yield _Filing(
            accession[0],
            form,
            tuple(re.sub(r" ?\(CIK \d+\)", "", clean(name, 500)) for name in names),
            tuple(_in_words(item) for item in items),
            _link((ciks or [""])[0].lstrip("0"), accession[0], file),
            jsonbody.text(jsonbody.within(about, "file_date")),
            jsonbody.text(jsonbody.within(about, "period_ending")),
            (f"Document: {document}. " if document else "") + f"Its text has: {q}",
        )


KIND = Kind(EdgarFile, read, ask, page)
