"""What it costs to send a digest to everybody.

    python -m benchmarks.mail [--subscribers 1000] [--few 100] [--stories 40]

A morning of invented news goes to many subscribers, each with thresholds and an address of their own, through
the real journey: gathered, composed, written, frozen, and handed over one connection to an SMTP server
in a process of its own (aiosmtpd, which drops what it takes). Beside it the floors, in the same run: the same
messages, made before, sent by smtplib over one connection; and these with as many commits as sending makes.
Each round is a process too, and peak memory is taken with few subscribers and with all.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.timed import told
from monitor import mailing
from monitor.channels.email import Email
from monitor.channels.settings import EmailSettings
from monitor.letter import Letter, Mail
from monitor.live import Live
from monitor.model import Entry, Item, Signal
from monitor.score import evaluate
from monitor.storage import Storage, journal_mode
from monitor.subscriber import Subscriber

NOW = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
SENDER = "monitor@example.org"
FROM = f"Signal Monitor <{SENDER}>"
WORDS = (
    *(
        "company",
        "says",
        "market",
        "supply",
        "project",
        "new",
        "government",
        "deal",
        "agreement",
        "officials",
    ),
    *("production", "plant", "loan", "mine", "export", "control", "processing", "demand", "price", "report"),
)
WATCHLIST = """\
watchlist: {name}
title: Rare earths {name}
must:
  - name: rare earths
    any: [rare earth, magnet]
    weight: 60
any:
  - name: money
    any: [loan, deal]
    weight: 20
alert: 90
digest: 40
"""
LINE, WHOLE, EACH_MS, GROWTH_MB = 6.0, 10.0, 200.0, 10.0


@dataclass(frozen=True)
class Round:
    """The mails of a round, the seconds that they took, and the peak memory of its process."""

    mails: int
    seconds: float
    megabytes: float

    @property
    def each(self) -> float:
        """Milliseconds a mail."""
        return self.seconds / self.mails * 1e3


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """An SMTP server that drops what it takes, in a process of its own; answers its port."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = int(held.getsockname()[1])
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink"]
    with (folder / "server").open("wb") as said:
        process = subprocess.Popen([*command, "-l", f"127.0.0.1:{port}"], stdout=said, stderr=said)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(30)


# ------------------------------------------------------------------ what is sent


def news(folder: Path, stories: int) -> None:
    """An installation that read so many stories in the night."""
    watchlists = folder / "watchlists"
    watchlists.mkdir()
    for name in ("loans", "magnets", "controls"):
        (watchlists / f"{name}.yaml").write_text(WATCHLIST.format(name=name), "utf-8")
    (watchlists / "sources.yaml").write_text(
        "sources:\n  - id: one\n    name: One\n    url: http://127.0.0.1:1/one\n    every: 1h\n    tier: 1\n"
    )
    chance = random.Random(1)
    with Storage(folder / "monitor.db") as storage:
        live = Live(watchlists, watchlists / "sources.yaml", storage, NOW).now
        old = NOW - timedelta(days=9)  # an installation whose first digest is due
        with storage.write():
            storage.items.add(
                "one", Entry("old", "old", "https://example.com/old", "Old", "", old), "en", old
            )
        for number in range(stories):
            when = NOW - timedelta(minutes=10 + number)
            title = f"Rare earth magnet {' '.join(chance.choices(WORDS, k=9))} {number}"
            text = " ".join(chance.choices(WORDS, k=80))
            entry = Entry(f"k{number}", f"a{number}", f"https://example.com/{number}", title, text, when)
            with storage.write():
                item = storage.items.add("one", entry, "en", when)
                assert isinstance(item, Item)
                evidence = live.evidence(item, live.sources["one"], "en")
                for watchlist in live.watchlists:
                    verdict = evaluate(watchlist, evidence)
                    storage.signals.save(
                        Signal(item, verdict, f"story-{number}", baseline=False, decided=when)
                    )


def subscribers(count: int) -> list[Subscriber]:
    return [
        Subscriber(f"Reader {n}", f"reader-{n}@example.com", "07:30", "UTC", threshold=n % 40)
        for n in range(count)
    ]


def channel(port: int) -> Email:
    return Email(EmailSettings.model_validate({"smtp": f"smtp://127.0.0.1:{port}", "from": FROM}))


# ------------------------------------------------------------------ rounds, each in a process of its own


def whole(folder: Path, port: int, count: int) -> Round:
    """The real journey."""
    watchlists = folder / "watchlists"
    with Storage(folder / "monitor.db") as storage, channel(port).many() as post:
        live = Live(watchlists, watchlists / "sources.yaml", storage, NOW).now
        began = time.perf_counter()
        receipts = mailing.send_due(
            storage, live, subscribers(count), NOW, post, folder / "digests", told=_progress
        )
        return _round(len(receipts), time.perf_counter() - began)


