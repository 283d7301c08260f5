"""What did not reach a destination as it should -> how many alerts, which, and why, in words. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitor.capping import capped
from monitor.digest import How, Stuck
from monitor.outbox import Destination, State, Unsent
from monitor.text import shorten

# The gravest first.
ORDER: tuple[How, ...] = ("parked", "dead", "failed", "capped", "held", "muted")
MAX_TITLES, MAX_REASONS, MAX_REASON = 3, 2, 160


def stuck(unsent: Iterable[Unsent], until: datetime) -> tuple[Stuck, ...]:
    """By destination and what became of it, the gravest first. `until` is the end of the span: what was
    held until then goes now."""
    by_destination: dict[Destination, list[Unsent]] = defaultdict(list)
    for one in unsent:
        by_destination[one.to].append(one)
    found = (
        _stuck(how, to, alerts)
        for to, all_of_it in by_destination.items()
        for how, alerts in _sorted(all_of_it, until).items()
    )
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.how), one.destination)))


def _sorted(unsent: Iterable[Unsent], until: datetime) -> Mapping[How, Sequence[Unsent]]:
    """What did not reach one destination, by what became of it."""
    under_way: list[Unsent] = []
    found: dict[How, list[Unsent]] = defaultdict(list)
    for one in unsent:
        if one.state is State.HELD:
            if one.due > until:
                found["capped" if capped(one.held) else "held"].append(one)
        elif one.state in (State.MUTED, State.DEAD):
            found["muted" if one.state is State.MUTED else "dead"].append(one)
        else:
            under_way.append(one)
    # Nothing goes before what is first there: where that failed, all the others wait for it.
    if any(one.error for one in under_way):
        found["parked" if any(one.parked for one in under_way) else "failed"] = under_way
    return found


def _stuck(how: How, to: Destination, alerts: Sequence[Unsent]) -> Stuck:
    best = sorted(alerts, key=lambda one: -one.score)
    return Stuck(
        watchlists=tuple(sorted({name for one in alerts for name in one.watchlists})),
        how=how,
        destination=str(to),
        count=len(alerts),
        why=_reasons(alerts),
        titles=tuple(dict.fromkeys(one.title for one in best))[:MAX_TITLES],
        until=min(one.due for one in alerts) if how in ("held", "capped") else None,
    )


def _reasons(alerts: Iterable[Unsent]) -> str:
    """Why, the most frequent reason first: "quiet hours until 07:00 EST; 2 more reasons"."""
    said = Counter(_reason(one) for one in alerts)
    del said[""]
    told = [shorten(why, MAX_REASON) for why, _ in said.most_common(MAX_REASONS)]
    rest = len(said) - len(told)
    more = [f"{rest} more reason{'s' if rest > 1 else ''}"] if rest else []
    return "; ".join([*told, *more])


def _reason(one: Unsent) -> str:
    return (one.held if one.state in (State.HELD, State.MUTED) else one.error).removeprefix("is ")
