"""What stands in an item -> a verdict of 0 to 100 with the parts that made it.

Points add up: each met must and any group gives its weight (in full where the title has it,
times the watchlist's text factor where only the text does), the tier of the source gives or
takes a few, each met less group takes its weight. A missing must or a met not makes it 0.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.match import Found
from monitor.model import Group, Hit, Index, Part, PartKind, Stage, Verdict, Watchlist

MAX_HITS = 8


def may_match(watchlist: Watchlist, found: Found) -> bool:
    """Can the score be above 0 at all? A quick no for what lacks every word of a must group."""
    return not any(found.keys().isdisjoint(group.by_phrase.keys()) for group in watchlist.must)


def evaluate(watchlist: Watchlist, found: Found, tier: int | None = None) -> Verdict:
    """Judge what was found in one item. `tier` is the source's, None where there is no source."""
    parts = [
        *(_part("must", group, watchlist, found) for group in watchlist.must),
        *(_part("any", group, watchlist, found) for group in watchlist.any),
        *(_part("less", group, watchlist, found) for group in watchlist.less),
        *(_part("not", group, watchlist, found) for group in watchlist.exclude),
    ]
    if tier is not None:
        parts.append(Part("tier", f"tier {tier} source", watchlist.tiers.get(tier, 0), met=True))
    out = any((p.kind == "must" and not p.met) or (p.kind == "not" and p.met) for p in parts)
    total = sum(part.points for part in parts if part.met)
    return Verdict(
        watchlist=watchlist.id,
        score=0 if out else max(0, min(100, total)),
        parts=tuple(parts),
        stage=_stage(watchlist.stages, found),
        alert=watchlist.alert,
        digest=watchlist.digest,
    )


def _part(kind: PartKind, group: Group, watchlist: Watchlist, found: Found) -> Part:
    hits = tuple(h for h in _hits(group.by_phrase, found) if h.field in group.fields)
    if not hits:
        return Part(kind, group.name, 0, met=False)
    in_title = any(hit.field == "title" for hit in hits)
    factor = 1.0 if in_title or group.fields == ("text",) else watchlist.text_factor
    sign = {"must": 1, "any": 1, "less": -1, "not": 0}[kind]
    return Part(kind, group.name, round(sign * group.weight * factor), met=True, hits=hits[:MAX_HITS])


def _hits(terms: Index, found: Found) -> list[Hit]:
    """The hits of the terms that mean here what they are meant to mean, in order of place.

    Of hits that lie within one another the longest stays: it says the most.
    """
    hits = {
        (span.field, span.start, span.end): Hit(
            span.field, span.start, span.end, span.words, term.phrase, term.via
        )
        for phrase, spans in found.items()
        for term in terms.get(phrase, ())
        if not any(other in found for other in term.unless)
        for span in spans
    }
    longest: list[Hit] = []
    for hit in sorted(hits.values(), key=lambda h: (h.field != "title", h.start, -h.end)):
        last = longest[-1] if longest else None
        if last is None or hit.field != last.field or hit.end > last.end:
            longest.append(hit)
    return longest


def _stage(stages: Iterable[Stage], found: Found) -> str:
    """The furthest rung that the title tells, else the furthest that the text tells."""
    told = [(s, {h.field for h in _hits(s.by_phrase, found)}) for s in stages]
    for field in ("title", "text"):
        rungs = [stage for stage, fields in told if field in fields]
        if rungs:
            return max(rungs, key=lambda s: s.number).id
    return ""
