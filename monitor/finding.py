"""What a check found: one line of `monitor doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """All is well, something to know, or something to mend."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` says what to know or, where something is wrong, what to do about it."""

    verdict: Verdict
    subject: str
    detail: str

    @property
    def wrong(self) -> bool:
        return self.verdict is Verdict.WRONG


def ok(subject: str, detail: str) -> Finding:
    return Finding(Verdict.OK, subject, detail)


def note(subject: str, detail: str) -> Finding:
    return Finding(Verdict.NOTE, subject, detail)


def wrong(subject: str, detail: str) -> Finding:
    return Finding(Verdict.WRONG, subject, detail)
