"""Text x rulebook -> where each phrase stands.

All phrases of all watchlists go into one Aho-Corasick automaton over folded text; each hit is
then checked at its edges (whole words where the script has words) and, where asked, for case.
Linear in the text, whatever the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.model import FIELDS, Field, Group, Phrase, Stage, Watchlist
from monitor.text import Folded, fold, in_word


@dataclass(frozen=True, slots=True)
class Span:
    """Where a phrase stands in a field, with the words as they stand there."""

    field: Field
    start: int
    end: int
    words: str


MAX_REST = 30
Found = Mapping[Phrase, tuple[Span, ...]]


def phrases(watchlists: Iterable[Watchlist]) -> set[Phrase]:
    """Every phrase that any rule looks for, or that makes a term mean something else."""
    found: set[Phrase] = set()
    for watchlist in watchlists:
        owners: tuple[Group | Stage, ...] = (*watchlist.groups, *watchlist.stages)
        for term in (term for owner in owners for term in owner.terms):
            found.add(term.phrase)
            found.update(term.unless)
    return found


class Matcher:
    """The compiled automaton. Build once per rulebook; `find()` may be called from any thread."""

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        by_form: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in sorted(phrases(watchlists), key=lambda p: (p.text, p.exact, p.prefix)):
            for form in _forms(phrase):
                by_form[form].append(phrase)
        self._phrases = list(by_form.values())
        self._automaton = AhoCorasick(list(by_form), matchkind=MatchKind.Standard)

    def find(self, title: str, text: str) -> Found:
        """Every phrase that stands in the title or the text, with its places in order."""
        found: dict[Phrase, list[Span]] = defaultdict(list)
        for field, original in zip(FIELDS, (title, text), strict=True):
            folded = fold(original)
            for number, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
                for phrase in self._phrases[number]:
                    span = _check(phrase, field, original, folded, start, end)
                    if span:
                        found[phrase].append(span)
        return {phrase: tuple(spans) for phrase, spans in found.items()}


def _forms(phrase: Phrase) -> Iterable[str]:
    """The folded phrase, and its plural where English changes the stem (county, counties)."""
    form = " ".join(fold(phrase.text).text.split())
    yield form
    if form.isascii() and form[-1:] == "y" and form[-2:-1] not in "aeiou" and not phrase.exact:
        yield form[:-1] + "ies"


def _check(phrase: Phrase, field: Field, original: str, folded: Folded, start: int, end: int) -> Span | None:
    text = folded.text
    if start and in_word(text[start]) and in_word(text[start - 1]):
        return None
    end = _rest_of_word(text, end) if phrase.prefix else _word_end(text, end, inflected=not phrase.exact)
    if not end:
        return None
    first, last = folded.original(start, end)
    words = original[first:last]
    if phrase.exact and not normalize("NFKC", words).startswith(normalize("NFKC", phrase.text)):
        return None
    return Span(field, first, last, words)


def _rest_of_word(text: str, end: int) -> int:
    """Where the word goes on to, for showing it whole; bounded, whatever the text."""
    limit = min(len(text), end + MAX_REST)
    while end < limit and in_word(text[end]):
        end += 1
    return end


def _word_end(text: str, end: int, *, inflected: bool) -> int:
    """Where the word that the hit ends in ends, a plural ending allowed; 0 if it goes on."""
    if not in_word(text[end - 1]):
        return end
    for ending in ("", "s", "es") if inflected and text[end - 1].isascii() else ("",):
        stop = end + len(ending)
        if text.startswith(ending, end) and not (stop < len(text) and in_word(text[stop])):
            return stop
    return 0
