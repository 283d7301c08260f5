"""The journey of labelled items: judged, told and filed as polled ones are, in a database of their own.

They come in the order of their days, those without a day last, into an empty history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from monitor import evaluate
from monitor.evaluate import Judged
from monitor.judging import Judging, Routes
from monitor.labelled import Labelled
from monitor.live import InForce
from monitor.model import Entry, Source
from monitor.score import evaluate as verdict
from monitor.storage import Storage

# Of sources that the catalogue does not have.
UNKNOWN_TIER = 3
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Replay:
    """Files labelled items. `in_force` has the rules, and a catalogue that tells which hosts are primary."""

    def __init__(self, storage: Storage, in_force: InForce) -> None:
        self._storage = storage
        self._in_force = in_force
        self._tiers = {_host(source.url): source.tier for source in in_force.sources.values()}

    def run(self, items: Sequence[Labelled]) -> Iterator[Judged]:
        """What was made of each item, in the order in which they came."""
        now = _NEVER
        in_time = sorted(items, key=lambda i: (i.day is None, i.published or now, i.id))
        for number, one in enumerate(in_time):
            # A minute between two of them, so that what was told first is known.
            now = max(one.published or now, now + timedelta(minutes=1))
            yield self._judge(number, one, now)

    def _judge(self, number: int, one: Labelled, now: datetime) -> Judged:
        evidence = evaluate.seen(one, self._in_force.matcher)
        verdicts = tuple((w, verdict(w, evidence)) for w in self._in_force.watchlists)
        source = self._source(one)
        with self._storage.write():
            # Two lines may bear one id; each is an item.
            key = f"{number}/{one.id}"
            entry = Entry(key, key, one.link, one.title, one.text, one.published)
            item = self._storage.items.add(source.id, entry, one.lang, now)
            assert item is not None  # it is new
            judging = Judging(self._storage, self._in_force, Routes(), now)
            judged = judging.file(source, item, verdicts)
            story = judged.story or judging.place(source, item)
        return Judged(one, tuple(v for _, v in verdicts), story, judged.facts, judged.stage, judged.told)

    def _source(self, one: Labelled) -> Source:
        host = _host(one.link)
        tier = self._tiers.get(host, UNKNOWN_TIER)
        return Source(host or "unknown", host or "unknown", "feed", one.link, tier, one.lang)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
