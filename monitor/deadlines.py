"""The journey of what falls due, order only: look through the ledgers, file, tell. Each once, whatever
restarts and however many daemons look: what was told is filed in the same transaction."""

from __future__ import annotations

from monitor import due
from monitor.due import Due
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model import Reason, Source

# The ledgers speak for themselves: what falls due there has no other source.
SOURCE = Source(due.SOURCE, "Ledgers", "ledger", "", 1, due.LANG)


def tell(judging: Judging) -> int:
    """Tell what falls due now; answers how many alerts were filed."""
    with judging.storage.write():
        return sum(_tell(judging, one) for ledger in judging.ledgers for one in _found(judging, ledger))


def _found(judging: Judging, ledger: Ledger) -> list[Due]:
    told = judging.storage.ledgers.told(ledger.id)
    return due.due(ledger, judging.rows(ledger), told, judging.now)


def _tell(judging: Judging, found: Due) -> int:
    ledger = found.ledger
    for entry in found.entries:
        judging.storage.ledgers.tell(ledger.id, entry.key, found.event, judging.now)
    item = judging.storage.items.add(SOURCE.id, found.item, due.LANG, judging.now)
    if item is None:
        return 0
    fed = [w for w in judging.in_force.watchlists if w.id in ledger.watchlists]
    verdicts = [(watchlist, found.verdict(watchlist)) for watchlist in fed]
    return judging.file(SOURCE, item, verdicts, reason=Reason.OVERDUE).alerts
