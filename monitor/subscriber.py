"""Somebody who gets the digest: where, when, how much of it, in which words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One reader of the digest. Without an e-mail address it goes to a file.

    `digest_at` is local time in `zone`, on the `weekdays` (0 is Monday); a weekly edition comes on the
    first of them and tells a week. `threshold` is the least score of a story, `language` that of the
    labels. `on_quiet_days` says whether there is mail where there is nothing to tell.
    """

    name: str
    email: str
    digest_at: str
    zone: str
    watchlists: tuple[str, ...] = ("*",)
    weekdays: tuple[int, ...] = EVERY_DAY
    edition: Literal["daily", "weekly"] = "daily"
    threshold: int = 0
    language: str = "en"
    on_quiet_days: bool = True

    @property
    def address(self) -> tuple[str, str]:
        """Whose address it is and which, whatever its case: as `Subscription.address` has it."""
        return self.name, self.email.lower()

    def speaks(self, language: str) -> bool:
        """Can they read it? English, and that of their labels."""
        return language in (self.language, "en")

    @property
    def slug(self) -> str:
        """The name as a part of a file name."""
        return re.sub(r"\W+", "-", self.name.casefold()).strip("-") or "digest"

    @property
    def number(self) -> str:
        """What stands for the name where it must be plain ASCII and must not change: 10 hex digits."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:10]

    def follows(self, *watchlists: str) -> bool:
        """Is one of these among the watchlists that they read?"""
        return bool({"*", *watchlists} & set(self.watchlists)) if watchlists else "*" in self.watchlists
