"""How the sources are doing -> what the operator is told: alarms, grouped, that resolve themselves.

Pure; `now` is an argument. An alarm is one trouble of one source. It is told once, with what to
do, and told again only when it is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.cadence import ago
from monitor.errors import Trouble
from monitor.model import Health, Reading, Source, SourceState
from monitor.outbox import Delivery, Notice

# What begins within this time of the first untold trouble is told with it, and no notice follows
# another sooner than PAUSE.
GATHER, PAUSE = timedelta(minutes=2), timedelta(minutes=15)
MAX_LINES = 12
# A failure that mends itself within this time is not worth a word.
PATIENCE = {
    Trouble.UNREACHABLE: timedelta(hours=1),
    Trouble.REFUSED: timedelta(hours=1),
    Trouble.BLOCKED: timedelta(minutes=15),
    Trouble.GONE: timedelta(minutes=15),
    Trouble.CERTIFICATE: timedelta(minutes=15),
    Trouble.UNREADABLE: timedelta(minutes=15),
}
_REFUSED = ("failing", "waiting", "stopped")
# How long something that happened, rather than lasts, is shown.
SHOWN = timedelta(days=1)
_HAPPENED = (Trouble.FLOOD, Trouble.RENUMBERED, Trouble.HELD)
# A document counts as unusual only against a usual one of some size.
USUAL_FROM, DROP_TO = 5.0, 0.2
FLOOD_FROM = 50

_REMEDIES = {
    Trouble.UNREACHABLE: "nothing to do unless it lasts: then look whether the address moved",
    Trouble.REFUSED: "nothing to do unless it lasts: then open {url} and see what it says",
    Trouble.BLOCKED: "it turns programs away: look less often (every), set http.contact, or pause it: "
    "monitor sources pause {id}",
    Trouble.GONE: "find where it moved and write the new address: monitor sources add URL",
    Trouble.CERTIFICATE: "wait until they mend it, or write the address it has moved to; checks stay on",
    Trouble.UNREADABLE: "its form changed: monitor sources check {id}, then monitor sources add {url}",
    Trouble.SILENT: "open {url}: if there is news, the address is stale and another has it",
    Trouble.EMPTY: "open {url}: if there are entries, its form changed: monitor sources add {url}",
    Trouble.DROP: "open {url}: if all entries are there, its form changed: monitor sources add {url}",
    Trouble.FLOOD: "look at what came: monitor sources check {id}",
    Trouble.RENUMBERED: "nothing to do: no alert was repeated",
    Trouble.PARKED: "monitor doctor says what to mend",
    Trouble.OFFLINE: "look whether this machine has a network; all is tried again every two minutes",
    Trouble.HELD: "sharpen the watchlist, or pause the source: monitor sources pause {id}",
}

NO_NETWORK = (
    "No network: none of the sources could be reached. Nothing is lost; "
    "they are tried again every two minutes."
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One trouble of one source: since when, in words, and what to do about it."""

    source: str
    trouble: str
    since: datetime
    text: str
    remedy: str
    told: bool = False
    over: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.trouble


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the sources leads to: the alarms to keep, and what is to be told now."""

    alarms: tuple[Alarm, ...]
    notice: Notice | None = None


# ------------------------------------------------------------------ one document


def after_reading(
    state: SourceState, reading: Reading, new: int, renumbered: int, held: int, now: datetime, *, gaps: bool
) -> SourceState:
    """Note what is strange about a document, against those before. With `gaps`, none may be empty."""
    odd = _odd(state, len(reading.entries), new, renumbered, held, gaps=gaps)
    size = len(reading.entries)
    usual = state.usual * 0.8 + size * 0.2 if state.usual else float(size)
    if odd is None and state.odd in _HAPPENED and _is_shown(state, now):
        return replace(state, usual=usual)
    since = state.odd_since if odd is not None and odd.value == state.odd else now
    return replace(
        state,
        # An empty document must not come to be the usual one before anybody has looked.
        usual=state.usual if odd in (Trouble.EMPTY, Trouble.DROP) else usual,
        odd=odd.value if odd else "",
        odd_since=since if odd else None,
        held=held if odd is Trouble.HELD else 0,
    )


def after_unchanged(state: SourceState, now: datetime) -> SourceState:
    """The state where no other document came: what happened is over after a day, what lasts is not."""
    if state.odd not in _HAPPENED or _is_shown(state, now):
        return state
    return replace(state, odd="", odd_since=None, held=0)


def _is_shown(state: SourceState, now: datetime) -> bool:
    return state.odd_since is not None and now - state.odd_since < SHOWN


def _odd(
    state: SourceState, size: int, new: int, renumbered: int, held: int, *, gaps: bool
) -> Trouble | None:
    if not state.last_ok:
        return None
    if held:
        return Trouble.HELD
    if renumbered:
        return Trouble.RENUMBERED
    if state.usual >= USUAL_FROM and not gaps:
        if size == 0:
            return Trouble.EMPTY
        if size < state.usual * DROP_TO:
            return Trouble.DROP
    return Trouble.FLOOD if new >= max(FLOOD_FROM, 3 * state.usual) else None


# ------------------------------------------------------------------ all sources


def alarms(healths: Iterable[Health], now: datetime) -> list[Alarm]:
    """What is worth a person's time now."""
    return [found for health in healths if (found := _alarm(health, now))]


