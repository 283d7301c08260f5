"""`sources.yaml` -> the sources to poll. One bad entry is told and left out; the others stay."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from monitor.errors import Invalid, Problem
from monitor.manners import wants_contact
from monitor.model import Source
from monitor.sourcefile import SourceFile
from monitor.sources import KINDS
from monitor.yamlfile import Document, Strict, check, read

CONTACT = "contact"
NO_CONTACT = "answers only readers who name a contact"


class CatalogueFile(Strict):
    sources: list[Any]


def parse(file: str, text: str, keys: Collection[str] = ()) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """The sources that can be used, and every problem. Raises Invalid where the file is no YAML.

    `keys` names the secrets there are, and CONTACT where one is set; a source that needs another
    is disabled and says so.
    """
    document = read(file, text, CatalogueFile)
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for number, entry in enumerate(document.value.sources):
        path = ("sources", number)
        try:
            written = _written(document, number, entry)
        except Invalid as error:
            problems.extend(error.problems)
            continue
        if written.id in sources:
            problems.append(document.problem((*path, "id"), f"'{written.id}' appears twice", "rename one"))
        else:
            sources[written.id] = source_of(written, keys)
    return tuple(sources.values()), tuple(sorted(problems))


def _written(document: Document[Any], number: int, entry: object) -> SourceFile:
    """An entry, checked as its kind has it; one that is disabled may be of a kind not known here."""
    path = ("sources", number)
    named = entry.get("kind", "feed") if isinstance(entry, dict) else "feed"
    if str(named) in KINDS:
        return check(document, path, entry, KINDS[str(named)].written)
    written = check(document, path, entry, SourceFile)
    if not written.disabled:
        message = f"the kind '{named}' is not one of: {', '.join(KINDS)}"
        raise Invalid((document.problem((*path, "kind"), message, "add 'disabled: why'"),))
    return written


def _lacking(written: SourceFile, keys: Collection[str]) -> str:
    """What the settings have to have before this source can be asked; empty where nothing."""
    if written.key and written.key not in keys:
        return f"needs a key: set keys.{written.key} in the settings"
    if CONTACT not in keys and wants_contact(written.url):
        return f"{NO_CONTACT}: set http.contact in the settings"
    return ""


def source_of(written: SourceFile, keys: Collection[str] = ()) -> Source:
    """The source that an entry of the file is; `keys` as for `parse`."""
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
        disabled=written.disabled or _lacking(written, keys),
        note=written.note,
        read=written.read,
        key=written.key,
        options=written,
    )
