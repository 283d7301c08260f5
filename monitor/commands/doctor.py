"""`monitor doctor` and `monitor backup`: is all well, and a copy for when it is not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from monitor import checkup, gathering
from monitor.app import App
from monitor.catalogue import NO_CONTACT
from monitor.channels import slack_check
from monitor.channels.email import Email
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.digest import Coverage
from monitor.errors import MonitorError
from monitor.finding import Finding, Verdict, note, ok, wrong
from monitor.outbox import Destination, State
from monitor.recipient import Recipient
from monitor.recipient import State as Standing
from monitor.storage import Storage, journal_mode

LOW_DISK = 200_000_000
# So many subscribers that are in order are named.
NAMED = 10
_COLOURS = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "red"}


@click.command()
@click.option("--send", is_flag=True, help="Also send a test message to everybody.")
@output.json_option
@pass_session
def doctor(session: Session, *, send: bool, as_json: bool) -> None:
    """Check settings, database, files, channels, subscribers and sources; say what to do. Exits 1 on trouble.

    --send sends a message, marked as a test, wherever alerts go, and to the first subscriber of the digest.

    \b
    Example:
      monitor doctor
      monitor doctor --send
    """
    with session.app() as app:
        found = list(_database(app))
        if all(finding.verdict == Verdict.OK for finding in found if finding.subject == "database"):
            found += [
                *_files(app),
                *_channels(app),
                *_digests(app),
                *_sources(app),
                *(_test(app) if send else ()),
            ]
        for finding in found:
            status, subject, detail = finding.verdict.value, finding.subject, finding.detail
            if as_json:
                output.print_json({"status": status, "subject": subject, "detail": detail})
            else:
                echo(f"{click.style(f'{status:5}', fg=_COLOURS[finding.verdict])}  {subject}: {detail}")
        sys.exit(output.FAILURE if any(finding.verdict == Verdict.WRONG for finding in found) else 0)


def _database(app: App) -> Iterator[Finding]:
    result = app.storage.check()
    version = sqlite3.sqlite_version
    mode = journal_mode(sqlite3.sqlite_version_info)
    path = app.settings.storage.path
    if result == "ok":
        yield ok("database", f"{path}, SQLite {version}, journal {mode}")
    else:
        yield wrong("database", f"{path} is damaged ({result}): restore a backup")
    free = shutil.disk_usage(path.resolve().parent).free
    if free < LOW_DISK:
        yield wrong("disk", f"only {free // 1_000_000} MB free: make room")


def _files(app: App) -> Iterator[Finding]:
    in_force = app.in_force
    for problem in in_force.problems:
        yield wrong("files", f"{problem}; the last good version is in force")
    if not in_force.problems:
        yield ok("watchlists", ", ".join(w.id for w in in_force.watchlists))
    if not app.settings.http.contact:
        wanting = [s.id for s in in_force.sources.values() if s.disabled.startswith(NO_CONTACT)]
        many = f"{len(wanting)} sources are off" if len(wanting) > 1 else "1 source is off"
        detail = f"{many} ({', '.join(wanting)})" if wanting else ""
        detail = detail or "some agencies refuse readers that name no contact"
        yield note("http.contact", f"not set: {detail}")


def _channels(app: App) -> Iterator[Finding]:
    settings, off = app.settings, {one.subject: one for one in checkup.off(app.channels)}
    email = app.channels.get("email")
    if "slack" in off:
        yield off["slack"]
    else:
        addresses = [to.address for to in _told(app) if to.channel == "slack"]
        yield from slack_check.check(settings.slack, addresses)
    if isinstance(email, Email):
        wrongs = email.check()
        yield from (wrong("email", complaint) for complaint in wrongs)
        if not wrongs:
            yield ok("email", "the server accepts us")
    else:
        yield off["email"]
    amiss = checkup.operator(settings.operator.to, app.operator, app.channels)
    if amiss:
        yield amiss
    counts = app.storage.deliveries.counts()
    stuck = counts.get("failed", 0) + counts.get("dead", 0)
    if stuck:
        yield wrong("deliveries", f"{stuck} refused: monitor deliveries --failed")
    for destination, why, many, _ in app.storage.batches.in_force():
        yield note("held", f"{many} to {destination} ({why})")


def _digests(app: App) -> Iterator[Finding]:
    """Who gets the next digest when, and who does not get it and why."""
    found = app.recipients(app.storage)
    if not app.settings.web.url and any(one.state is Standing.MAIL for one in found):
        by_mail = "mails lead to no page, and who unsubscribes writes to email.from"
        yield note("web.url", f"not set: {by_mail}")
    fine = []
    for one in found:
        subject = f"digest for {one.subscriber.name}"
        if one.unknown:
            known = ", ".join(sorted(watchlist.id for watchlist in app.in_force.watchlists)) or "none"
            missing = ", ".join(one.unknown)
            yield wrong(
                subject, f"there is no watchlist {missing}: correct its watchlists (there are {known})"
            )
        trouble = _standing(one, subject) or _last(app, one, subject)
        if trouble is not None:
            yield trouble
        elif not one.unknown:
            fine.append(ok(subject, f"next {_next(one)}, {_way(app, one)}"))
    yield from fine[:NAMED]
    if len(fine) > NAMED:
        yield ok("digests", f"{len(fine) - NAMED} more subscribers: monitor digests subscribers")


def _standing(one: Recipient, subject: str) -> Finding | None:
    """That nothing goes to this subscriber, or not by the way that is set."""
    name, address = one.subscriber.name, one.subscriber.email
    since, remedy = output.when(one.since, one.subscriber.zone), f"monitor digests resume '{name}'"
    if one.state is Standing.PARKED:
        why = f"{address} is refused since {since} ({one.why})"
        return wrong(subject, f"{why}: correct the address or have it mended, then {remedy}")
    if one.state is Standing.UNSUBSCRIBED:
        return note(subject, f"{address} unsubscribed {since}; where they ask for it again: {remedy}")
    if one.state is Standing.FILE and address:
        return note(subject, f"next {_next(one)}, to a file, since e-mail is off: set email.smtp")
    return None


def _last(app: App, one: Recipient, subject: str) -> Finding | None:
    """That the newest digest of this subscriber could not be sent."""
    kept = next(iter(app.storage.archive.latest(1, of=one.subscriber.name)), None)
    if kept is None or kept.state not in (State.FAILED, State.DEAD):
        return None
    again = "it is tried again" if kept.state is State.FAILED else "given up: monitor digests retry"
    return wrong(subject, f"that of {kept.day} was refused ({kept.error}); {again}")


def _next(one: Recipient) -> str:
    return output.when(one.next, one.subscriber.zone)


def _way(app: App, one: Recipient) -> str:
    if one.state is Standing.MAIL:
        return f"to {one.subscriber.email}"
    return f"to a file in {app.settings.paths.digests}/"


def _told(app: App) -> list[Destination]:
    return checkup.told(app.in_force.watchlists, app.channels, app.routes.slack_channel, app.operator)


def _test(app: App) -> Iterator[Finding]:
    """Send a test message to everybody, by the way that alerts take."""
    told = _told(app)
    readers = [Destination("email", s.email) for s in app.subscribers if s.email and "email" in app.channels]
    told += [to for to in readers[:1] if to not in told]
    if not told:
        yield note("test message", "there is nobody to send to: set slack.token or email.smtp")
    for to in told:
        yield checkup.test_message(app.channels[to.channel], to, "with monitor doctor --send", app.clock())


def _sources(app: App) -> Iterator[Finding]:
    found = gathering.healths(app.storage, app.in_force, app.clock())
    said = note if any(h.ill for h in found) else ok
    yield said("sources", Coverage.of(found).line)


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
