"""`monitor doctor` and `monitor backup`: is all well, and a copy for when it is not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from monitor import mailing
from monitor.app import App
from monitor.cadence import coverage
from monitor.catalogue import NO_CONTACT
from monitor.channels.email import Email
from monitor.channels.slack import Slack
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.deliver import destinations
from monitor.errors import MonitorError
from monitor.storage import Storage, journal_mode

LOW_DISK = 200_000_000

Finding = tuple[str, str, str]  # "ok" | "note" | "WRONG", the subject, what to know or do


@click.command()
@output.json_option
@pass_session
def doctor(session: Session, *, as_json: bool) -> None:
    """Check settings, database, files, channels and sources; say what to do. Exits 1 on trouble.

    \b
    Example:
      monitor doctor
    """
    with session.app() as app:
        found = list(_database(app))
        if all(status == "ok" for status, subject, _ in found if subject == "database"):
            found += [*_files(app), *_channels(app), *_sources(app)]
        for status, subject, detail in found:
            if as_json:
                output.print_json({"status": status, "subject": subject, "detail": detail})
            else:
                colour = {"ok": "green", "note": "yellow", "WRONG": "red"}[status]
                echo(f"{click.style(f'{status:5}', fg=colour)}  {subject}: {detail}")
        wrong = any(status == "WRONG" for status, _, _ in found)
        sys.exit(output.FAILURE if wrong else 0)


def _database(app: App) -> Iterator[Finding]:
    result = app.storage.check()
    version = sqlite3.sqlite_version
    mode = journal_mode(sqlite3.sqlite_version_info)
    path = app.settings.storage.path
    yield (
        ("ok" if result == "ok" else "WRONG"),
        "database",
        (
            f"{path}, SQLite {version}, journal {mode}"
            if result == "ok"
            else f"{path} is damaged ({result}): restore a backup"
        ),
    )
    free = shutil.disk_usage(path.resolve().parent).free
    if free < LOW_DISK:
        yield "WRONG", "disk", f"only {free // 1_000_000} MB free: make room"


def _files(app: App) -> Iterator[Finding]:
    in_force = app.in_force
    for problem in in_force.problems:
        yield "WRONG", "files", f"{problem}; the last good version is in force"
    if not in_force.problems:
        yield "ok", "watchlists", ", ".join(w.id for w in in_force.watchlists)
    if not app.settings.http.contact:
        wanting = [s.id for s in in_force.sources.values() if s.disabled.startswith(NO_CONTACT)]
        many = f"{len(wanting)} sources are off" if len(wanting) > 1 else "1 source is off"
        detail = f"{many} ({', '.join(wanting)})" if wanting else ""
        detail = detail or "some agencies refuse readers that name no contact"
        yield "note", "http.contact", f"not set: {detail}"


def _channels(app: App) -> Iterator[Finding]:
    to = [
        d for w in app.in_force.watchlists for d in destinations(w, app.routes.on, app.routes.slack_channel)
    ]
    slack, email = app.channels.get("slack"), app.channels.get("email")
    if isinstance(slack, Slack):
        addresses = sorted({d.address for d in to if d.channel == "slack"})
        yield from _verdicts("slack", slack.check(addresses), f"posts to {', '.join(addresses)}")
    else:
        yield "note", "slack", "off: set slack.token to use it"
    if isinstance(email, Email):
        yield from _verdicts("email", email.check(), "the server accepts us")
    else:
        yield "note", "email", "off: set email.smtp to use it"
    if app.settings.web != type(app.settings.web)():
        yield "note", "web", "this release has no web desk; [web] has no effect"
    counts = app.storage.deliveries.counts()
    stuck = counts.get("failed", 0) + counts.get("dead", 0)
    if stuck:
        yield "WRONG", "deliveries", f"{stuck} refused: monitor deliveries --failed"
    for destination, why, many, _ in app.storage.batches.in_force():
        yield "note", "held", f"{many} to {destination} ({why})"


def _verdicts(subject: str, wrong: list[str], fine: str) -> Iterator[Finding]:
    for complaint in wrong:
        yield "WRONG", subject, complaint
    if not wrong:
        yield "ok", subject, fine


def _sources(app: App) -> Iterator[Finding]:
    found = mailing.healths(app.storage, app.in_force, app.clock())
    ill = [h for h in found if h.ill]
    yield ("note" if ill else "ok"), "sources", coverage(found)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def backup(session: Session, file: Path) -> None:
    """Copy the database, whole and checked, while the daemon works. Replaces FILE when done.

    \b
    Example:
      monitor backup monitor-backup.db
    """
    with session.app() as app:
        if file.resolve() == app.settings.storage.path.resolve():
            raise MonitorError("that is the database itself: give the backup another name")
        temporary = file.with_name(file.name + ".part")
        try:
            temporary.unlink(missing_ok=True)
            app.storage.db.execute("VACUUM INTO ?", [str(temporary)])
            with Storage(temporary) as copy:
                result = copy.check()
            if result != "ok":
                raise MonitorError(f"the copy is damaged ({result}); nothing was replaced")
            _to_disk(temporary)
            temporary.replace(file)
        except (OSError, sqlite3.Error) as error:
            temporary.unlink(missing_ok=True)
            raise MonitorError(f"{file}: the backup failed: {error}") from error
        echo(f"Wrote {file} ({file.stat().st_size:,} bytes), checked.")


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