def _alarm(health: Health, now: datetime) -> Alarm | None:
    source, state, trouble = health.source, health.state, health.trouble
    if trouble is None:
        return None
    since = state.failing_since if health.status in _REFUSED else state.odd_since
    began = since or now
    patience = PATIENCE.get(trouble, timedelta(0))
    if health.status == "failing" and state.failures < 2:
        return None
    if health.status in _REFUSED and now - began < patience:
        return None
    if trouble in (Trouble.EMPTY, Trouble.DROP) and now - began < max(source.every, timedelta(minutes=30)):
        return None
    return Alarm(source.id, trouble.value, began, f"{source.name}: {health.detail}", remedy(trouble, source))


def remedy(trouble: Trouble, source: Source) -> str:
    """What a person can do about a trouble of a source."""
    return _REMEDIES[trouble].format(id=source.id, url=source.url)


def look(
    known: Sequence[Alarm],
    healths: Sequence[Health],
    parked: Iterable[Alarm],
    last: datetime | None,
    now: datetime,
) -> Round:
    """Known alarms, how the sources are, the alarms of what is parked and when the last notice was
    sent -> what to keep and tell.

    What is over before it was told, or belongs to a source that is no longer watched, is dropped
    without a word.
    """
    watched = {h.source.id for h in healths if h.status not in ("disabled", "paused")}
    known = [alarm for alarm in known if alarm.source in watched or alarm.trouble == Trouble.PARKED]
    return decide(known, [*alarms(healths, now), *parked], last, now)


def parked(where: str, since: datetime, what: str, remedy: str = "") -> Alarm:
    """The alarm of a destination that takes nothing until a person has mended something."""
    return Alarm(where, Trouble.PARKED.value, since, f"{where}: {what}", remedy or _REMEDIES[Trouble.PARKED])


def parked_delivery(delivery: Delivery) -> Alarm:
    """That of the destination of a delivery; its error says what to mend."""
    what, _, remedy = delivery.error.partition(": ")[2].partition(": ")
    said = f"nothing can be sent ({what or delivery.error}); it is kept"
    return parked(str(delivery.destination), delivery.parked or delivery.due, said, remedy)


def decide(known: Sequence[Alarm], found: Sequence[Alarm], last: datetime | None, now: datetime) -> Round:
    """Known alarms and those of now -> what to keep and tell."""
    before = {alarm.key: alarm for alarm in known}
    present = {alarm.key: alarm for alarm in found}
    kept = [
        replace(a, since=before[k].since, told=before[k].told) if k in before else a
        for k, a in present.items()
    ]
    over = [replace(a, over=a.over or now) for k, a in before.items() if k not in present and a.told]
    news = [a for a in kept if not a.told]
    waits = [a.since for a in news] + [a.over for a in over if a.over]
    gathered = bool(waits) and now - min(waits) >= GATHER and (last is None or now - last >= PAUSE)
    if not gathered:
        return Round((*kept, *over))
    return Round(tuple(replace(a, told=True) for a in kept), _notice(news, over, now))


def _notice(news: Sequence[Alarm], over: Sequence[Alarm], now: datetime) -> Notice:
    begun = [f"{a.text}. {a.remedy[0].upper()}{a.remedy[1:]}." for a in news]
    ended = [f"{a.text.split(': ')[0]}: well again ({a.trouble} for {ago(now - a.since)})." for a in over]
    lines = begun + ended
    if len(lines) > MAX_LINES:
        left = len(lines) - MAX_LINES + 1
        lines = [*lines[: MAX_LINES - 1], f"… and {left} more: monitor sources list"]
    name = "|".join(f"{a.source}/{a.trouble}/{a.since.isoformat()}/{bool(a.over)}" for a in (*news, *over))
    return Notice(hashlib.sha256(name.encode()).hexdigest()[:20], _title(news, over), tuple(lines), now)


def _title(news: Sequence[Alarm], over: Sequence[Alarm]) -> str:
    parked = sum(a.trouble == Trouble.PARKED for a in news)
    sources = len(news) - parked
    parts = []
    if parked:
        parts.append(f"{parked} destination{'s take' if parked > 1 else ' takes'} nothing")
    if sources:
        parts.append(f"{sources} source{'s need' if sources > 1 else ' needs'} a look")
    if over:
        parts.append(f"{len(over)} well again")
    return ", ".join(parts)
