"""`monitor digest`: preview the digest of a day, or send it to somebody as a test."""

from __future__ import annotations

import tempfile
import webbrowser
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import click

from monitor import edition, mailing, wording
from monitor import letter as writing
from monitor.app import App
from monitor.channels.email import Email
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.digest import Digest
from monitor.edition import Edition
from monitor.errors import MonitorError
from monitor.letter import Letter, Links, Mail
from monitor.subscriber import Subscriber

FORMS = (".html", ".txt", ".eml")
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; today if not given.")
@click.option("--to", "who", default="", help="A subscriber's name, or any e-mail address.")
@click.option("--weekly", is_flag=True, help="The weekly edition, whatever the subscriber gets.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it here: .html, .txt, or .eml for the whole message.",
)
@click.option("--open", "open_", is_flag=True, help="Show it in the browser.")
@click.option("--send", is_flag=True, help="Send it to --to now, as a test.")
@output.json_option
@pass_session
def digest(
    session: Session, day: datetime | None, who: str, out: Path | None,
    *, weekly: bool, open_: bool, send: bool, as_json: bool,
) -> None:  # fmt: skip
    """See the digest of a day as it would be now: here as text, in the browser, in a file, or by e-mail.

    It tells what happened from the edition before up to the subscriber's hour on that date; of today, up to
    now. It never counts as the day's digest. Without --to it is that of the first subscriber. What was sent
    is kept as it was: monitor digests show NAME DATE.

    \b
    Example:
      monitor digest
      monitor digest --open
      monitor digest --date 2026-11-23 --out digest.html
      monitor digest --to desk@example.com --send
    """
    if send and not who:
        raise click.UsageError("--send wants to know whom to send it to: add --to NAME or --to ADDRESS")
    form_of(out)
    with session.app() as app:
        subscriber = _subscriber(app, who, weekly=weekly)
        made = _composed(app, subscriber, _day(app, subscriber, day))
        mail = _mail(app, made)
        if out:
            write(app, mail, out, app.clock(), aside=as_json)
        if open_:
            page(mail.letter, out, made.edition.day, aside=as_json)
        if send:
            _send(app, mail, aside=as_json)
        if as_json:
            output.print_json(made)
        elif not (out or open_ or send):
            echo(mail.letter.text)
        _point_to_what_was_sent(app, made)


# ------------------------------------------------------------------ which digest


def _subscriber(app: App, who: str, *, weekly: bool) -> Subscriber:
    """The one of this name or address; a stranger's address reads what the first subscriber reads."""
    known = {s.name: s for s in app.subscribers} | {s.email: s for s in app.subscribers if s.email}
    first = app.subscribers[0]
    found = known.get(who) if who else first
    if found is None and "@" in who:
        found = replace(first, name=who, email=who)
    if found is None:
        names = ", ".join(s.name for s in app.subscribers)
        raise MonitorError(f"no subscriber is called '{who}': there are {names}; or give an e-mail address")
    return replace(found, edition="weekly") if weekly else found


def _day(app: App, subscriber: Subscriber, day: datetime | None) -> date:
    today = _today(subscriber, app.clock())
    if day and day.date() > today:
        raise click.UsageError(f"{day:%Y-%m-%d} has not come yet: give a day up to {today}")
    return day.date() if day else today


def _today(subscriber: Subscriber, now: datetime) -> date:
    return now.astimezone(ZoneInfo(subscriber.zone)).date()


def _composed(app: App, subscriber: Subscriber, day: date) -> Digest:
    now = app.clock()
    until = now if day >= _today(subscriber, now) else edition.hour_of(subscriber, day)
    first = not app.storage.digests.has_got(subscriber.name)
    made = Edition(day, until, _since(subscriber, day, until), until, first)
    return mailing.composed(app.storage, app.in_force, subscriber, made)


def _since(subscriber: Subscriber, day: date, until: datetime) -> datetime:
    """From the edition before that of the day, and at least a whole day, of a weekly edition a week."""
    newest, hour = edition.due(subscriber, until)
    since = edition.before(subscriber, hour) if newest == day else hour
    return min(since, until - (WEEK if subscriber.edition == "weekly" else DAY))


def _mail(app: App, made: Digest) -> Mail:
    """As it would go, under a number of its own: a mail program must not take it for the day's digest."""
    subscriber, number = made.subscriber, f"test.{made.edition.day}.{uuid4().hex[:10]}"
    links = _links(app, subscriber)
    return Mail(subscriber.email, writing.write(made, links), number, subscriber.zone, links.one_click)


def _links(app: App, subscriber: Subscriber) -> Links:
    """Where it leads. Only who is a subscriber can unsubscribe."""
    if not app.links.leave or subscriber.address not in {s.address for s in app.subscribers if s.email}:
        return app.links.of("")
    with app.storage.write():
        return app.links.of(app.storage.subscriptions.of(subscriber.name, subscriber.email).token)


def _point_to_what_was_sent(app: App, made: Digest) -> None:
    name, day = made.subscriber.name, made.edition.day
    sent = app.storage.digests.get(name, day)
    if sent and sent.html:
        known = f"{wording.calendar(day)} has a digest for {name} already"
        click.echo(f"{known}: monitor digests show '{name}' {day} has it as it was made.", err=True)


# ------------------------------------------------------------------ where it goes


def form_of(path: Path | None) -> str:
    """The form that a file's name asks for."""
    form = path.suffix.lower() if path else FORMS[0]
    if form not in FORMS:
        raise click.UsageError(f"--out {path}: end its name with .html, .txt or .eml")
    return form


def write(app: App, mail: Mail, path: Path, dated: datetime, *, aside: bool) -> None:
    """Write it to a file in the form of its name; a message is of when it was `dated`."""
    form = form_of(path)
    try:
        if form == ".eml":
            path.write_bytes(_message(app, mail, dated))
        else:
            path.write_text(mail.letter.html if form == ".html" else mail.letter.text, "utf-8")
    except OSError as error:
        raise MonitorError(f"{path} cannot be written ({error.strerror}): choose another --out") from None
    click.echo(f"Wrote {path}", err=aside)


def _message(app: App, mail: Mail, dated: datetime) -> bytes:
    """The whole message, as from the settings' sender, also where e-mail is off."""
    to = mail.to or "nobody@localhost.localdomain"
    return Email(app.settings.email).letter(replace(mail, to=to), dated).as_bytes()


def page(letter: Letter, path: Path | None, day: date, *, aside: bool) -> None:
    """Open it in the browser; says where it is, for a machine that has none."""
    if path is None or path.suffix.lower() != ".html":
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix=f"digest-{day}-", suffix=".html", delete=False
        ) as file:
            file.write(letter.html)
        path = Path(file.name)
    opened = webbrowser.open(path.resolve().as_uri())
    remedy = "" if opened else "; no browser is found here, so open it in one"
    click.echo(f"The page is {path}{remedy}.", err=aside)


def _send(app: App, mail: Mail, *, aside: bool) -> None:
    if app.post is None:
        raise MonitorError("e-mail is off: set email.smtp in the settings, or MONITOR_EMAIL__SMTP")
    if not mail.to:
        raise MonitorError("this subscriber has no address: give its entry an email, or name one with --to")
    app.post(mail, app.clock())
    click.echo(f"Sent to {mail.to}", err=aside)
