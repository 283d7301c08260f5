"""A signal, what was said before, and now -> an alert with its reason, or why there is none.

Pure: the same arguments give the same answer, whoever asks and whenever.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.fact import labels
from monitor.ledger import Change
from monitor.meaning import Concept
from monitor.model import Alert, Hit, Item, Reason, Seen, Signal, Source, Verdict
from monitor.novelty import NOTHING, Addition, Known, additions, changed
from monitor.phrases import common
from monitor.rule import Entity, Watchlist
from monitor.text import around, shorten

MAX_WORDS = 6
EXCERPT = 240
# Of one source; at the pace of a channel, a message a second, nothing else waits over a minute.
MAX_PER_HOUR = 60
FLOOD = timedelta(hours=1)
KIND = "text/"
REPEATS = "adds nothing to a story that was told already"
_EDGES = re.compile(r"^\W+|\W+$")
# Languages that are not written in Latin letters, of those that sources have (ISO 639-1).
OTHER_SCRIPTS = {
    *("ar", "bg", "el", "fa", "he", "hi", "ja", "kk", "km"),
    *("ko", "ky", "lo", "mn", "my", "ru", "th", "uk", "zh"),
}


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is sent, for this reason. `held` where it would have been, but for a flood."""

    why: str
    held: bool = False


def decide(
    signal: Signal,
    watchlist: Watchlist,
    source: Source,
    seen: Seen,
    now: datetime,
    *,
    known: Known = NOTHING,
    changes: Sequence[Change] | None = None,
) -> Alert | Silence:
    """Tell it, or say why not. `known` is what the readers know of its story, `changes` what the item
    did to ledgers; None where none follows the watchlist."""
    verdict = signal.verdict
    if verdict.score < watchlist.alert:
        return Silence(f"scores {verdict.score}, below the {watchlist.alert} that an alert takes")
    if verdict.muted is not None and now < verdict.muted:
        return Silence(f"is muted until {verdict.muted:%d %b %Y %H:%M} UTC")
    if signal.baseline:
        return Silence("was already there when the source was looked at for the first time")
    if seen.source_told >= MAX_PER_HOUR:
        why = f"is held back: {MAX_PER_HOUR} alerts of this source were told within the hour"
        return Silence(why, held=True)
    if seen.item_told and signal.item.revision == 1:
        return Silence(_repeats(seen))
    if seen.item_told or seen.story_told:
        news = additions(signal.facts, verdict, source.tier, watchlist, known, changes)
        return _alert(signal, watchlist, source, news, now) if news else Silence(_repeats(seen))
    if seen.score is not None and seen.score >= watchlist.alert:
        return Silence("said as much before it was edited")
    news = changed(changes or ())
    if not news:
        edited = signal.item.revision > 1 or seen.score is not None
        news = [Addition(Reason.EDITED if edited else signal.reason, "")]
    return _alert(signal, watchlist, source, news, now)


def _repeats(seen: Seen) -> str:
    if seen.item_told:
        return "was told before; a changed date, order or wording is not news"
    return REPEATS


def _alert(
    signal: Signal, watchlist: Watchlist, source: Source, news: Sequence[Addition], now: datetime
) -> Alert:
    """The alert: its reason is that of the weightiest of the news."""
    item, verdict, reason = signal.item, signal.verdict, news[0].reason
    return Alert(
        id=_id(item, watchlist, news),
        watchlist=watchlist.id,
        watchlist_title=watchlist.title,
        reason=reason,
        score=verdict.score,
        threshold=watchlist.alert,
        stage=verdict.stage,
        title=item.title,
        link=item.link,
        source=source.id,
        source_name=source.name,
        tier=source.tier,
        lang=item.lang,
        published=item.when,
        excerpt=excerpt(item, verdict, signal.body),
        hits=words(verdict),
        parts=points(verdict),
        item=item.id,
        story=signal.story,
        created=now,
        who=signal.who,
        was=news[0].was,
        news=tuple(one.words for one in news if one.words),
        facts=labels(signal.shown),
        also=signal.also,
        thread=signal.thread,
        gloss=signal.gloss,
        entities=signal.entities,
    )


