"""`monitor digest`: preview the digest of a day, or send it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from monitor import letter as writing
from monitor import mailing
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.edition import Edition
from monitor.errors import MonitorError
from monitor.letter import Mail
from monitor.subscriber import Subscriber


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; today if not given.")
@click.option("--to", "who", default="", help="A subscriber's name, or an e-mail address.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML here.")
@click.option("--send", is_flag=True, help="Send it by e-mail now.")
@output.json_option
@pass_session
def digest(
    session: Session, day: datetime | None, who: str, out: Path | None, *, send: bool, as_json: bool
) -> None:
    """Show the digest of a day as text, write it as HTML, or send it.

    A digest covers the 24 hours up to the subscriber's hour on that day; for today, up to now.

    \b
    Example:
      monitor digest
      monitor digest --date 2026-11-23 --out digest.html
      monitor digest --to desk@example.com --send
    """
    with session.app() as app:
        subscriber = _subscriber(app, who)
        local = app.clock().astimezone(ZoneInfo(subscriber.zone)).date()
        wanted = day.date() if day else local
        until = _until(subscriber, wanted, app.clock())
        edition = Edition(wanted, until, until - timedelta(days=1), until)
        made = mailing.composed(app.storage, app.in_force, subscriber, edition)
        rendered = writing.write(made)
        if out:
            out.write_text(rendered.html, "utf-8")
            click.echo(f"Wrote {out}", err=as_json)
        if send:
            if not subscriber.email or app.post is None:
                raise MonitorError("to send, set email.smtp and name a subscriber or an address with --to")
            number = f"preview.{wanted}.{app.clock():%H%M%S}"
            app.post(Mail(subscriber.email, rendered, number, subscriber.zone), app.clock())
            click.echo(f"Sent to {subscriber.email}", err=as_json)
        if as_json:
            output.print_json(made)
        elif not out and not send:
            echo(rendered.text)


def _until(subscriber: Subscriber, day: date, now: datetime) -> datetime:
    hour = time.fromisoformat(subscriber.digest_at)
    moment = datetime.combine(day, hour, ZoneInfo(subscriber.zone)).astimezone(UTC)
    today = now.astimezone(ZoneInfo(subscriber.zone)).date()
    return now if day >= today else moment


def _subscriber(app: App, who: str) -> Subscriber:
    known = {s.name: s for s in app.subscribers} | {s.email: s for s in app.subscribers if s.email}
    if not who:
        return app.subscribers[0]
    if who in known:
        return known[who]
    if "@" in who:
        return replace(app.subscribers[0], name=who, email=who)
    names = ", ".join(s.name for s in app.subscribers)
    raise MonitorError(f"no subscriber is called '{who}': there are {names}")