def line(folder: Path, port: int, count: int) -> Round:
    """The channel alone: letters that are there already."""
    mails = list(_mails(folder, count))
    with channel(port).many() as post:
        began = time.perf_counter()
        for mail in mails:
            post(mail, NOW)
        return _round(len(mails), time.perf_counter() - began)


def bare(folder: Path, port: int, count: int) -> Round:
    """The same messages by smtplib, over one connection."""
    made = _made(folder, port, count)
    with smtplib.SMTP("127.0.0.1", port) as raw:
        began = time.perf_counter()
        for to, message in made:
            raw.sendmail(SENDER, [to], message)
        return _round(len(made), time.perf_counter() - began)


def recorded(folder: Path, port: int, count: int) -> Round:
    """The same, and what is kept of each on the disk: the message once, and as many commits as sending
    makes to be sure of where it stood (opened, claimed, frozen, begun, done)."""
    made = _made(folder, port, count)
    with smtplib.SMTP("127.0.0.1", port) as raw, closing(sqlite3.connect(folder / "bare.db")) as db:
        mode = journal_mode(sqlite3.sqlite_version_info)
        db.executescript(f"PRAGMA journal_mode = {mode}; PRAGMA synchronous = FULL;")
        db.execute("CREATE TABLE sent (address TEXT PRIMARY KEY, state TEXT, message BLOB)")
        began = time.perf_counter()
        for to, message in made:
            db.execute("INSERT INTO sent VALUES (?, 'opened', NULL)", [to])
            db.commit()
            db.execute("UPDATE sent SET message = ? WHERE address = ?", [message, to])
            db.commit()
            for state in ("claimed", "begun", "done"):
                if state == "done":
                    raw.sendmail(SENDER, [to], message)
                db.execute("UPDATE sent SET state = ? WHERE address = ?", [state, to])
                db.commit()
        return _round(len(made), time.perf_counter() - began)


def _made(folder: Path, port: int, count: int) -> list[tuple[str, bytes]]:
    email = channel(port)
    return [(mail.to, email.letter(mail, NOW).as_bytes()) for mail in _mails(folder, count)]


ROUNDS = {"whole": whole, "line": line, "bare": bare, "recorded": recorded}


def _mails(folder: Path, count: int) -> Iterator[Mail]:
    with Storage(folder / "monitor.db") as storage:
        for reader in subscribers(count):
            filed = storage.digests.get(reader.name, NOW.date())
            assert filed is not None
            letter = Letter(filed.subject, filed.html, filed.text)
            yield Mail(reader.email, letter, f"digest.{NOW.date()}.{reader.number}")


def _round(mails: int, seconds: float) -> Round:
    return Round(mails, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _progress(done: int, total: int) -> None:
    if done % 100 == 0 or done == total:
        print(f"\r  {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def apart(what: str, folder: Path, port: int, count: int) -> Round:
    """A round in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mail", "--round", what, "--folder", str(folder)]
    command += ["--port", str(port), "--subscribers", str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=_own())
    made = Round(**json.loads(done.stdout))
    if made.mails != count:
        raise SystemExit(f"{what}: {made.mails} of {count} mails were sent")
    return made


def _own() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--stories", type=int, default=40)
    parser.add_argument("--round", choices=ROUNDS, help="one round, in the folder of another run")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--port", type=int)
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    count, few = arguments.subscribers, arguments.few
    if arguments.round:
        made = ROUNDS[arguments.round](arguments.folder, arguments.port, count)
        print(json.dumps({"mails": made.mails, "seconds": made.seconds, "megabytes": made.megabytes}))
        return
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as port:
        folders = [Path(name) / "few", Path(name) / "all"]
        for folder in folders:
            folder.mkdir()
            news(folder, arguments.stories)
        small = apart("whole", folders[0], port, few)
        large = apart("whole", folders[1], port, count)
        least, kept, alone = (apart(what, folders[1], port, count) for what in ("bare", "recorded", "line"))
    print(f"{count} subscribers, {arguments.stories} stories, over one connection to a local SMTP server:")
    for words, made in (
        ("smtplib, the same messages", least),
        ("and recorded as often", kept),
        ("the channel, of letters that are there", alone),
        ("the whole journey", large),
    ):
        print(f"  {words:42}{made.seconds:8.2f} s  {made.each:6.1f} ms a mail  {made.each / least.each:6.1f}")
    print(f"  peak memory: {small.megabytes:.1f} MB with {few}, {large.megabytes:.1f} MB with {count}")
    reached = [
        told("the channel beside smtplib", alone.each / least.each, LINE),
        told("the journey beside smtplib with as many commits", large.each / kept.each, WHOLE),
        told("the journey, a mail (300 a minute)", large.each, EACH_MS, " ms"),
        told("memory from few subscribers to all", large.megabytes - small.megabytes, GROWTH_MB, " MB"),
    ]
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
