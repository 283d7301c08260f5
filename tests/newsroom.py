"""Stories with alerts in a database, for the pages that show them."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Alert
from monitor.storage import Storage
from monitor.storage.moments import stamp
from monitor.stories import Joined
from tests.fakes import an_alert
from tests.webpages import NOON, Pages


def file(
    storage: Storage, number: int, story: str = "", ago: timedelta = timedelta(hours=1), **changes: object
) -> Alert:
    """An item with an alert on it, decided so long before noon. In a transaction."""
    created = NOON - ago
    values = {"story": story or f"s{number}", "item": number, "created": created, "published": created}
    alert = an_alert(number, **(values | changes))
    storage.db.execute(
        """INSERT INTO items (id, source, key, alias, link, title, text, lang, published, first_seen)
           VALUES (?, ?, ?, '', ?, ?, '', ?, ?, ?)""",
        [
            number,
            alert.source,
            str(number),
            alert.link,
            alert.title,
            alert.lang,
            stamp(created),
            stamp(created),
        ],
    )
    storage.stories.join(number, Joined(alert.story), created)
    storage.alerts.add(alert)
    return alert


def told(
    pages: Pages, number: int, story: str = "", ago: timedelta = timedelta(hours=1), **changes: object
) -> Alert:
    """The same, in a transaction of its own."""
    with pages.storage() as storage, storage.write():
        return file(storage, number, story, ago, **changes)


def deliver(pages: Pages, alert: Alert, state: str, to: str = "slack:#signals") -> None:
    """File what became of an alert."""
    with pages.storage() as storage, storage.write():
        storage.db.execute(
            "INSERT INTO deliveries (id, alert, destination, state, due) VALUES (?, ?, ?, ?, ?)",
            [f"{alert.id}{to}", alert.id, to, state, stamp(alert.created + timedelta(hours=9))],
        )


def polled(pages: Pages, at: datetime = NOON, next_poll: datetime = NOON) -> None:
    """Every source was looked at then, and is to be looked at again."""
    with pages.storage() as storage, storage.write():
        storage.sources.sync(pages.sources, at)
        storage.db.execute(
            """UPDATE sources SET last_poll = :at, last_ok = :at, newest = :at, last_new = :at,
                   next_poll = :next, baseline = 1""",
            {"at": stamp(at), "next": stamp(next_poll)},
        )
