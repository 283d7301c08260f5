"""The rows of a ledger x a span -> which stand elsewhere at its end than at its start, by what was known
then and then. Pure.

A row gives one `Moved` for a span, with its ends only. Over spans that follow each other they make a
chain: each begins where the one before ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor import sheet, wording
from monitor.digest import Moved
from monitor.fact import Kind
from monitor.ledger import Entry, Ledger, Standing, Step, What
from monitor.ledgers import HAND, difference, stood
from monitor.sheet import Row

# Where a row stands of which a person took out all evidence.
TAKEN_BACK = "taken back"
_WORD = re.compile(r"\w+")
_FIRST: tuple[What, ...] = ("reversed", "moved", "opened", "confirmed", "contradicted")


def moved(ledger: Ledger, entries: Iterable[Entry], since: datetime, until: datetime) -> list[Moved]:
    """What moved in [since, until): what was set back first, then what went on, then what was opened,
    confirmed and contradicted; of each the newest first.

    A row of the file is never opened: it stands where the file has it.
    """
    found = (_moved(ledger, entry, since, until) for entry in entries)
    return sorted(filter(None, found), key=rank)


def rank(one: Moved) -> tuple[bool, int, float, str]:
    """The order of reading. Sources that disagree set nothing back."""
    return (
        not one.reverses or one.what == "contradicted",
        _FIRST.index(one.what),
        -one.at.timestamp(),
        one.key,
    )


def _moved(ledger: Ledger, entry: Entry, since: datetime, until: datetime) -> Moved | None:
    before, after = stood(ledger, entry, since), stood(ledger, entry, until)
    what = difference(ledger, before, after)
    if what is None:
        return None
    told = what == "contradicted" and after.rung == before.rung
    step = _evidence(entry, after.rival if told else after.rung, since, until)
    return Moved(
        watchlists=ledger.watchlists,
        ledger=ledger.title,
        title=entry.title,
        key=entry.key,
        what=what,
        was=ledger.called(before.rung),
        now=ledger.called(after.rung) or TAKEN_BACK,
        at=step.at,
        source=step.source,
        tier=step.tier,
        link=step.link,
        facts=facts(ledger, entry),
        rival=ledger.called(after.rival),
        reverses=_set_back(ledger, before, after),
        item=step.item,
    )


def _set_back(ledger: Ledger, before: Standing, after: Standing) -> bool:
    """Does it stand on a rung that takes back, or lower on the ladder than it did?"""
    was, now = ledger.rung(before.rung), ledger.rung(after.rung)
    if was is None or was == now:
        return False
    return now is None or now.reverses or not (was.aside or now.aside or now.number > was.number)


# ------------------------------------------------------------------ who says so


def _evidence(entry: Entry, rung: str, since: datetime, until: datetime) -> Step:
    """What decided it: of what came to be known in the span and speaks for the rung the most primary, and
    of that the first. Where none does, something was taken out: then who took it out, and when."""
    fresh = [step for step in _all(entry) if since <= step.known < until]
    counted = [step for step in fresh if step.dropped is None or step.dropped >= until]
    speaking = [step for step in counted if step.rung == rung and (step.dropped or not step.undone)]
    if speaking:
        return _shown(min(speaking, key=lambda step: (step.tier, step.at, step.number)))
    dropped = [step for step in _all(entry) if step.dropped and since <= step.dropped < until]
    return max((*map(_taken, dropped), *map(_shown, fresh)), key=lambda step: (step.at, -step.tier))


def _all(entry: Entry) -> Iterator[Step]:
    yield from entry.steps
    yield from entry.former


def _shown(step: Step) -> Step:
    """What the file says is said by the address that bears it out."""
    if not step.given or "://" not in step.source:
        return step
    return replace(step, source=urlsplit(step.source).hostname or step.source, link=step.source)


def _taken(step: Step) -> Step:
    """A step that counts no more, as evidence: a person took it out, or its item says otherwise."""
    at = step.dropped or step.at
    return replace(step, at=at, source="by hand", tier=HAND, link="") if step.undone else replace(step, at=at)


# ------------------------------------------------------------------ in words


def lately(
    ledger: Ledger, entries: Sequence[Entry], now: datetime, within: timedelta
) -> list[tuple[Moved, str]]:
    """What moved within that time, each with a sentence."""
    rows = {row.key: row for row in sheet.rows(ledger, entries, now)}
    return [(one, sentence(one, rows[one.key])) for one in moved(ledger, entries, now - within, now)]


def sentence(one: Moved, row: Row) -> str:
    """ "approval → signing, due 3 Dec 2026"; what falls due is that of the row as it is now."""
    said = f"{one.was} → {one.now}" if one.was not in ("", one.now) else one.now
    if one.rival:
        said += f", others say {one.rival}"
    elif one.what == "confirmed":
        said += ", confirmed"
    if row.due is None:
        return said
    return f"{said}, {'overdue since' if row.overdue else 'due'} {wording.calendar(row.due)}"


def facts(ledger: Ledger, entry: Entry) -> str:
    """Who, how much, where, but for what the title or another of them says: "$150m loan · Canada". What the
    ledger names first, then what else the file gives."""
    named = [kind.value for kind in ledger.facts]
    kinds = dict.fromkeys((*named, *entry.details))
    stated = [words for kind in kinds if (words := _words(kind, entry.details))]
    bare = [_bare(words) for words in (entry.title, *stated)]
    return " · ".join(
        words
        for n, words in enumerate(stated, start=1)
        if not any(bare[n] in other for other in bare[:n])
        and not any(bare[n] in other != bare[n] for other in bare[n + 1 :])
    )


def _words(kind: str, details: Mapping[str, str]) -> str:
    """Days and countries as people write them; a place without the country that is told anyway."""
    words = details.get(kind, "")
    if kind == Kind.COUNTRY.value:
        return wording.nations(words)
    place, _, code = words.rpartition(", ")
    if place and code in details.get(Kind.COUNTRY.value, "").split(", "):
        return place
    return wording.dated(words)


def _bare(text: str) -> str:
    """Its words, so that one text holds another where it says the same, word for word."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
