"""What is on and what is not, who is told, and a message that tries it: for `monitor doctor` and the page of
settings.

A message is sent through the channel itself, past the outbox: what comes of it is for whoever asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import uuid4

from monitor.channels import Channel
from monitor.deliver import reached
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.finding import Finding, note, ok, wrong
from monitor.outbox import TERMINAL, Delivery, Destination, Notice, State
from monitor.rule import Watchlist

# Each channel that can be on, and what turns it on.
_SETTINGS = {"slack": "slack.token", "email": "email.smtp"}


def off(on: Collection[str]) -> Iterator[Finding]:
    """The channels that are not among those that are on, each with what is missing."""
    for channel, setting in _SETTINGS.items():
        if channel not in on:
            yield note(channel, f"off: set {setting} to use it")


def operator(named: str, to: Destination, on: Collection[str]) -> Finding | None:
    """Whether whoever is `named` in the settings is told of sources in trouble, where anybody could be: `to`
    is who is."""
    subject = "operator.to"
    if not named and set(on) - {TERMINAL}:
        return note(subject, "not set: when a source is in trouble, only the terminal is told")
    if named and str(to) != named:
        channel = named.partition(":")[0]
        return wrong(subject, f"{named} cannot be told, since {channel} is off: set it up, or name another")
    return None


def told(
    watchlists: Iterable[Watchlist], on: Collection[str], slack_channel: str, to: Destination
) -> list[Destination]:
    """Everybody whom an alert or a notice may reach, but for the terminal; `to` is the operator."""
    found = {to, *reached(watchlists, frozenset(on) - {TERMINAL}, slack_channel)}
    return sorted((one for one in found if one.channel != TERMINAL), key=str)


def test_message(channel: Channel, to: Destination, asked: str, now: datetime) -> Finding:
    """Send a test message, and say what came of it. `asked` says how it was asked for."""
    number = f"test-{uuid4().hex}"
    where = f" ({to.address})" if to.address else ""
    lines = (f"Nothing has happened: this was asked for {asked}.",)
    notice = Notice(number, f"Test message: alerts can be told here{where}", lines, now)
    try:
        channel.send(Delivery(number, notice, to, State.SENDING, 1, due=now, attempted=now))
    except (DeliveryFailed, DeliveryUnknown) as error:
        return wrong(str(to), f"no test message: {error}")
    return ok(str(to), "a test message was sent")
