"""The demo: an invented week through the very same pipeline, on a clock that runs fast."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import gathering
from monitor.app import App
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.demo_feeds import SPAN, DemoServer, DemoWeek, load
from monitor.errors import MonitorError
from monitor.fetch import HttpSettings
from monitor.installation import copy_shipped
from monitor.model import Health, Source
from monitor.section import ReadingSettings
from monitor.subscribing import SubscriberSettings
from monitor.web.settings import WebSettings

STEP = timedelta(hours=1)
# On the hour, as the steps are: nothing is late.
DIGEST_AT = "08:00"
MARK = ".made-by-monitor-demo"
ZONE = "America/New_York"
# After the week an hour of the demo takes so many seconds.
HOUR = 60.0


class FastClock:
    """A clock that somebody else moves, until it runs."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._speed = 0.0
        self._since = 0.0

    def __call__(self) -> datetime:
        run = time.monotonic() - self._since if self._speed else 0.0
        return self.now + timedelta(seconds=run * self._speed)

    def run(self, speed: float) -> None:
        """From now on it goes so many times as fast as others."""
        self._speed, self._since = speed, time.monotonic()


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the week came to."""

    items: int
    sources: int
    signals: int
    alerts: dict[str, int]
    copies: int
    ill: tuple[Health, ...]
    digests: tuple[Path, ...]
    best: Path | None


Stay = Callable[[App, DemoReport], None]


def steps() -> int:
    """How many steps `run` takes."""
    return SPAN // STEP + 1


def run(
    folder: Path,
    write: Callable[[str], None],
    *,
    colour: bool,
    tick: Callable[[datetime], None],
    listen: str = "",
    stay: Stay | None = None,
    hour: float = HOUR,
) -> DemoReport:
    """Run the week in `folder`, which is made afresh. `tick` is called at each step's time.

    `stay` is called once the week is over, while the news goes on: an hour of it takes
    `hour` seconds then.
    """
    week = load()
    clock = FastClock(week.begins - STEP)
    _fresh(folder)
    with DemoServer(week, clock) as server:
        settings = _settings(folder, server.sources, listen)
        with App(settings, write=write, clock=clock, colour=colour) as app:
            deliver = app.deliverer(app.storage)
            for _ in range(steps()):
                clock.now += STEP
                app.poll(app.storage)
                while deliver().sent:
                    pass
                app.digests(app.storage)
                tick(clock.now)
            report = _report(app, week)
            if stay:
                clock.run(3600 / hour)
                stay(app, report)
            return report


def _fresh(folder: Path) -> None:
    """An empty folder of ours; never one that holds something else."""
    if folder.exists():
        if not (folder / MARK).exists():
            raise MonitorError(f"{folder} exists and is not from an earlier demo: choose another with --out")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _settings(folder: Path, sources: list[Source], listen: str) -> Settings:
    """Settings for the demo, also written as a file, so that the result can be explored."""
    copy_shipped(folder / "watchlists")
    (folder / "watchlists" / "sources.yaml").write_text("".join(_catalogue(sources)), "utf-8")
    (folder / "monitor.toml").write_text(
        f'[http]\nallow_private = ["127.0.0.0/8"]\n\n[reading]\nenabled = false\n\n'
        f'[[subscribers]]\nname = "demo"\nzone = "{ZONE}"\ndigest_at = "{DIGEST_AT}"\n',
        "utf-8",
    )
    return Settings(
        storage=StorageSettings(url=f"sqlite:///{folder}/monitor.db"),
        paths=PathSettings(
            watchlists=str(folder / "watchlists"),
            sources=str(folder / "watchlists" / "sources.yaml"),
            digests=str(folder / "digests"),
        ),
        http=HttpSettings(allow_private=("127.0.0.0/8",)),
        reading=ReadingSettings(enabled=False),  # what its items link to is invented
        web=WebSettings(listen=listen),
        subscribers=(SubscriberSettings(name="demo", zone=ZONE, digest_at=DIGEST_AT),),
    )


def _catalogue(sources: list[Source]) -> Iterator[str]:
    yield "sources:\n"
    for s in sources:
        yield (
            f"  - id: {s.id}\n    name: {s.name}\n    url: {s.url}\n    tier: {s.tier}\n"
            f"    lang: {s.lang}\n    zone: {s.zone}\n    country: {s.country}\n"
            f"    every: {s.every // timedelta(hours=1)}h\n"
            f"    quiet_after: {s.quiet_after // timedelta(days=1)}d\n"
        )


def _report(app: App, week: DemoWeek) -> DemoReport:
    end = app.clock() + STEP
    signals = list(app.storage.signals.between(week.begins - STEP, end))
    told = list(app.storage.alerts.latest(10_000))
    stories = {(a.story, a.watchlist) for a in told}
    over = {w.id: w.alert for w in app.in_force.watchlists}
    above = [s for s in signals if not s.baseline and s.score >= over[s.watchlist]]
    copies = sum((s.story, s.watchlist) in stories for s in above) - len(told)
    digests = sorted(Path(app.settings.paths.digests).glob("*.html"))
    healths = gathering.healths(app.storage, app.in_force, app.clock())
    return DemoReport(
        items=app.storage.items.count(week.begins - STEP, end),
        sources=len(week.sources),
        signals=len(signals),
        alerts=dict(Counter(a.watchlist for a in told)),
        copies=max(copies, 0),
        ill=tuple(h for h in healths if h.ill),
        digests=tuple(digests),
        best=max(digests, key=lambda path: path.stat().st_size, default=None),
    )
