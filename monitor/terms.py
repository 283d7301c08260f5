"""A single written term -> what is looked for. Every mistake is told with its remedy."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from monitor.figures import CURRENCIES
from monitor.match import wildcard
from monitor.pattern import expression
from monitor.rule import Lookup, Money, Number, Pattern, Phrase, Span

_LETTER = re.compile(r"[^\W_]")


class Unresolved(ValueError):
    """A term that cannot be compiled, with the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message, self.remedy = message, remedy


def term(words: str) -> Lookup:
    """Read one written term: `=EXIM` minds case, `magneti*` lets the last word go on, `approve~`
    takes its forms, `*magnet` lets the first word begin earlier.
    """
    exact, prefix = words.startswith("="), words.endswith("*")
    text = words[1 if exact else 0 : -1 if prefix else None].strip()
    if not _LETTER.search(text):
        raise Unresolved(f"'{words}' has no letters to look for", "write words")
    if prefix and text.endswith("~"):
        raise Unresolved(f"'{words}' asks for other forms and for any ending", "choose ~ or *")
    if "*" not in text:
        if exact and "~" in text:
            raise Unresolved(f"'{words}' asks for exact case and for other forms", "choose = or ~")
        return Phrase(text, exact, prefix)
    if exact or "~" in text or text.count("*") > 3:
        raise Unresolved(f"'{words}' has stars that cannot stand there", "use at most three, without = and ~")
    return replace(wildcard(words), written=words)


def pattern(text: str) -> Pattern:
    """A regular expression as written."""
    try:
        compiled = expression(text)
    except ValueError as error:
        remedy = "use RE2's syntax: no look-around, no back-references"
        raise Unresolved(f"'{text}' is not a pattern: {error}", remedy) from None
    if compiled.fullmatch(""):
        raise Unresolved(f"'{text}' matches nothing at all too", "ask for a letter at least")
    return Pattern(text, written=text)


_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MONEY = re.compile(
    rf"(?P<how>at least|at most|from)?\s*(?P<cur>[A-Z]{{3}})\s*(?P<least>{_DIGITS})\s*(?P<s1>k|m|bn|tn)?"
    rf"(?:\s*(?:to|-)\s*(?:(?P=cur)\s*)?(?P<most>{_DIGITS})\s*(?P<s2>k|m|bn|tn)?)?"
)
_SCALE = {"k": 10**3, "m": 10**6, "bn": 10**9, "tn": 10**12, None: 1}


def money(text: str) -> Money:
    """`at least USD 50m`, `at most EUR 2bn`, `USD 5m to 50m`."""
    found = _MONEY.fullmatch(text.strip())
    if not found or (found["most"] and found["how"] in ("at least", "at most")):
        raise Unresolved(f"'{text}' is not an amount", "write 'at least USD 50m' or 'USD 5m to 50m'")
    if found["cur"] not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        raise Unresolved(f"'{text}': {found['cur']} is no currency that is read", f"write one of {known}")
    first = _value(found["least"], found["s1"] or (found["s2"] if found["most"] else None))
    if found["most"]:
        most = _value(found["most"], found["s2"])
        if most < first:
            raise Unresolved(f"'{text}' ends before it begins", "write the smaller one first")
        return Money(found["cur"], first, most)
    if found["how"] == "at most":
        return Money(found["cur"], Decimal(0), first)
    return Money(found["cur"], first)


def _value(number: str, scale: str | None) -> Decimal:
    return Decimal(number.replace(",", "")) * _SCALE[scale]


_DAY = r"(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?"


def days(text: str) -> Span:
    """`2026-11-10`, `2026-11`, `2026-11-01 to 2026-11-30`, `from 2026-11-10`, `until 2026-11-10`."""
    found = re.fullmatch(rf"(?:(from|until)\s+)?{_DAY}(?:\s+to\s+{_DAY})?", text.strip())
    if not found or (found[1] and found[5]):
        raise Unresolved(f"'{text}' names no days", "write 2026-11-10, or 2026-11-01 to 2026-11-30")
    first = int(found[2]), int(found[3]), int(found[4] or 0)
    until = (int(found[5]), int(found[6]), int(found[7] or 31)) if found[5] else (*first[:2], first[2] or 31)
    if until < first:
        raise Unresolved(f"'{text}' ends before it begins", "write the earlier one first")
    if found[1] == "from":
        return Span(first, (9999, 12, 31))
    return Span((0, 0, 0), until) if found[1] == "until" else Span(first, until)


def number(text: str) -> Number:
    """`61/2025`, `61`, or `any`."""
    found = re.fullmatch(r"(\d{1,4})(?:/(\d{4}))?|any", text.strip())
    if not found:
        raise Unresolved(f"'{text}' is not the number of an announcement", "write 61/2025, 61 or any")
    return Number(int(found[1] or 0), int(found[2] or 0))
