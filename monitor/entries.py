"""What a document says of each entry, in the publisher's words -> the entries of a reading.

Every kind of source ends here, so that identity, limits and cleaning are the same for all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import dates
from monitor.errors import Unreadable
from monitor.links import canonical, true_link, web_link
from monitor.model import Entry, Reading, Source
from monitor.text import clean, fold, plain, shorten

MAX_ENTRIES = 1000
MAX_TITLE = 1000
MAX_TEXT = 20_000
# A text of so many characters is cut like any other, and told.
NOTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """An entry in the publisher's own words, before anything is cleaned. Title and text may be HTML."""

    id: str
    link: str
    title: str
    text: str
    date: str


def reading(written: Sequence[Written], base: str, source: Source, now: datetime) -> Reading:
    """The entries, cleaned, each once; what cannot be one is set aside with its reason.

    `base` is for relative links. Raises Unreadable where there are entries and none can be read.
    """
    entries: dict[str, Entry] = {}
    set_aside: list[str] = []
    shared = {link for link, n in Counter(w.link for w in written).items() if n > 1}
    for number, one in enumerate(written, start=1):
        if number > MAX_ENTRIES:
            set_aside.append(f"{len(written) - MAX_ENTRIES} entries after the first {MAX_ENTRIES}")
            break
        try:
            entry = _entry(one, base, source.zone, now, link_is_own=one.link not in shared)
        except Exception as error:  # noqa: BLE001 - one entry's surprise is that entry's alone
            set_aside.append(f"entry {number}: {type(error).__name__}: {error}")
            continue
        if len(one.text) > NOTED:
            set_aside.append(f"entry {number}: of {len(one.text):,} characters the first are read")
        if entry is None:
            set_aside.append(f"entry {number}: no title, text or link")
        elif entry.key not in entries:
            entries[entry.key] = entry
    if written and not entries:
        raise Unreadable(f"none of {len(written)} entries can be read: {set_aside[0]}", subject=source.id)
    return Reading(tuple(entries.values()), tuple(set_aside))


def _entry(written: Written, base: str, zone: str, now: datetime, *, link_is_own: bool) -> Entry | None:
    link = true_link(web_link(written.link, base))
    text = plain(written.text, MAX_TEXT)
    title = plain(written.title, MAX_TITLE) or shorten(text, 120) or link
    if not title:
        return None
    place = canonical(link) if link else ""
    named = clean(written.id, 500)
    key = named or (place if link_is_own else "") or _digest(title, text, place)
    return Entry(
        key=key,
        alias=_digest(place, fold(title).text),
        link=link,
        title=title,
        text=text,
        published=dates.parse(written.date, zone, now),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
