"""The composition root: builds everything from the settings and closes it in reverse.

The only module that sees both the steps and the edges. One App is one database, one set of
files, the channels that are on, and the jobs: reload, poll, read further, deliver, send digests. A channel
that is off, and digests where none is asked for, are not loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from monitor import rhythm
from monitor.cadence import LEASE, ago

try:
    from uvloop import new_event_loop
except ImportError:  # Windows has none
    from asyncio import new_event_loop  # type: ignore[assignment]

from monitor.batching import Gate
from monitor.catalogue import CONTACT
from monitor.channels import Channel
from monitor.channels.console import Console
from monitor.config import Settings
from monitor.deliver import Deliverer, Progress
from monitor.doors import Doors
from monitor.errors import Busy, MonitorError, Problem
from monitor.fetch import Fetcher, turns
from monitor.guard import Guard
from monitor.installation import files, own, unpack
from monitor.judging import Judging, Routes
from monitor.live import InForce, Live
from monitor.looks import Look, ReadReport
from monitor.machine import local_zone, login_name
from monitor.model import Source
from monitor.outbox import Destination
from monitor.pipeline import Poll, PollReport
from monitor.storage import Storage
from monitor.subscriber import Subscriber

if TYPE_CHECKING:
    from monitor.backfill import Backfill, Pause, Told
    from monitor.channels.email import Email
    from monitor.channels.slack_socket import Conversation
    from monitor.letter import Links, Mail
    from monitor.mailing import Post
    from monitor.pool import Articles
    from monitor.reading import Reader
    from monitor.recipient import Recipient
    from monitor.storage.backfills import FiledBackfill
    from monitor.talking import House
    from monitor.web.serving import Serving

log = logging.getLogger(__name__)

PACE_KEPT = timedelta(hours=1)
Clock = Callable[[], datetime]
Write = Callable[[str], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class App:
    """Built from settings; a context manager. `write` prints what goes to the terminal.

    `guard` decides what may be asked on the web; the settings do unless it is given.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        write: Write = print,
        clock: Clock = utc_now,
        colour: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._guard = guard
        self.zone = local_zone()
        self._stack = ExitStack()
        self.storage = self.open_storage()
        directory, sources = files(settings)
        keys = [*settings.keys.secrets(), *([CONTACT] if settings.http.contact else [])]
        self.live = Live(directory, sources, self.storage, clock(), keys)
        self.channels = _channels(settings, write, self.zone, colour=colour)
        on = frozenset(self.channels) - {"console"}
        per_hour = settings.reading.per_hour if settings.reading.enabled else 0
        hours = settings.hours.hours()
        self.routes = Routes(on, settings.slack.channel, settings.keys.secrets(), per_hour, hours)
        self._proposed: datetime | None = None
        self._turns = turns(settings.http, clock=clock, open_book=self.open_storage)

    @cached_property
    def _articles(self) -> Articles:
        from monitor.pool import Articles

        articles = Articles(self.settings.reading)
        self._stack.callback(articles.close)
        return articles

    @property
    def in_force(self) -> InForce:
        return self.live.now

    @property
    def subscribers(self) -> list[Subscriber]:
        """Those of the settings; with none, the person at this machine, who gets a file."""
        named = [written.subscriber() for written in self.settings.subscribers]
        return named or [Subscriber("digest", "", "07:30", self.zone)]

    def recipients(self, storage: Storage) -> list[Recipient]:
        """How each subscriber stands."""
        from monitor import recipient

        names, on = {watchlist.id for watchlist in self.in_force.watchlists}, self.post is not None
        kept = storage.subscriptions.all()
        return recipient.recipients(self.subscribers, kept, names, self.clock(), email=on)

    def open_storage(self) -> Storage:
        """Another connection to the same database, closed with the app."""
        return self._stack.enter_context(Storage(self.settings.storage.path))

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -------------------------------------------------------------- the jobs

    def reload(self, storage: Storage) -> tuple[Problem, ...] | None:
        """Read changed files again. None where nothing changed, else the problems now."""
        return self.in_force.problems if self.live.refresh(storage, self.clock()) else None

    def own_files(self) -> Path:
        """The folder of watchlists to be edited, where those that came with the package are put first.
        Raises MonitorError where it cannot be."""
        if unpack(self.settings):
            self.live.move(*files(self.settings))
        return own(self.settings)

    def poll(
        self,
        storage: Storage,
        sources: Sequence[Source] | None = None,
        *,
        started: Callable[[int], None] = lambda _: None,
        done: Callable[[Source], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> PollReport:
        """Poll these sources whatever the schedule says, or those that are due."""
        now = self.clock()
        wanted = sources
        if wanted is None:
            due = storage.sources.due(now)
            wanted = [source for source in self.in_force.enabled() if source.id in due]
        if not wanted:
            return PollReport()
        with storage.write():
            taken = set(storage.sources.claim([s.id for s in wanted], now, LEASE, due=sources is None))
        chosen = [source for source in wanted if source.id in taken]
        started(len(chosen))
        pace = self._pace(storage, now)
        now = self.clock()  # what is decided from here on bears a time after that of the claim
        poll = Poll(storage, self.in_force, self.routes, now, pace=pace, done=done, stopping=stopping)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(self._poll(poll, chosen, self.doors(storage)))

    def _pace(self, storage: Storage, now: datetime) -> float | None:
        """The common pace of all enabled sources, decided anew each hour."""
        value, recent = storage.sources.pace(now, PACE_KEPT)
        if recent:
            return value
        learnt = storage.sources.rhythms()
        sources = [source for source in self.in_force.enabled() if source.id in learnt]
        value = rhythm.pace([(learnt[source.id], source.every) for source in sources], now)
        with storage.write():
            storage.sources.set_pace(value, now)
        return value

    async def _poll(self, poll: Poll, sources: Sequence[Source], doors: Doors) -> PollReport:
        async with doors as open_doors:
            return await poll.run(open_doors, sources)

    def doors(self, storage: Storage) -> Doors:
        """The doors to the network, which wait their turn as `fetcher` does."""
        return Doors(self.fetcher(storage), self.settings.http)

    def read(
        self,
        storage: Storage,
        *,
        done: Callable[[Look], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> ReadReport:
        """Read the pages that are due, a batch of them."""
        now = self.clock()
        if not self.settings.reading.enabled or not storage.looks.waiting(now):
            return ReadReport()
        from monitor import reading

        with storage.write():
            looks = storage.looks.claim(now, LEASE, reading.BATCH, reading.EACH)
        judging = Judging(storage, self.in_force, self.routes, self.clock())
        reader = reading.Reader(judging, self._articles, done=done, stopping=stopping)
        return asyncio.run(self._read(reader, looks, self.fetcher(storage)))

    async def _read(self, reader: Reader, looks: Sequence[Look], fetcher: Fetcher) -> ReadReport:
        async with fetcher as http:
            return await reader.run(http, looks)

    def fetcher(self, storage: Storage) -> Fetcher:
        """A fetcher that waits its turn with all others of this process, and of this database.

        `storage` is that of the calling thread.
        """
        self._turns.recall(storage.hosts.left_alone())
        return Fetcher(self.settings.http, guard=self._guard, shared=self._turns)

    def backfill(
        self,
        storage: Storage,
        source: Source,
        since: datetime,
        *,
        told: Told = lambda _: None,
        pause: Pause = asyncio.sleep,
    ) -> FiledBackfill:
        """Read the past of a source, after a poll: what is new is told as ever, not taken for the past.

        Raises MonitorError; what was read by then is filed, and the same call goes on from there.
        """
        from monitor.backfill import Backfill

        report = self.poll(storage, [source])
        if refused := (report.failed | report.waiting).get(source.id):
            raise MonitorError(refused, subject=source.id)
        if not report.polled:
            message = "is being polled by another process: try again in a minute"
            raise Busy(f"{message}; where that was killed, in {ago(LEASE)}", subject=source.id)
        judging = Judging(storage, self.in_force, self.routes, self.clock())
        return asyncio.run(
            self._backfill(Backfill(judging, told=told, pause=pause), source, since, self.doors(storage))
        )

    async def _backfill(
        self, backfill: Backfill, source: Source, since: datetime, doors: Doors
    ) -> FiledBackfill:
        async with doors as http:
            return await backfill.run(http, source, since)

    def deliverer(
        self, storage: Storage, channel: str = "", *, stopping: Callable[[], bool] = lambda: False
    ) -> Callable[[], Progress]:
        """A pass over the outbox, to be called again and again; it remembers each channel's pace.

        With `channel`, over what goes there alone: a server that hangs holds up nothing else. Once it is
        `stopping`, what is under way is the last.
        """
        channels = {channel: self.channels[channel]} if channel else self.channels
        gate = Gate(self.settings.limits.limits(), self.routes.hours)
        return Deliverer(storage, channels, self.clock, gate, stopping=stopping).run

    def watch(self, storage: Storage) -> None:
        """Look how the sources are doing, and tell the operator what changed."""
        from monitor import watching

        watching.watch(storage, self.in_force, self.subscribers, self.operator, self.clock())

    def study(self, storage: Storage, limit: int) -> int:
        """Put what was there before into stories and ledgers, so many items at most; answers how many."""
        from monitor import studying

        return studying.study(Judging(storage, self.in_force, self.routes, self.clock()), limit)

    def deadlines(self, storage: Storage) -> int:
        """Tell what falls due in the ledgers; answers how many alerts were filed."""
        from monitor import deadlines

        return deadlines.tell(Judging(storage, self.in_force, self.routes, self.clock()))

    def propose(self, storage: Storage) -> int:
        """Propose to the operator what people's marks speak for; answers how many proposals were filed."""
        from monitor import proposing

        now = self.clock()
        filed = proposing.propose(storage, self.in_force, self.operator, now, self._proposed)
        self._proposed = now  # where that failed, the same marks are looked at again
        return filed

    def talking(self) -> Conversation | None:
        """What hears people in Slack, to be started; None where no app_token is set."""
        slack = self.settings.slack
        if not (slack.token.get_secret_value() and slack.app_token.get_secret_value()):
            return None
        from monitor.talking import conversation

        return conversation(self.house())

    def house(self) -> House:
        """What answering people takes."""
        from monitor.talking import House

        return House(self.settings, files(self.settings)[0], self.live, self.routes, self.clock, self.zone)

    def pages(self) -> Serving | None:
        """What serves the web pages, to be started; None where `listen` is empty."""
        web = self.settings.web
        if not web.listen:
            return None
        from monitor.web.house import House
        from monitor.web.serving import Serving

        house = House(self.settings, self, self.clock, self.zone, login_name())
        return Serving(house, web.host, web.port)

    @property
    def operator(self) -> Destination:
        """Where notices go: as set, if that channel is on; else the terminal."""
        to = Destination.parse(self.settings.operator.to)
        return to if to.channel in self.channels else Destination("console")

    def digests(
        self,
        storage: Storage,
        *,
        told: Callable[[int, int], None] = lambda _done, _total: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> list[str]:
        """Send the digests that are due; answers where they went. `told` hears how many are done, and of
        how many; once it is `stopping`, the one under way is the last."""
        from monitor import mailing

        email = cast("Email | None", self.channels.get("email"))
        with email.many() if email else nullcontext() as post:
            return mailing.send_due(
                storage,
                self.in_force,
                self.subscribers,
                self.clock(),
                post,
                Path(self.settings.paths.digests),
                links=self.links,
                clock=self.clock,
                told=told,
                stopping=stopping,
            )

    @property
    def links(self) -> Links:
        """Where readers of a digest get to, and the address below which they unsubscribe."""
        from monitor.letter import Links

        return Links(self.settings.web.links, self.settings.web.url)

    @property
    def post(self) -> Post | None:
        """Sends one digest by e-mail; None where e-mail is off."""
        email = self.channels.get("email")
        return partial(_post, cast("Email", email)) if email else None


def _post(email: Email, mail: Mail, now: datetime) -> str:
    with email.many() as post:
        return post(mail, now)


def _channels(settings: Settings, write: Write, zone: str, *, colour: bool) -> Mapping[str, Channel]:
    channels: dict[str, Channel] = {"console": Console(write, zone=zone, colour=colour)}
    if settings.slack.token.get_secret_value():
        from monitor.channels.slack import Slack

        channels["slack"] = Slack(settings.slack, web=settings.web.links)
    if settings.email.smtp.get_secret_value():
        from monitor.channels.email import Email

        channels["email"] = Email(settings.email)
    return channels
