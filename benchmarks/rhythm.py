"""How long news waits to be seen: learnt looks beside fixed pauses, with the same number of looks.

    python -m benchmarks.rhythm [FILE.jsonl[.gz] ...] [--every 30m]

The files hold one publication a line, with its time `d` (ISO 8601, UTC) and its feed `s`; without any,
those of captured feeds beside this checkout are taken. Each feed is looked at from the first day on and
nothing is known of it beforehand; what is published in the first half teaches and does not count.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import rhythm
from monitor.rhythm import Rhythm
from monitor.section import duration

CAPTURED = Path(__file__).parent.parent.parent / "shared" / "real" / "headlines"
FILES = ("en_rss_2026-01.jsonl.gz", "en_rss_2021-2022.jsonl.gz")
LONGEST = timedelta(days=120)
BAR = 2 / 3

Publications = Mapping[str, Sequence[datetime]]


def publications(path: Path) -> Publications:
    """The times of each feed, in order; a line with a day alone is left out."""
    feeds: defaultdict[str, list[datetime]] = defaultdict(list)
    body = path.read_bytes()
    for line in (gzip.decompress(body) if path.suffix == ".gz" else body).splitlines():
        row = json.loads(line)
        if row.get("s") and len(row["d"]) > len("2026-01-01"):
            feeds[row["s"]].append(datetime.fromisoformat(row["d"]).replace(tzinfo=UTC))
    start = min(times[0] for times in map(sorted, feeds.values()))
    within = {feed: sorted(t for t in times if t < start + LONGEST) for feed, times in feeds.items()}
    return {feed: times for feed, times in within.items() if len(times) > 1}


@dataclass(slots=True)
class Outcome:
    """Looks made, and how long each publication waited, by feed; both in the half that counts."""

    looks: int = 0
    waits: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def median(self) -> float:
        return statistics.median(wait for waits in self.waits.values() for wait in waits)

    @property
    def mean(self) -> float:
        return statistics.fmean(wait for waits in self.waits.values() for wait in waits)

    @property
    def feeds(self) -> float:
        return statistics.median(statistics.median(waits) for waits in self.waits.values())


def simulate(feeds: Publications, every: timedelta, *, learnt: bool) -> Outcome:
    """Look at every feed over the whole time, learning or not."""
    start = min(times[0] for times in feeds.values())
    end = max(times[-1] for times in feeds.values())
    counted = start + (end - start) / 2
    outcome, place = Outcome(), dict.fromkeys(feeds, 0)
    rhythms: dict[str, Rhythm] = {}
    common: float | None = None
    decided = start
    for now, feed, later in _looks(feeds, start, end, every):
        outcome.looks += now >= counted
        fresh = _fresh(feeds[feed], place, feed, now)
        for moment in fresh:
            if moment >= counted:
                outcome.waits[feed].append((now - moment).total_seconds() / 60)
        if learnt and fresh:
            rhythms[feed] = rhythm.learn(rhythms.get(feed), fresh, "UTC", now)
        if learnt and now >= decided:
            decided = now + timedelta(hours=1)
            common = rhythm.pace([(r, every) for r in rhythms.values()], now)
        taught = rhythms.get(feed)
        if common is None or taught is None or taught.count < rhythm.ENOUGH:
            later(now + every)
        else:
            later(rhythm.next_look(taught, every, "UTC", common, now))
    return outcome


def _fresh(times: Sequence[datetime], place: dict[str, int], feed: str, now: datetime) -> list[datetime]:
    first = last = place[feed]
    while last < len(times) and times[last] <= now:
        last += 1
    place[feed] = last
    return list(times[first:last])


class _Later:
    """Takes the time of the next look at one feed."""

    def __init__(self, queue: list[tuple[datetime, str]], feed: str) -> None:
        self._queue, self._feed = queue, feed

    def __call__(self, moment: datetime) -> None:
        heapq.heappush(self._queue, (moment, self._feed))


def _looks(
    feeds: Publications, start: datetime, end: datetime, every: timedelta
) -> Iterator[tuple[datetime, str, _Later]]:
    queue = [(start + every * (n / len(feeds)), feed) for n, feed in enumerate(feeds)]
    heapq.heapify(queue)
    while queue and queue[0][0] <= end:
        now, feed = heapq.heappop(queue)
        yield now, feed, _Later(queue, feed)


def compare(name: str, feeds: Publications, every: timedelta) -> bool:
    """Print one comparison; True where the median wait is at least a third less."""
    ours = simulate(feeds, every, learnt=True)
    half = (max(t[-1] for t in feeds.values()) - min(t[0] for t in feeds.values())) / 2
    fixed = simulate(feeds, half * len(feeds) / ours.looks, learnt=False)
    ratio = ours.median / fixed.median
    print(f"{name}: {len(feeds)} feeds, {sum(map(len, ours.waits.values())):,} publications counted")
    print(f"  looks             {ours.looks:8,} learnt   {fixed.looks:8,} fixed")
    for what in ("median", "mean", "feeds"):
        mine, theirs = getattr(ours, what), getattr(fixed, what)
        label = {"median": "median wait", "mean": "mean wait", "feeds": "median of feeds"}[what]
        print(f"  {label:17} {mine:8.1f} min      {theirs:8.1f} min      {mine / theirs:.2f}")
    print(f"  at most {BAR:.2f} of the median: {'PASS' if ratio <= BAR else 'FAIL'}")
    return ratio <= BAR


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--every", default="30m")
    arguments = parser.parse_args()
    files = arguments.files or [CAPTURED / name for name in FILES if (CAPTURED / name).is_file()]
    if not files:
        parser.error("name a file: there are no captured feeds beside this checkout")
    every = duration(arguments.every)
    assert isinstance(every, timedelta)
    results = [compare(path.name, publications(path), every) for path in files]
    raise SystemExit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
