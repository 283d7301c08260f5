"""What is set, in words and without a secret: where alerts go, who gets the digest, who may edit; and a test
message, which shows whether it works."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import __version__, checkup, edition
from monitor.errors import MonitorError
from monitor.finding import Finding
from monitor.installation import files
from monitor.outbox import TERMINAL, Destination
from monitor.recipient import Recipient, State
from monitor.storage import Storage
from monitor.subscriber import DAYS
from monitor.web.addresses import number
from monitor.web.admission import is_loopback
from monitor.web.house import House
from monitor.web.pages import onward, page, slashed
from monitor.web.people import Role
from monitor.web.probe import Probe
from monitor.web.settings import WebSettings
from monitor.web.tables import Asked, Table
from monitor.web.visitor import sent

# What is to be written into the settings, by what it turns on.
EXAMPLES = {
    "slack": '[slack]\ntoken = "xoxb-..."          # docs/slack.md says where it is\nchannel = "#signals"\n',
    "email": '[email]\nsmtp = "smtp://user:password@mail.example.com:587"\n'
    'from = "Signal Monitor <monitor@example.com>"\n',
    "operator.to": '[operator]\nto = "email:you@example.com"   # who is told when a source is in trouble\n',
    "subscribers": '[[subscribers]]\nname = "desk"\nemail = "desk@example.com"\ndigest_at = "07:30"\n'
    'zone = "Europe/London"\n',
    "web.password": '[web]\npassword = "a long password"   # then others may be let in\n',
}
_STANDING = {
    State.MAIL: "by mail",
    State.FILE: "to a file",
    State.UNSUBSCRIBED: "unsubscribed",
    State.PARKED: "refused by the mail server",
}


@dataclass(frozen=True, slots=True)
class SubscriberRow:
    """One subscriber to the digest, and how they stand."""

    name: Annotated[str, Field(description="Who it is.")]
    email: Annotated[str, Field(description="Where it goes; empty: to a file.")]
    state: Annotated[State, Field(description="How it reaches them, or why it does not.")]
    next: Annotated[datetime | None, Field(description="When their next digest is due, where one comes.")]
    since: Annotated[datetime | None, Field(description="Since when none comes.")]
    why: Annotated[str, Field(description="In which words their mail server refused.")]
    digest_at: Annotated[str, Field(description="The hour of the digest, in their zone.")]
    zone: Annotated[str, Field(description="Their zone, such as Europe/London.")]
    days: Annotated[tuple[str, ...], Field(description="The days on which it comes.")]
    edition: Annotated[str, Field(description="daily or weekly.")]
    language: Annotated[str, Field(description="The language of its labels.")]
    threshold: Annotated[int, Field(description="The least score of a story in it.")]
    watchlists: Annotated[tuple[str, ...], Field(description="What they read; * is all.")]
    unknown: Annotated[tuple[str, ...], Field(description="Watchlists of theirs that there are not.")]


@dataclass(frozen=True, slots=True)
class Known:
    """A line of what is set; `standing` is good, warn or empty."""

    name: str
    words: str
    standing: str = ""


class Upkeep:
    """The pages below /settings/."""

    def __init__(self, house: House, probe: Probe | None = None) -> None:
        self._house = house
        self._probe = probe or Probe()

    def routes(self) -> list[Route]:
        return [
            Route("/settings", slashed),
            Route("/settings/", self.page, methods=["GET"]),
            Route("/settings/test", self.test, methods=["POST"]),
            Route("/settings/resume", self.resume, methods=["POST"]),
        ]

    def tables(self) -> tuple[Table, ...]:
        says = "Who gets the digest, and how each stands."
        filters = {"name": "One subscriber, by name.", "state": "mail, file, unsubscribed or parked."}
        return (Table("subscribers", says, SubscriberRow, self._subscribers, filters),)

    def page(self, request: Request) -> Response:
        """What is set; and what came of what was last done here."""
        with self._house.reading() as storage:
            shown = self._shown(storage)
        asked = request.query_params
        shown |= {"tested": self._tested(asked.get("test", "")), "resumed": self._resumed(asked, shown)}
        return page(request, self._house, "settings.html", shown)

    def test(self, request: Request) -> Response:
        """Send a test message to one destination of those there are."""
        asked = sent(request).get("to")
        to = next((one for one in self._destinations() if str(one) == asked), None)
        if to is None:
            return self._refused(request, "Choose one of the destinations that there are.", 400)
        try:
            sent_as = self._probe.send(self._house.engine.channels[to.channel], to, self._house.clock())
        except MonitorError as error:
            return self._refused(request, f"No test message: {error}.", 429)
        return onward(request, f"settings/?test={sent_as}")

    def resume(self, request: Request) -> Response:
        """Send to a subscriber again who unsubscribed, or whose address was refused."""
        name = sent(request).get("subscriber")
        with self._house.writing() as storage:
            known = [one.subscriber.name for one in self._house.engine.recipients(storage)]
            if name not in known:
                return self._refused(request, "There is no such subscriber (any more).", 404)
            with storage.write():
                storage.subscriptions.resume(name, self._house.clock())
        return onward(request, f"settings/?resumed={known.index(name) + 1}")

    # -------------------------------------------------------------- what is shown

    def _refused(self, request: Request, words: str, status: int) -> Response:
        with self._house.reading() as storage:
            shown = self._shown(storage)
        shown |= {"tested": None, "resumed": None, "problem": words}
        return page(request, self._house, "settings.html", shown, status=status)

    def _shown(self, storage: Storage) -> dict[str, object]:
        recipients = self._house.engine.recipients(storage)
        amiss = list(self._amiss())
        return {
            "problem": "",
            "problems": self._house.in_force.problems,
            "channels": list(self._channels()),
            "subscribers": [(_subscriber(one), _STANDING[one.state]) for one in recipients],
            "destinations": [(str(to), _called(to)) for to in self._destinations()],
            "example": "\n".join(EXAMPLES[name] for name in self._missing(amiss)),
            "folder": str(Path.cwd()),
            "about": list(self._about()),
        }

    def _tested(self, asked: str) -> Finding | None:
        return self._probe.result(number(asked))

    def _resumed(self, asked: Asked, shown: dict[str, object]) -> SubscriberRow | None:
        """The subscriber to whom it is sent again, by their place in the list."""
        place, subscribers = asked.get("resumed", ""), shown["subscribers"]
        assert isinstance(subscribers, list)
        known = {str(at): row for at, (row, _) in enumerate(subscribers, start=1)}
        found: SubscriberRow | None = known.get(place)
        return found if found and found.next else None

    def _amiss(self) -> Iterator[Finding]:
        """What is not set, in the words of `monitor doctor`."""
        engine = self._house.engine
        yield from checkup.off(engine.channels)
        operator = checkup.operator(self._house.settings.operator.to, engine.operator, engine.channels)
        if operator:
            yield operator

    def _channels(self) -> Iterator[Known]:
        """Each channel, on or off; then who is told of trouble."""
        engine, settings = self._house.engine, self._house.settings
        amiss = {one.subject: one for one in self._amiss()}
        yield Known("terminal", "has what goes nowhere else", "good")
        server = _host(settings.email.smtp.get_secret_value())
        on = {
            "slack": f"alerts go to {settings.slack.channel} unless a watchlist says otherwise",
            "email": f"through {server}, from {settings.email.sender}",
        }
        for name, words in on.items():
            if found := amiss.get(name):
                yield Known(name, found.detail.removeprefix("off: "), "warn")
            else:
                yield Known(name, words, "good")
        found = amiss.get("operator.to")
        told = f"sources in trouble and what cannot be sent are told to {_called(engine.operator)}"
        yield Known("operator", found.detail if found else told, "bad" if found and found.wrong else "")

    def _missing(self, amiss: list[Finding]) -> Iterator[str]:
        """What could be set and is not, by its name in EXAMPLES."""
        yield from (one.subject for one in amiss if one.subject in EXAMPLES)
        if not self._house.settings.operator.to and not any(one.subject == "operator.to" for one in amiss):
            yield "operator.to"
        if not self._house.settings.subscribers:
            yield "subscribers"
        if not self._house.locked:
            yield "web.password"

    def _destinations(self) -> list[Destination]:
        """Everybody who is told anything now: where alerts go, the operator, and readers of the digest."""
        engine, settings = self._house.engine, self._house.settings
        on = engine.channels
        found = checkup.told(self._house.in_force.watchlists, on, settings.slack.channel, engine.operator)
        readers = [Destination("email", one.email) for one in settings.subscribers if one.email]
        found += [to for to in readers if to.channel in on]
        terminal = [Destination(TERMINAL)] if TERMINAL in on else []
        return list(dict.fromkeys((*terminal, *found)))

    def _about(self) -> Iterator[Known]:
        settings, web = self._house.settings, self._house.settings.web
        hours, limits = settings.hours.hours(), settings.limits
        quiet = ", ".join(map(str, hours.quiet))
        yield Known("Quiet hours", f"{quiet} in {hours.zone}" if quiet else "none: alerts go at any hour")
        if hours.weekdays:
            yield Known("Days of alerts", ", ".join(DAYS[day] for day in sorted(hours.weekdays)))
        if hours.market:
            yield Known("Market", f"alerts go while {hours.market} trades")
        yield Known(
            "Limits",
            f"{limits.per_hour} messages an hour and {limits.per_day} a day to one place, "
            f"{limits.watchlist_per_day} a day of one watchlist; the rest comes in one summary",
        )
        alone = ", from this machine alone" if is_loopback(web.host) else ""
        yield Known("Address", web.url or f"http://{web.listen}{alone}")
        yield Known("Who may edit", _editors(web))
        yield Known("Times", f"shown in {self._house.zone}")
        yield Known("Contact", settings.http.contact or "not named: some agencies refuse readers without one")
        try:
            for name, path in zip(("Watchlists", "Sources"), files(settings), strict=True):
                yield Known(name, f"in {path.resolve()}")
        except MonitorError as error:
            yield Known("Watchlists", str(error), "bad")
        database = settings.storage.path.resolve()
        yield Known("Database", f"{database}, {database.stat().st_size / 1e6:,.1f} MB")
        yield Known("Version", f"Signal Monitor {__version__}, SQLite {sqlite3.sqlite_version}")

    def _subscribers(self, storage: Storage, asked: Asked) -> Iterator[SubscriberRow]:
        state = asked.get("state", "")
        if state and state not in set(State):
            raise MonitorError(f"there is no state {state[:40]!r}: write {', '.join(State)}")
        for one in map(_subscriber, self._house.engine.recipients(storage)):
            if asked.get("name", "") in ("", one.name) and state in ("", one.state):
                yield one


def _subscriber(one: Recipient) -> SubscriberRow:
    who = one.subscriber
    return SubscriberRow(
        name=who.name,
        email=who.email,
        state=one.state,
        next=one.next,
        since=one.since,
        why=one.why,
        digest_at=who.digest_at,
        zone=who.zone,
        days=tuple(DAYS[day] for day in edition.weekdays(who)),
        edition=who.edition,
        language=who.language,
        threshold=who.threshold,
        watchlists=who.watchlists,
        unknown=one.unknown,
    )


def _editors(web: WebSettings) -> str:
    """Who may change something, and who only looks."""
    if not web.locked:
        return "whoever is at this machine"
    editors = ["whoever has the password"] if web.password.get_secret_value() else []
    editors += [user.name for user in web.users if user.role is Role.EDITOR]
    readers = [user.name for user in web.users if user.role is Role.READER]
    only = f"; {', '.join(readers)} may only read" if readers else ""
    return (", ".join(editors) or "nobody") + only


def _called(to: Destination) -> str:
    """A destination as people say it."""
    return {TERMINAL: "the terminal of monitor run"}.get(to.channel, f"{to.address} ({to.channel})")


def _host(url: str) -> str:
    """The mail server, without who logs in there and how."""
    return urlsplit(url).hostname or ""