def _id(item: Item, watchlist: Watchlist, news: Sequence[Addition]) -> str:
    """The same decision always has the same name, so that it cannot be filed twice."""
    name = "|".join((str(item.id), watchlist.id, news[0].reason.value, *(one.words for one in news)))
    return hashlib.sha256(name.encode()).hexdigest()[:20]


def excerpt(item: Item, verdict: Verdict, body: str = "") -> str:
    """The stretch of the text that made it fire, of the page where only that did; its beginning
    where the title was enough."""
    hits = {hit.field: hit for hit in reversed(verdict.hits)}
    if "summary" in hits:
        return around(item.text, hits["summary"].start, hits["summary"].end, EXCERPT)
    if "body" in hits and body:
        return " ".join(around(body, hits["body"].start, hits["body"].end, EXCERPT).split())
    return shorten(item.text, EXCERPT)


def words(verdict: Verdict) -> tuple[str, ...]:
    """The words that made it fire, a few of each group, as they stand in the item."""
    return tuple(hit.words for _, hit in _shown(verdict))


def _shown(verdict: Verdict) -> list[tuple[str, Hit]]:
    """The hits whose words are shown, each with the name of its group."""
    met = [(p.name, p.hits) for p in verdict.parts if p.met and p.kind in ("must", "any")]
    rounds = ((name, hits[n]) for n in range(3) for name, hits in met if n < len(hits))
    unique: dict[str, tuple[str, Hit]] = {}
    for name, hit in rounds:
        unique.setdefault(hit.words.casefold(), (name, hit))
    return list(unique.values())[:MAX_WORDS]


def gloss(
    verdict: Verdict, lang: str, entities: Mapping[str, Entity], concepts: Mapping[str, Concept]
) -> tuple[tuple[str, str], ...]:
    """The words that made it fire, each with what it stands for in the rules: ("镓", "gallium"). None for
    an English item (`lang` is ISO 639-1), nor for words of another that say it themselves, as a number does,
    or that say nothing by themselves, as "pour"; each meaning once.

    An entity comes before a concept, and a concept before the group that names no other.
    """
    if lang == "en":
        return ()
    who = {hit.words: entities[name].name for hit in verdict.hits for name in hit.via if name in entities}
    found: dict[str, str] = {}
    for name, hit in _shown(verdict):
        word, meaning = _EDGES.sub("", hit.words), who.get(hit.words) or _concept(hit, concepts, name)
        if not (_says(word, meaning, lang) or common(word.casefold())):
            found.setdefault(meaning, word)
    return tuple((word, meaning) for meaning, word in found.items())


def _concept(hit: Hit, concepts: Mapping[str, Concept], group: str) -> str:
    """The concept that has the words, else the group they are written in, if that is no list; a kind of
    text means nothing by them."""
    if any(name.startswith(KIND) for name in hit.via):
        return ""
    one = "" if "," in group else group
    return next((concepts[name].says for name in reversed(hit.via) if name in concepts), one)


def _says(word: str, meaning: str, lang: str) -> bool:
    """Latin letters in a text of another script are English or a name, and a number is one; elsewhere what
    has the same words."""
    if (word.isascii() and lang in OTHER_SCRIPTS) or any(map(str.isdecimal, word)):
        return True
    one, other = (" ".join(text.casefold().replace("-", " ").split()) for text in (word, meaning))
    return one in other or other in one


def involved(verdict: Verdict, entities: Mapping[str, Entity]) -> tuple[Entity, ...]:
    """The entities that made it fire, one of each that readers know by the same name."""
    unique: dict[str, Entity] = {}
    for name in (name for hit in verdict.hits for name in hit.via if name in entities):
        unique.setdefault(called(entities[name]), entities[name])
    return tuple(unique.values())[:MAX_WORDS]


def called(entity: Entity) -> str:
    """An entity with its tickers: "MP Materials (NYSE:MP)"."""
    return f"{entity.name} ({', '.join(entity.tickers)})" if entity.tickers else entity.name


def points(verdict: Verdict) -> tuple[tuple[str, int], ...]:
    """The parts of the score by name, the weightiest first."""
    met = [(p.name, p.points) for p in verdict.parts if p.met and p.points]
    return tuple(sorted(met, key=lambda p: -abs(p[1])))
