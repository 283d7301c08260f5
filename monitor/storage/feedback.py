"""Tables `marks`, `quiets` and `proposals`: what people say to alerts, and what was made of it.

Whatever is filed twice, by two presses or two processes, is filed once: a unique index decides, and the
second is told what was there. To be called inside a transaction where something is changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.feedback import Fate, Mark, Opinion, Person, Proposal, Quiet, Said, Scope
from monitor.model import Alert
from monitor.outbox import Destination, Notice
from monitor.storage.alarms import decode as decode_notice
from monitor.storage.alerts import decode
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it stands somewhere: the delivery that put it there, and where it went."""

    delivery: str
    destination: Destination
    message: Alert | Notice


class Feedback:
    def __init__(self, db: Database) -> None:
        self._db = db

    # -------------------------------------------------------------- the message that is spoken of

    def shown_at(self, receipt: str) -> Shown | None:
        """What was sent and has this receipt; None where there is none, or it is a batch of alerts."""
        sql = """SELECT d.id, d.destination, a.body, n.body AS notice FROM deliveries d
                 LEFT JOIN alerts a ON a.id = d.alert LEFT JOIN notices n ON n.id = d.notice
                 WHERE d.receipt = ? AND d.receipt <> '' AND d.batch IS NULL ORDER BY d.seq DESC LIMIT 1"""
        for row in self._db.query(sql, [receipt]):
            message = decode(row["body"]) if row["body"] else decode_notice(row["notice"])
            return Shown(row["id"], Destination.parse(row["destination"]), message)
        return None

    def touch(self, now: datetime, *, alert: str = "", notice: str = "", delivery: str = "") -> None:
        """Have the messages that show an alert or a notice brought up to date, or that of one delivery."""
        self._db.execute(
            """UPDATE deliveries SET refresh = :now
               WHERE (alert = :alert OR notice = :notice OR id = :delivery) AND state = 'sent'""",
            {"now": stamp(now), "alert": alert, "notice": notice, "delivery": delivery},
        )

    # -------------------------------------------------------------- opinions

    def mark(self, mark: Mark) -> Mark:
        """File an opinion. Answers the one that stands: this one, or one that was there before."""
        self._db.execute(
            """INSERT INTO marks (alert, opinion, who, name, at) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO NOTHING""",
            [mark.alert, mark.opinion.value, mark.who.id, mark.who.name, stamp(mark.at)],
        )
        return self.mark_of(mark.alert) or mark

    def unmark(self, alert: str, who: Person, now: datetime) -> Mark | None:
        """Take back the opinion of an alert. Answers it; None where there is none."""
        mark = self.mark_of(alert)
        if mark is None:
            return None
        self._db.execute(
            "UPDATE marks SET undone = ?, undone_by = ? WHERE alert = ? AND undone IS NULL",
            [stamp(now), who.name, alert],
        )
        return replace(mark, undone=now, undone_by=who.name)

    def mark_of(self, alert: str) -> Mark | None:
        """The opinion of an alert that stands."""
        return self._mark("WHERE alert = ? AND undone IS NULL", [alert])

    def marks_of(self, alerts: Collection[str]) -> dict[str, Mark]:
        """The same of many alerts, for those of which somebody said something."""
        sql = f"SELECT * FROM marks WHERE undone IS NULL AND alert IN ({places(alerts)})"  # noqa: S608
        return {mark.alert: mark for mark in map(_mark, self._db.query(sql, [*alerts]))}

    def last_mark(self, alert: str) -> Mark | None:
        """The last opinion of an alert, taken back or not."""
        return self._mark("WHERE alert = ? ORDER BY id DESC LIMIT 1", [alert])

    def _mark(self, where: str, values: list[object]) -> Mark | None:
        return next(map(_mark, self._db.query(f"SELECT * FROM marks {where}", values)), None)  # noqa: S608

    def marked(self, since: datetime) -> list[tuple[Alert, Mark]]:
        """The opinions that were given since then and stand, each with its alert, in that order."""
        sql = """SELECT m.*, a.body FROM marks m JOIN alerts a ON a.id = m.alert
                 WHERE m.undone IS NULL AND m.at >= ? ORDER BY m.at, m.id"""
        return [(decode(row["body"]), _mark(row)) for row in self._db.query(sql, [stamp(since)])]

    def said(self, since: datetime) -> list[Said]:
        """Every alert decided since then that reached somebody, with what was said of it: once for each
        watchlist that it was told for."""
        sql = """WITH told AS (
                     SELECT a.id, a.watchlist, a.created, a.body, m.opinion FROM alerts a
                     LEFT JOIN marks m ON m.alert = a.id AND m.undone IS NULL
                     WHERE a.created >= ? AND EXISTS (
                         SELECT 1 FROM deliveries d WHERE d.alert = a.id AND d.state IN ('sent', 'batched')))
                 SELECT id, watchlist, created, opinion FROM told UNION ALL
                 SELECT told.id, json_extract(other.value, '$[0]'), created, opinion
                 FROM told, json_each(told.body, '$.also') other
                 ORDER BY created, 1, 2"""
        return [
            Said(
                row["id"],
                row["watchlist"],
                moment(row["created"]),
                Opinion(row["opinion"]) if row["opinion"] else None,
            )
            for row in self._db.query(sql, [stamp(since)])
        ]

    # -------------------------------------------------------------- mutes

    def quiet(self, quiet: Quiet) -> Quiet:
        """File a mute. Answers it as filed, or the one that stands: a longer one replaces a shorter."""
        found = self._quiets("scope = ? AND value = ? AND destination = ? AND ended IS NULL",
                             [quiet.scope.value, quiet.value, quiet.destination])  # fmt: skip
        for old in found:
            if old.until >= quiet.until:
                return old
            lapsed = old.until <= quiet.at
            self._end(old.number, old.until if lapsed else quiet.at, "" if lapsed else quiet.who.name)
        cursor = self._db.execute(
            """INSERT INTO quiets (scope, value, name, destination, who, who_name, at, until)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                quiet.scope.value,
                quiet.value,
                quiet.name,
                quiet.destination,
                quiet.who.id,
                quiet.who.name,
                stamp(quiet.at),
                stamp(quiet.until),
            ],
        )
        return replace(quiet, number=int(cursor.lastrowid or 0))

    def end_quiet(self, number: int, who: Person, now: datetime) -> Quiet | None:
        """Take a mute back. Answers it; None where it is over, or there is none of that number."""
        quiet = self.quiet_of(number)
        if quiet is None or not quiet.holds(now):
            return None
        self._end(number, now, who.name)
        return replace(quiet, ended=now, ended_by=who.name)

    def _end(self, number: int, at: datetime, by: str) -> None:
        sql = "UPDATE quiets SET ended = ?, ended_by = ? WHERE id = ? AND ended IS NULL"
        self._db.execute(sql, [stamp(at), by, number])

    def quiet_of(self, number: int) -> Quiet | None:
        """A mute by its number, over or not."""
        return next(self._quiets("id = ?", [number]), None)

    def quiets(self, now: datetime, destination: str = "") -> list[Quiet]:
        """The mutes that hold, of one destination or of all, the oldest first."""
        where = "ended IS NULL AND until > ? AND (? = '' OR destination = ?)"
        return list(self._quiets(where, [stamp(now), destination, destination]))

    def quiets_by(self, who: Person, now: datetime) -> list[Quiet]:
        """The mutes that hold and that somebody made, the oldest first."""
        return list(self._quiets("ended IS NULL AND until > ? AND who = ?", [stamp(now), who.id]))

    def _quiets(self, where: str, values: list[object]) -> Iterator[Quiet]:
        rows = list(self._db.query(f"SELECT * FROM quiets WHERE {where} ORDER BY id", values))  # noqa: S608
        return map(_quiet, rows)

    # -------------------------------------------------------------- proposals

    def propose(self, proposal: Proposal) -> bool:
        """File a proposal. False where it was filed before, whatever became of it."""
        cursor = self._db.execute(
            """INSERT INTO proposals (id, watchlist, created, body, state) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO NOTHING""",
            [
                proposal.id,
                proposal.watchlist,
                stamp(proposal.created),
                _encode(proposal),
                Fate.OPEN.value,
            ],
        )
        return bool(cursor.rowcount)

    def proposal(self, number: str) -> Proposal | None:
        """A proposal by its id."""
        return next(self._proposals("WHERE id = ?", [number]), None)

    def open_proposals(self) -> list[Proposal]:
        """Those that nobody has answered, the oldest first."""
        return list(self._proposals("WHERE state = 'open'"))

    def proposals(self) -> list[Proposal]:
        """All there ever were, the oldest first."""
        return list(self._proposals())

    def _proposals(self, where: str = "", values: Iterable[object] = ()) -> Iterator[Proposal]:
        sql = f"SELECT * FROM proposals {where} ORDER BY created, id"  # noqa: S608
        return map(_proposal, list(self._db.query(sql, [*values])))

    def close(self, number: str, fate: Fate, who: Person, now: datetime) -> bool:
        """Answer a proposal. False where it is answered already, or there is none."""
        cursor = self._db.execute(
            "UPDATE proposals SET state = ?, who = ?, at = ? WHERE id = ? AND state = 'open'",
            [fate.value, who.name, stamp(now), number],
        )
        return bool(cursor.rowcount)


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(
        row["alert"],
        Opinion(row["opinion"]),
        Person(row["who"], row["name"]),
        moment(row["at"]),
        moment_or_none(row["undone"]),
        row["undone_by"],
    )


def _quiet(row: dict[str, Any]) -> Quiet:
    return Quiet(
        Scope(row["scope"]),
        row["value"],
        row["name"],
        row["destination"],
        Person(row["who"], row["who_name"]),
        moment(row["at"]),
        moment(row["until"]),
        row["id"],
        moment_or_none(row["ended"]),
        row["ended_by"],
    )


def _encode(proposal: Proposal) -> str:
    body = {
        "says": proposal.says,
        "group": proposal.group,
        "words": proposal.words,
        "source": proposal.source,
        "until": stamp_or_none(proposal.until),
        "examples": proposal.examples,
    }
    return json.dumps(body, ensure_ascii=False)


def _proposal(row: dict[str, Any]) -> Proposal:
    body = json.loads(row["body"])
    return Proposal(
        row["id"],
        row["watchlist"],
        body["says"],
        moment(row["created"]),
        body["group"],
        tuple(body["words"]),
        body["source"],
        moment_or_none(body["until"]),
        tuple(body["examples"]),
        Fate(row["state"]),
        row["who"],
        moment_or_none(row["at"]),
    )
