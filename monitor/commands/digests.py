"""`monitor digests`: what was sent to whom, what was not and why, and who gets the digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from monitor import edition
from monitor.app import App
from monitor.commands import output
from monitor.commands.digest import form_of, page, write
from monitor.commands.session import Session, echo, pass_session
from monitor.edition import LATE, weekdays
from monitor.errors import MonitorError
from monitor.letter import Letter, Mail
from monitor.outbox import State
from monitor.recipient import Recipient
from monitor.storage.archive import Kept
from monitor.storage.digests import FiledDigest
from monitor.subscriber import DAYS, EVERY_DAY
from monitor.text import shorten

SUBJECT = 60
_day = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@click.option("--failed", is_flag=True, help="Only those refused, for now or for good.")
@click.option("--to", "name", default="", help="Only those of this subscriber.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@output.json_option
@click.pass_context
def digests(context: click.Context, name: str, limit: int, *, failed: bool, as_json: bool) -> None:
    """The digests that were made, newest first: to whom, in what state, how late, and why one failed.

    \b
    Example:
      monitor digests --failed
      monitor digests show desk 2026-11-23
      monitor digests subscribers
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
    with session.app() as app:
        found = app.storage.archive.latest(limit, of=name, failed=failed)
        if as_json:
            for kept in found:
                output.print_json(_as_json(kept))
        elif found:
            columns = ("day", "subscriber", "subject", "state", "late", "tries", "sent", "error")
            output.table(columns, (_as_row(kept, app.zone) for kept in found))
        else:
            echo("None has failed." if failed else "No digest yet: monitor digest shows what it will be.")


def _sent(kept: Kept) -> datetime | None:
    return kept.finished if kept.state is State.SENT else None


def _late(kept: Kept) -> timedelta:
    """By how much it missed its hour: when it was sent or, until then, made."""
    return max((_sent(kept) or kept.until) - (kept.hour or kept.until), timedelta(0))


def _as_row(kept: Kept, zone: str) -> tuple[object, ...]:
    late = _late(kept)
    return (
        kept.day,
        kept.subscriber,
        shorten(kept.subject, SUBJECT),
        kept.state.value,
        _length(late) if late > LATE else "",
        kept.attempts,
        output.when(_sent(kept), zone),
        kept.error,
    )


def _length(span: timedelta) -> str:
    """How long, in the two greatest units: 3 d 4 h, 3 h 30 min."""
    minutes = round(span.total_seconds() / 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _as_json(kept: Kept) -> dict[str, Any]:
    return {
        "day": kept.day,
        "subscriber": kept.subscriber,
        "subject": kept.subject,
        "state": kept.state,
        "since": kept.since,
        "until": kept.until,
        "late": _late(kept),
        "attempts": kept.attempts,
        "finished": kept.finished,
        "error": kept.error,
        "receipt": kept.receipt,
    }


# ------------------------------------------------------------------ one of them


@digests.command()
@click.argument("name")
@click.argument("day", required=False, type=_day)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it here: .html, .txt, or .eml for a whole message.",
)
@click.option("--open", "open_", is_flag=True, help="Show it in the browser.")
@pass_session
def show(session: Session, name: str, day: datetime | None, out: Path | None, *, open_: bool) -> None:
    """The digest of subscriber NAME on DAY (the newest, if not given), as it was sent.

    \b
    Example:
      monitor digests show desk
      monitor digests show desk 2026-11-23 --out digest.html
    """
    form_of(out)
    with session.app() as app:
        filed = _filed(app, name, day)
        if not filed.html:
            raise MonitorError(f"the digest of {filed.day} for {name} is not made yet: see monitor digests")
        mail = _mail(app, filed)
        if out:
            write(app, mail, out, filed.finished or filed.until, aside=False)
        if open_:
            page(mail.letter, out, filed.day, aside=False)
        if not (out or open_):
            echo(mail.letter.text)


def _mail(app: App, filed: FiledDigest) -> Mail:
    """As it went out, but for the address where that is another by now."""
    letter = Letter(filed.subject, filed.html, filed.text)
    subscriber = next((one for one in app.subscribers if one.name == filed.subscriber), None)
    if subscriber is None:
        return Mail("", letter, f"digest.{filed.day}")
    return Mail(subscriber.email, letter, f"digest.{filed.day}.{subscriber.number}", subscriber.zone)


