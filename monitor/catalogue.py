"""`sources.yaml` -> the sources to poll. One bad entry is told and left out; the others stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Key

from monitor.errors import Invalid, Problem, Refused
from monitor.guard import Guard
from monitor.model import Source
from monitor.section import Duration
from monitor.sources import KINDS
from monitor.yamlfile import Strict, check, read


def _url(text: str) -> str:
    try:
        Guard().check_url(text)
    except Refused as error:
        raise ValueError(str(error)) from None
    return text


def _often(every: timedelta) -> timedelta:
    if every < timedelta(seconds=1):
        raise ValueError("a source cannot be asked without a pause: write at least 1s")
    return every


def known_zone(text: str) -> str:
    """An IANA time zone that this machine knows. Raises ValueError."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{text}' is not a time zone: write one like America/New_York") from None
    return text


class SourceFile(Strict):
    """One source."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: str = ""
    kind: str = "feed"
    url: Annotated[str, AfterValidator(_url)]
    tier: Annotated[int, Key(ge=1, le=4)] = 3
    lang: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    every: Annotated[Duration, AfterValidator(_often)] = Key(default="30m", validate_default=True)
    quiet_after: Duration = Key(default="7d", validate_default=True)
    disabled: str = ""
    note: str = ""


class CatalogueFile(Strict):
    sources: list[Any]


def parse(file: str, text: str) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """The sources that can be used, and every problem. Raises Invalid where the file is no YAML."""
    document = read(file, text, CatalogueFile)
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for number, entry in enumerate(document.value.sources):
        path = ("sources", number)
        try:
            written = check(document, path, entry, SourceFile)
        except Invalid as error:
            problems.extend(error.problems)
            continue
        if written.id in sources:
            problems.append(document.problem((*path, "id"), f"'{written.id}' appears twice", "rename one"))
        elif written.kind not in KINDS and not written.disabled:
            known = ", ".join(KINDS)
            message = f"the kind '{written.kind}' is not one of: {known}"
            problems.append(document.problem((*path, "kind"), message, "add 'disabled: why'"))
        else:
            sources[written.id] = _source(written)
    return tuple(sources.values()), tuple(sorted(problems))


def _source(written: SourceFile) -> Source:
    return Source(
        id=written.id,
        name=written.name or written.id,
        kind=written.kind,
        url=written.url,
        tier=written.tier,
        lang=written.lang,
        zone=written.zone,
        country=written.country,
        every=written.every,
        quiet_after=written.quiet_after,
        disabled=written.disabled,
        note=written.note,
    )
