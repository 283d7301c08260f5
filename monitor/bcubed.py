"""How well clusters agree with a person's (B-cubed: Bagga and Baldwin, 1998). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall of clusters, averaged over so many items."""

    precision: float
    recall: float
    items: int

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def agreement(wanted: Mapping[str, Hashable], got: Mapping[str, Hashable]) -> Agreement:
    """Compare two clusterings of the same items, each item -> the name of its cluster."""
    if not wanted:
        return Agreement(0.0, 0.0, 0)
    theirs, ours = Counter(wanted.values()), Counter(got[item] for item in wanted)
    both = Counter((wanted[item], got[item]) for item in wanted)
    shares = [both[wanted[item], got[item]] for item in wanted]
    precision = sum(n / ours[got[item]] for n, item in zip(shares, wanted, strict=True))
    recall = sum(n / theirs[wanted[item]] for n, item in zip(shares, wanted, strict=True))
    return Agreement(precision / len(wanted), recall / len(wanted), len(wanted))
