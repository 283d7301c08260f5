"""A list in JSON, or in a CSV file that JSON names, by path expressions (JMESPath, jmespath.org).

A path cannot take more than the document holds: JMESPath has no recursion, no regular expressions
and no way out of the document. What the document nests stays where the path does not go.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, JsonValue, StringConstraints, model_validator
from pydantic import Field as Key

from monitor import dates
from monitor.entries import MAX_ENTRIES, Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.links import web_link
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.section import Duration
from monitor.sourcefile import SourceFile
from monitor.sources import jsonbody
from monitor.yamlfile import Strict

MAX_ROWS = 100_000
_IN_BRACES = re.compile(r"\{([^{}]+)\}")
_ASKED = re.compile(r"\{(n|offset|since|until|key)\}")
_DAY_OR_MONTH_FIRST = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b(.*)", re.DOTALL)

# ------------------------------------------------------------------ how it is written


@lru_cache(maxsize=1000)
def _path(text: str) -> str:
    """A path: JMESPath, or the very name of a key or column, whatever is in it. Raises ValueError."""
    try:
        jmespath.compile(text)
    except JMESPathError:
        if re.search(r"[\[\]|`\"'(){}@*?]", text) or not text.strip():
            raise ValueError(f"'{text[:60]}' is not a path: see jmespath.org") from None
        return json.dumps(text)
    return text


def _words(text: str) -> str:
    """A path, or words around paths in braces. Raises ValueError."""
    if "{" not in text:
        return _path(text)
    for found in _IN_BRACES.finditer(text):
        _path(found[1])
    return text


def _header(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", name) or name.lower() in ("host", "content-length", "cookie"):
        raise ValueError(f"'{name[:40]}' cannot be set as a header")
    return name


def _encoding(name: str) -> str:
    try:
        "".encode(codecs.lookup(name).name)
    except (LookupError, ValueError):
        raise ValueError(f"'{name[:40]}' is not an encoding: write gb18030, utf-8 or latin-1") from None
    return name


Path = Annotated[str, AfterValidator(_path)]
Words = Annotated[str, AfterValidator(_words)]
Header = Annotated[str, AfterValidator(_header)]
Line = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$", max_length=2000)]
Scalar = str | int


class EntryFile(Strict):
    """Where an entry has what. A path, or words with paths in braces: "{stock[0].sn}: {title}"."""

    id: Annotated[Words, Key(description="What it is known by, whatever else of it changes.")] = ""
    title: Annotated[Words, Key(description="Its title.")]
    link: Annotated[Words, Key(description="Its address, whole or from the site's root.")] = ""
    text: Annotated[list[Words], Key(description="Its text, of one or several parts.")] = []
    date: Annotated[Words, Key(description="When it was published.")] = ""
    date_order: Annotated[
        Literal["", "dmy", "mdy"],
        Key(description="dmy where a date is written 17/07/2026, mdy for 07/17/2026."),
    ] = ""


class JsonFile(SourceFile):
    """A list in JSON: where it is, what an entry is, and what is asked.

    In `parameters`, `headers`, `form` and `json` may stand {key}, the secret; in all but `headers`, and in
    `page`, {n} (1, 2, 3 ...), {offset} (0, size, ...), {since} and {until}.
    """

    kind: Literal["json"] = "json"
    items: Annotated[Path, Key(description="The path to the list.")] = "@"
    entry: Annotated[EntryFile | None, Key(description="Where an entry has what.")] = None
    only: Annotated[
        dict[Path, list[Scalar]], Key(description="Entries that have one of these values at a path.")
    ] = {}
    follow: Annotated[
        Path | None, Key(description="The path to the address of the file that has the list.")
    ] = None
    parameters: Annotated[dict[str, Scalar], Key(description="What is added to the address.")] = {}
    headers: Annotated[dict[Header, Line], Key(description="What is asked with besides.")] = {}
    form: Annotated[dict[str, Scalar] | None, Key(description="A form to POST.")] = None
    json_: Annotated[JsonValue, Key(alias="json", description="JSON to POST.")] = None
    page: Annotated[str, Key(description="The address of one page of the past.")] = ""
    pages: Annotated[int, Key(ge=1, le=1000, description="How many pages there are at most.")] = 50
    size: Annotated[int, Key(ge=1, le=10_000, description="How many entries a page has.")] = 20
    back: Annotated[Duration, Key(description="How far back {since} reaches.")] = Key(
        default="30d", validate_default=True
    )
    day: Annotated[Line, Key(description="How {since} and {until} are written.")] = "%Y-%m-%d"
    encoding: Annotated[str, Key(description="The encoding where it is not UTF-8.")] = ""

    @model_validator(mode="after")
    def _can_be_read(self) -> JsonFile:
        if self.encoding:
            _encoding(self.encoding)
        if not self.disabled and self.entry is None:
            raise ValueError("nothing says what an entry is: write entry, with at least title")
        if self.form is not None and self.json_ is not None:
            raise ValueError("form and json are both written: keep one of the two")
        if self.key and "{key}" not in repr((self.parameters, self.headers, self.form, self.json_)):
            raise ValueError('the key is used nowhere: write "{key}" in headers or parameters')
        return self


# ------------------------------------------------------------------ how it is asked


def ask(source: Source, asking: Asking) -> Request:
    """The newest page."""
    options = source.options_as(JsonFile)
    return _request(source, asking, Span(asking.now - options.back, asking.now), 0)


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """A page of the past; None after the last, or where the source has no past to be asked for."""
    options = source.options_as(JsonFile)
    written = repr((options.page, options.parameters, options.form, options.json_))
    numbered = bool({"n", "offset"} & set(_ASKED.findall(written)))
    dated = bool({"since", "until"} & set(_ASKED.findall(written)))
    last = options.pages if numbered else int(dated)
    return _request(source, asking, span, number, past=True) if number < last else None


def _request(source: Source, asking: Asking, span: Span, number: int, *, past: bool = False) -> Request:
    options = source.options_as(JsonFile)
    zone = ZoneInfo(source.zone)
    values = {
        "n": str(number + 1),
        "offset": str(number * options.size),
        "since": span.since.astimezone(zone).strftime(options.day),
        "until": span.until.astimezone(zone).strftime(options.day),
        "key": asking.secret,
    }
    url = _filled(options.page, values) if past and options.page else source.url
    if options.parameters:
        query = urlencode({name: _filled(str(value), values) for name, value in options.parameters.items()})
        url += ("&" if urlsplit(url).query else "?") + query
    headers = {"Accept": "application/json, */*;q=0.5"} | dict(options.headers)
    body = b""
    if options.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        body = urlencode({name: _filled(str(value), values) for name, value in options.form.items()}).encode()
    elif options.json_ is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(_filled_json(options.json_, values), ensure_ascii=False).encode()
    method: Literal["GET", "POST"] = "POST" if body else "GET"
    return Request(url, method, tuple((name, _filled(v, values)) for name, v in headers.items()), body)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _ASKED.sub(lambda found: values[found[1]], text)


def _filled_json(value: Any, values: Mapping[str, str]) -> Any:
    """The same for every text in a value; one that is nothing but a number's place becomes a number."""
    if isinstance(value, dict):
        return {name: _filled_json(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled_json(one, values) for one in value]
    if value in ("{n}", "{offset}"):
        return int(values[value[1:-1]])
    return _filled(value, values) if isinstance(value, str) else value


# ------------------------------------------------------------------ how it is read


def read(document: Document, source: Source, now: datetime) -> Reading:
    """The entries of the list, or the file to ask for next. See `monitor.kind.Read`.

    Links are taken from the source's own address: that of the document may hold a key.
    """
    options = source.options_as(JsonFile)
    if options.entry is None:
        raise Unreadable("nothing says what an entry is: write entry", subject=source.id)
    if options.follow and not _looks_like_json(document.body):
        rows = _table(document, source, options.encoding)
    else:
        value = jsonbody.parse(document, source.id, options.encoding)
        more = _further(value, source, options) if options.follow else ()
        if more:
            return Reading((), more=more)
        rows = _rows(value, source, options.items)
    chosen = [row for row in rows if _chosen(row, options.only)]
    written = [_written(row, options.entry) for row in _newest(chosen, options.entry, source.zone, now)]
    _no_question_marks(written, source)
    return reading(written, source.url, source, now)


def _looks_like_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _rows(value: Any, source: Source, items: str) -> list[Any]:
    found = _search(items, value)
    if isinstance(found, list):
        return found
    what = "nothing" if found is None else "no list"
    raise Unreadable(f"there is {what} at '{items}': has its layout changed?", subject=source.id)


def _table(document: Document, source: Source, encoding: str) -> list[dict[str, Any]]:
    """The rows of a CSV file with names in its first line."""
    if jsonbody.is_html(document.body):
        raise Unreadable("an HTML page came where a table was expected", subject=source.id)
    lines = csv.DictReader(io.StringIO(jsonbody.decode(document.body, encoding), newline=""))
    try:
        lines.fieldnames = [name.strip() for name in lines.fieldnames or ()]
        rows = [row for _, row in zip(range(MAX_ROWS), lines, strict=False)]
    except csv.Error as error:
        raise Unreadable(f"a table that cannot be read ({error})", subject=source.id) from None
    if len(lines.fieldnames) < 2:
        raise Unreadable("neither JSON nor a table with commas", subject=source.id)
    return rows


def _further(value: Any, source: Source, options: JsonFile) -> tuple[Request, ...]:
    """What the index names, to be asked for without the headers, which may hold a secret."""
    assert options.follow
    found = _search(options.follow, value)
    if found is None and isinstance(_search(options.items, value), list):
        return ()  # a JSON file that an index named
    named = found if isinstance(found, list) else [found]
    links = [link for one in named if (link := web_link(jsonbody.text(one), source.url))]
    if not links:
        message = f"there is no address at '{options.follow}': has its layout changed?"
        raise Unreadable(message, subject=source.id)
    return tuple(Request(link, headers=(("Accept", "*/*"),)) for link in dict.fromkeys(links))


@lru_cache(maxsize=1000)
def _compiled(path: str) -> jmespath.parser.ParsedResult:
    return jmespath.compile(path)


def _search(path: str, value: Any) -> Any:
    try:
        return _compiled(path).search(value)
    except (JMESPathError, RecursionError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None  # the document has something else there than the path makes of it


def _chosen(row: Any, only: Mapping[str, Iterable[Scalar]]) -> bool:
    """Has the row one of the wanted values at every path?"""
    for path, wanted in only.items():
        found = _search(path, row)
        there = {jsonbody.text(one) for one in (found if isinstance(found, list) else [found])}
        if not there & {str(one) for one in wanted}:
            return False
    return True


def _written(row: Any, entry: EntryFile) -> Written:
    return Written(
        id=_said(entry.id, row),
        link=_said(entry.link, row).strip(),
        title=_said(entry.title, row),
        text="\n".join(filter(None, (_said(part, row) for part in entry.text))),
        date=_dated(row, entry),
    )


def _said(words: str, row: Any) -> str:
    """What a path finds, or the words with what their paths find; "" where none finds anything."""
    if not words:
        return ""
    if "{" not in words:
        return jsonbody.text(_search(words, row))
    found = {part: jsonbody.text(_search(_path(part), row)) for part in _IN_BRACES.findall(words)}
    return _IN_BRACES.sub(lambda part: found[part[1]], words) if any(found.values()) else ""


def _dated(row: Any, entry: EntryFile) -> str:
    """The date of an entry; one that begins with its day or month, with its year first."""
    text = _said(entry.date, row)
    found = _DAY_OR_MONTH_FIRST.fullmatch(text) if entry.date_order else None
    if not found:
        return text
    day, month = (found[1], found[2]) if entry.date_order == "dmy" else (found[2], found[1])
    return f"{found[3]}-{int(month):02}-{int(day):02}{found[4]}"


def _newest(rows: list[Any], entry: EntryFile, zone: str, now: datetime) -> list[Any]:
    """Of more entries than are read, those with the latest dates, the newest first."""
    if len(rows) <= MAX_ENTRIES:
        return rows
    when = [dates.parse(_dated(row, entry), zone, now) or dates.EARLIEST for row in rows]
    order = sorted(range(len(rows)), key=lambda number: when[number], reverse=True)
    return [rows[number] for number in order[:MAX_ENTRIES]]


def _no_question_marks(written: Iterable[Written], source: Source) -> None:
    """Some servers of China answer "????" to whoever does not ask for UTF-8."""
    text = re.sub(r"[\s\d]+", "", "".join(one.title for one in written))
    if len(text) >= 10 and text.count("?") > len(text) // 2:
        remedy = "write headers: {Accept: application/json;charset=utf-8}"
        raise Unreadable(f"its text is mostly question marks: {remedy}", subject=source.id)


KIND = Kind(JsonFile, read, ask, page)
