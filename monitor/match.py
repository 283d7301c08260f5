"""Text x rules -> where each phrase and pattern stands.

All phrases of all watchlists go into one Aho-Corasick automaton over folded text; each hit is
then checked at its edges (whole words where the script has words) and, where asked, for case.
Regular expressions go through RE2, first as one set. Linear in the text, whatever the rules.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any
from unicodedata import normalize

import re2
from ahocorasick_rs import AhoCorasick, MatchKind

from monitor import figures
from monitor.inflection import MARK, spelt_out
from monitor.model import Content, Hit
from monitor.rule import (
    FIELDS,
    PROSE,
    Condition,
    Field,
    Lookup,
    Money,
    Number,
    Pattern,
    Phrase,
    Span,
    Watchlist,
    Within,
    Words,
    walk,
)
from monitor.text import Folded, fold, in_word, sentence_ends, word_starts

MAX_REST = 30
# So often at most is one pattern or figure noted in a field: each search may look to its end.
MAX_FOUND = 20


def lookups(watchlists: Iterable[Watchlist]) -> set[Lookup]:
    """Every phrase and pattern that any rule looks for."""
    words = (part for part in _parts(watchlists) if isinstance(part, Words))
    return {one for part in words for one in part.lookups}


def _parts(watchlists: Iterable[Watchlist]) -> Iterator[Condition]:
    seen: set[int] = set()
    for condition in (c for watchlist in watchlists for c in watchlist.conditions):
        yield from walk(condition, seen)


class Found:
    """What stands in one item. `present` names it; `hits` says where, field by field in order."""

    def __init__(self, texts: Mapping[Field, str]) -> None:
        self.texts = texts
        self.hits: dict[Lookup, list[Hit]] = {}
        self.present = self.hits.keys()
        self._figures: dict[Money | Span | Number, list[tuple[Field, int, int]]] = {}

    def note(self, lookup: Lookup, field: Field, start: int, end: int) -> None:
        words = self.texts[field][start:end]
        self.hits.setdefault(lookup, []).append(Hit(field, start, end, words, lookup.written))

    def stated(self, wanted: Money | Span | Number) -> list[tuple[Field, int, int]]:
        """Where a figure is stated."""
        if wanted not in self._figures:
            self._figures[wanted] = [
                (field, start, end)
                for field, text in self.texts.items()
                for start, end in islice(figures.stated(text, wanted), MAX_FOUND)
            ]
        return self._figures[wanted]

    @cached_property
    def _words(self) -> dict[Field, list[int]]:
        return {field: word_starts(text) for field, text in self.texts.items()}

    @cached_property
    def _sentences(self) -> dict[Field, list[int]]:
        return {field: sentence_ends(text) for field, text in self.texts.items()}

    def words_between(self, field: Field, start: int, end: int) -> int:
        """How many words begin in a stretch; two characters of an unspaced script count as one."""
        starts = self._words[field]
        return (bisect_left(starts, end) - bisect_left(starts, start)) // 2

    def sentence(self, field: Field, offset: int) -> int:
        """The number of the sentence that holds an offset."""
        return bisect_right(self._sentences[field], offset)


class Matcher:
    """The compiled rules. Build once per rulebook; `find()` may be called from any thread."""

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        asked = {f for part in _parts(watchlists) if isinstance(part, Within) for f in part.fields}
        self._fields = [field for field in FIELDS if field in PROSE or field in asked]
        wanted = sorted(lookups(watchlists), key=lambda one: one.written)
        by_form: dict[str, list[_Phrase]] = defaultdict(list)
        for phrase in (one for one in wanted if isinstance(one, Phrase)):
            for form in _forms(phrase):
                by_form[form].append(_Phrase(phrase, form))
        self._phrases = [tuple(phrases) for phrases in by_form.values()]
        self._starts_in_word = bytes(in_word(form[0]) for form in by_form)
        self._automaton = AhoCorasick(list(by_form), matchkind=MatchKind.Standard)
        patterns = [one for one in wanted if isinstance(one, Pattern)]
        self._folded = _Patterns([p for p in patterns if p.folded])
        self._plain = _Patterns([p for p in patterns if not p.folded])

    def find(self, content: Content) -> Found:
        """Everything that stands in an item."""
        found = Found({f: text for f in self._fields if (text := getattr(content, f))})
        for field, original in found.texts.items():
            folded = fold(original)
            self._note_phrases(found.hits, field, original, folded)
            for pattern, start, end in self._folded.find(folded.text):
                found.note(pattern, field, *folded.original(start, end))
            for pattern, start, end in self._plain.find(original):
                found.note(pattern, field, start, end)
        return found

    def _note_phrases(
        self, hits: dict[Lookup, list[Hit]], field: Field, original: str, folded: Folded
    ) -> None:
        text, size = folded.text, len(folded.text)
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if start and self._starts_in_word[number] and in_word(text[start - 1]):
                continue
            goes_on = end < size and text[end].isalnum()
            for phrase in self._phrases[number]:
                stop = phrase.end(text, end) if goes_on else end
                if not stop:
                    continue
                first, last = folded.original(start, stop)
                words = original[first:last]
                if not phrase.exact or phrase.stands(words):
                    hit = Hit(field, first, last, words, phrase.written)
                    hits.setdefault(phrase.phrase, []).append(hit)


class _Phrase:
    """A phrase in one of its folded forms, with how its end is checked."""

    __slots__ = ("_inflected", "_open", "exact", "phrase", "written")

    def __init__(self, phrase: Phrase, form: str) -> None:
        self.phrase = phrase
        self.exact = phrase.exact
        self.written = phrase.written
        self._open = not in_word(form[-1])
        self._inflected = not phrase.exact and form[-1].isascii() and MARK not in phrase.text

    def end(self, text: str, end: int) -> int:
        """Where the word that the hit ends in ends; 0 if it goes on, where it may not.

        `end` is not the end of the text.
        """
        if self.phrase.prefix:
            return _rest_of_word(text, end)
        if self._open or not in_word(text[end]):
            return end
        if self._inflected:
            for ending in ("s", "es"):
                stop = end + len(ending)
                if text.startswith(ending, end) and not (stop < len(text) and in_word(text[stop])):
                    return stop
        return 0

    def stands(self, words: str) -> bool:
        """Do the words of the text have the case of the phrase?"""
        return normalize("NFKC", words).startswith(normalize("NFKC", self.phrase.text))


def _forms(phrase: Phrase) -> Iterable[str]:
    """The folded forms to look for; with them the plural where English changes the stem (counties)."""
    for spelt in spelt_out(phrase.text):
        form = " ".join(fold(spelt).text.split())
        yield form
        if form.isascii() and form[-1:] == "y" and form[-2:-1] not in "aeiou" and not phrase.exact:
            yield form[:-1] + "ies"


def _rest_of_word(text: str, end: int) -> int:
    """Where the word goes on to, for showing it whole; bounded, whatever the text."""
    limit = min(len(text), end + MAX_REST)
    while end < limit and in_word(text[end]):
        end += 1
    return end


class _Patterns:
    """Regular expressions: one pass tells which are there at all, then each says where."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._compiled = [(pattern, expression(pattern.text)) for pattern in patterns]
        self._set = re2.Set.SearchSet(options())
        for pattern in patterns:
            self._set.Add(pattern.text)
        if patterns:
            self._set.Compile()

    def find(self, text: str) -> Iterator[tuple[Pattern, int, int]]:
        if not self._compiled:
            return
        for number in self._set.Match(text) or ():
            pattern, compiled = self._compiled[number]
            group = 1 if pattern.folded else 0
            for match in islice(compiled.finditer(text), MAX_FOUND):
                if match.end(group) > match.start(group):
                    yield pattern, match.start(group), match.end(group)


def options() -> Any:
    """How RE2 reads a pattern: case does not matter unless it says (?-i)."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    return chosen


def expression(text: str) -> Any:
    """A compiled pattern. Raises ValueError, in words, where RE2 does not take it."""
    try:
        return re2.compile(text, options())
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None


def wildcard(text: str) -> Pattern:
    """The pattern of a phrase with stars inside: each stands for the rest of a word or its beginning."""
    folded = (" ".join(fold(piece).text.split()) for piece in text.split("*"))
    letters = f"[\\pL\\pN]{{0,{MAX_REST}}}"
    body = letters.join(re2.escape(piece) for piece in folded)
    return Pattern(f"(?:^|[^\\pL\\pN])({body})(?:$|[^\\pL\\pN])", folded=True, written=text)
