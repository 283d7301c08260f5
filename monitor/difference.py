"""Two verdicts on one item -> why they differ, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from monitor.model import Part, Verdict


def differences(old: Verdict, new: Verdict) -> Iterator[str]:
    """What makes two verdicts on one item differ, what decides first."""
    before, after = _named(old.parts), _named(new.parts)
    pairs = [(before.get(key), after.get(key)) for key in {**before, **after}]
    changed = [(a, b) for a, b in pairs if _weighs(a) != _weighs(b)]
    decisive = [pair for pair in changed if _deciding(*pair)]
    others = sorted((p for p in changed if p not in decisive), key=lambda p: -abs(_gap(*p)))
    yield from (_said(*pair) for pair in decisive)
    yield from (_said(*pair) for pair in others)
    if old.alert != new.alert:
        yield f"alert from {new.alert} instead of {old.alert}"


def _named(parts: Iterable[Part]) -> dict[tuple[str, str, int], Part]:
    """Parts by kind, name and which of that name."""
    seen: Counter[tuple[str, str]] = Counter()
    named: dict[tuple[str, str, int], Part] = {}
    for part in parts:
        key = part.kind, part.name
        named[(*key, seen[key])] = part
        seen[key] += 1
    return named


def _weighs(part: Part | None) -> tuple[int, bool]:
    """What a part does to the score: its points, and whether it makes it 0."""
    if part is None:
        return 0, False
    return part.points, (part.kind == "must" and not part.met) or (part.kind == "not" and part.met)


def _deciding(old: Part | None, new: Part | None) -> bool:
    return _weighs(old)[1] != _weighs(new)[1]


def _gap(old: Part | None, new: Part | None) -> int:
    return _weighs(new)[0] - _weighs(old)[0]


def _said(old: Part | None, new: Part | None) -> str:
    part = new or old
    assert part is not None
    words = _by(new) or (f" (was{_by(old)})" if _by(old) else "")
    if part.kind == "not":
        ruled = "ruled out" if new and new.met else "no longer ruled out"
        return f"{ruled} by '{part.name}'{words}"
    if _deciding(old, new):
        if new and not new.met:
            return f"must '{part.name}' is not met" + (f" any more{words}" if old else "")
        return f"must '{part.name}' is met{words}" if new else f"no longer a must: '{part.name}'"
    gone = "" if new else " (no longer there)"
    return f"'{part.name}' {_weighs(old)[0]:+d} -> {_weighs(new)[0]:+d}{gone or words}"


def _by(part: Part | None) -> str:
    return f" by “{part.hits[0].words}”" if part and part.hits else ""
