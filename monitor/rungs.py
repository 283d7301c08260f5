"""The rows of a ledger -> how many stand on each rung, and how many came there in a span. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from monitor.digest import Pipeline
from monitor.ledger import Entry, Ledger
from monitor.ledgers import QUIET, stood

# A ladder of fewer rungs shows nothing that a count would not.
SEVERAL = 3


def pipeline(ledger: Ledger, entries: Iterable[Entry], since: datetime, until: datetime) -> Pipeline | None:
    """The open rows by rung, by what was known at `until`; None where there is no pipeline to show.

    Only a ledger whose rows are opened by facts (deals, plants) is one: each row is a thing that climbs, and
    how many stand where tells how far the money is. One that has rows for stories or the file's alone
    (controls, commitments) is a list: most of its rows stay on a rung for good. What has ended or was long
    quiet does not count; a rung aside is there only where somebody stands on it, one that ends never.
    """
    up = [rung for rung in ledger.rungs if not rung.aside]
    if ledger.opens != "facts" or len(up) < SEVERAL:
        return None
    there, came = Counter[str](), Counter[str]()
    for entry in entries:
        rung = stood(ledger, entry, until).rung
        if rung and until - entry.last <= QUIET:
            there[rung] += 1
            came[rung] += stood(ledger, entry, since).rung != rung
    rungs = tuple(
        (rung.title, there[rung.id], came[rung.id])
        for rung in ledger.rungs
        if not rung.ends and (there[rung.id] or not rung.aside)
    )
    return Pipeline(ledger.watchlists, ledger.title, rungs) if any(count for _, count, _ in rungs) else None