def _filed(app: App, name: str, day: datetime | None, *, failed: bool = False) -> FiledDigest:
    """That of a day, or else the newest; raises MonitorError with what there is."""
    newest = None if day else next(iter(app.storage.archive.latest(1, of=name, failed=failed)), None)
    wanted = day.date() if day else newest and newest.day
    found = app.storage.digests.get(name, wanted) if wanted else None
    if found is None:
        what = "failed digest" if failed else "digest"
        when = f" of {day:%Y-%m-%d}" if day else ""
        raise MonitorError(f"there is no {what}{when} for '{name}': see monitor digests")
    return found


@digests.command()
@click.argument("name")
@click.argument("day", required=False, type=_day)
@pass_session
def retry(session: Session, name: str, day: datetime | None) -> None:
    """Send the digest of subscriber NAME on DAY (the newest that failed, if not given) again, now.

    \b
    Example:
      monitor digests retry desk
      monitor digests retry desk 2026-11-23
    """
    with session.app() as app:
        filed = _filed(app, name, day, failed=True)
        one = next((one for one in app.recipients(app.storage) if one.subscriber.name == name), None)
        if one is None or one.next is None:
            why = "is no subscriber any more" if one is None else f"is {_state(one)}"
            remedy = "" if one is None else f"; monitor digests resume '{name}' takes that back"
            raise MonitorError(f"'{name}' {why}{remedy}")
        with app.storage.write():
            again = app.storage.digests.retry(filed, app.clock())
        if not again:
            raise MonitorError(
                f"the digest of {filed.day} for {name} did not fail: it is {filed.state.value}"
            )
        echo("It goes out again within seconds where the daemon runs, or with monitor run --once.")


# ------------------------------------------------------------------ who gets it


@digests.command()
@output.json_option
@pass_session
def subscribers(session: Session, *, as_json: bool) -> None:
    """Who gets the digest, when the next one is due, and who left or cannot be reached since when.

    \b
    Example:
      monitor digests subscribers
    """
    with session.app() as app:
        found = app.recipients(app.storage)
        if as_json:
            for one in found:
                output.print_json(one)
        else:
            columns = ("name", "to", "hour", "days", "edition", "watchlists", "next", "state")
            output.table(columns, map(_subscriber_row, found))


def _subscriber_row(one: Recipient) -> tuple[object, ...]:
    subscriber = one.subscriber
    return (
        subscriber.name,
        subscriber.email or "a file",
        f"{subscriber.digest_at} {subscriber.zone}",
        _days(one),
        f"{subscriber.edition}, {subscriber.language}",
        "all" if "*" in subscriber.watchlists else ", ".join(subscriber.watchlists),
        output.when(one.next, subscriber.zone),
        _state(one),
    )


def _days(one: Recipient) -> str:
    days = weekdays(one.subscriber)
    return "every day" if days == EVERY_DAY else " ".join(DAYS[day][:3] for day in days)


def _state(one: Recipient) -> str:
    since = f" since {output.when(one.since, one.subscriber.zone)}" if one.since else ""
    return one.state.value + since + (f": {one.why}" if one.why else "")


@digests.command()
@click.argument("name")
@pass_session
def resume(session: Session, name: str) -> None:
    """Send to subscriber NAME again, who unsubscribed or whose address was refused for good.

    \b
    Example:
      monitor digests resume desk
    """
    with session.app() as app:
        one = next((one for one in app.recipients(app.storage) if one.subscriber.name == name), None)
        if one is None:
            names = ", ".join(s.name for s in app.subscribers)
            raise MonitorError(f"no subscriber is called '{name}': there are {names}")
        with app.storage.write():
            again = app.storage.subscriptions.resume(name, app.clock())
        if not again:
            raise MonitorError(f"{name} gets the digest as it is: see monitor digests subscribers")
        following = output.when(edition.following(one.subscriber, app.clock())[1], one.subscriber.zone)
        echo(f"{name} gets the digest again; the next one is due {following}.")
