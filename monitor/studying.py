"""The journey of what was there before a source was first looked at, or was backfilled, order only: read its
facts, put it into its story and the ledgers. A little at a time, so that no poll waits for it; nothing of
it is told."""

from __future__ import annotations

from monitor.judging import Judging


def study(judging: Judging, limit: int) -> int:
    """Study so many items at most, the newest first; answers how many there were.

    What belongs to a source that is no longer in the catalogue is put into a story of its own.
    """
    storage, in_force = judging.storage, judging.in_force
    items = storage.items.get_many(storage.signals.unstudied(limit))
    if not items:
        return 0
    with storage.write():
        for item in items:
            source = in_force.sources.get(item.source)
            if source is None:
                judging.alone(item)
                continue
            body = storage.looks.body(item.id)
            evidence = in_force.evidence(item, source, item.lang, body)
            judging.study(source, item, in_force.judges.verdicts(evidence), body)
    return len(items)
