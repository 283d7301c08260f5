"""Table `subscriptions`: each address that a subscriber has had, and whether it still gets the digest."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.storage.database import Database
from monitor.storage.moments import moment_or_none, stamp


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address of a subscriber. `token` is what only its reader knows: who has it may unsubscribe.

    `gone` since when the reader wants none, `parked` since when the address is refused for good, `error`
    by which words; `back` when the reader last came back.
    """

    subscriber: str
    email: str
    token: str = field(repr=False)
    gone: datetime | None = None
    parked: datetime | None = None
    error: str = ""
    back: datetime | None = None

    @property
    def address(self) -> tuple[str, str]:
        """Whose address it is and which, whatever its case: as `Subscriber.address` has it."""
        return self.subscriber, self.email.lower()

    @property
    def open(self) -> bool:
        """Does this address get the digest?"""
        return self.gone is None and self.parked is None


class Subscriptions:
    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, subscriber: str, email: str) -> Subscription:
        """The subscription of an address, whatever its case; made on first ask, within a write."""
        self._db.conn.execute(
            "INSERT OR IGNORE INTO subscriptions (subscriber, email, token) VALUES (?, ?, ?)",
            [subscriber, email, secrets.token_urlsafe(16)],
        )
        sql = "SELECT * FROM subscriptions WHERE subscriber = ? AND email = ?"
        return next(_subscription(row) for row in self._db.query(sql, [subscriber, email]))

    def by_token(self, token: str) -> Subscription | None:
        sql = "SELECT * FROM subscriptions WHERE token = ?"
        return next((_subscription(row) for row in self._db.query(sql, [token])), None)

    def leave(self, token: str, now: datetime) -> bool:
        """The reader wants none any more. True the first time."""
        sql = "UPDATE subscriptions SET gone = ? WHERE token = ? AND gone IS NULL"
        return bool(self._db.conn.execute(sql, [stamp(now), token]).rowcount)

    def park(self, subscriber: str, email: str, error: str, now: datetime) -> None:
        """The mail server refuses the address for good; `since` stays that of the first time."""
        self.of(subscriber, email)
        self._db.conn.execute(
            """UPDATE subscriptions SET parked = coalesce(parked, ?), error = ?
               WHERE subscriber = ? AND email = ?""",
            [stamp(now), error[:500], subscriber, email],
        )

    def resume(self, subscriber: str, now: datetime) -> bool:
        """Send to all addresses of a subscriber again. False where none was parked or gone.

        Who had left does not catch up on what was told meanwhile; who was parked does.
        """
        cursor = self._db.conn.execute(
            """UPDATE subscriptions
               SET back = CASE WHEN gone IS NULL THEN back ELSE ? END, gone = NULL, parked = NULL, error = ''
               WHERE subscriber = ? AND (gone IS NOT NULL OR parked IS NOT NULL)""",
            [stamp(now), subscriber],
        )
        return bool(cursor.rowcount)

    def all(self) -> list[Subscription]:
        """Every address there has been, by subscriber."""
        rows = self._db.query("SELECT * FROM subscriptions ORDER BY subscriber, email")
        return [_subscription(row) for row in rows]


def _subscription(row: dict[str, Any]) -> Subscription:
    return Subscription(
        subscriber=row["subscriber"],
        email=row["email"],
        token=row["token"],
        gone=moment_or_none(row["gone"]),
        parked=moment_or_none(row["parked"]),
        error=row["error"],
        back=moment_or_none(row["back"]),
    )
