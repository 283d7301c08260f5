"""Text x rules -> where each phrase and pattern stands.

All phrases of all watchlists go into one Aho-Corasick automaton over folded text; each hit is
then checked at its edges (whole words where the script has words) and, where asked, for case.
Regular expressions go through RE2, first as one set. Linear in the text, whatever the rules.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from unicodedata import normalize

import re2
from ahocorasick_rs import AhoCorasick, MatchKind

from monitor import figures
from monitor.inflection import MARK, spelt_out
from monitor.model import Content, Hit
from monitor.pattern import expression, options
from monitor.rule import (
    FIELDS,
    PROSE,
    Condition,
    Field,
    Figure,
    Lookup,
    Money,
    Number,
    Pattern,
    Phrase,
    Span,
    Watchlist,
    Words,
    walk,
)
from monitor.text import Folded, fold, in_word, sentence_ends, word_starts

MAX_REST = 30
# So often at most is one pattern noted in a field: each search may look to its end.
MAX_FOUND = 20

# What RE2 may take for a set of patterns and its states, in bytes; of its default few sets fit.
MEMORY = 16 << 20
# A long counted gap multiplies the states of every pattern that it shares a set with, until they are
# built anew all the time, at ten times the cost; least where it begins at the start of the text.
_GAP, _AT_START = re.compile(r"\{\d*,\d{2,}\}"), ("^", "(?-i)^")

Place = tuple[Field, int, int]


def lookups(watchlists: Iterable[Watchlist]) -> set[Lookup]:
    """Every phrase and pattern that any rule looks for."""
    return _lookups(_parts(_conditions(watchlists)))


def _lookups(parts: Iterable[Condition]) -> set[Lookup]:
    return {one for part in parts if isinstance(part, Words) for one in part.lookups}


def _conditions(watchlists: Iterable[Watchlist]) -> Iterator[Condition]:
    return (condition for watchlist in watchlists for condition in watchlist.conditions)


def _parts(conditions: Iterable[Condition]) -> list[Condition]:
    seen: set[int] = set()
    return [part for condition in conditions for part in walk(condition, seen)]


class Found:
    """What stands in one item. `present` names it; `standing` says where, field by field in order."""

    def __init__(self, texts: Mapping[Field, str]) -> None:
        self.texts = texts
        self.places: dict[Lookup, list[Place]] = {}
        self.present = self.places.keys()
        self._searches: dict[Lookup, list[Iterator[Place]]] = {}
        self._hits: dict[Lookup, list[Hit]] = {}
        self._figures: dict[type, list[tuple[Field, figures.Figure]]] = {}

    def search_later(self, pattern: Pattern, places: Iterator[Place]) -> None:
        """It is there; where, is worked out when somebody asks."""
        self.places.setdefault(pattern, [])
        self._searches.setdefault(pattern, []).append(places)

    def standing(self, lookup: Lookup) -> list[Hit]:
        """Where it stands, with the words. Made when asked for: of most items nobody asks."""
        hits = self._hits.get(lookup)
        if hits is None:
            for search in self._searches.pop(lookup, ()):
                self.places[lookup] += search
            texts, written = self.texts, lookup.written
            hits = self._hits[lookup] = [
                Hit(field, start, end, texts[field][start:end], written)
                for field, start, end in self.places.get(lookup, ())
            ]
        return hits

    def stated(self, wanted: Money | Span | Number) -> list[Place]:
        """Where a figure is stated, form by form. Each kind is read once, however many ask."""
        kind = type(wanted)
        if kind not in self._figures:
            self._figures[kind] = [
                (field, one) for field, text in self.texts.items() for one in figures.READERS[kind](text)
            ]
        return [
            (field, one.start, one.end) for field, one in self._figures[kind] if figures.meets(one, wanted)
        ]

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

    def words_before(self, field: Field, sentence: int) -> int:
        """How many words stand before a sentence of that number."""
        return self.words_between(field, 0, self._sentences[field][sentence - 1]) if sentence else 0


class Matcher:
    """The compiled rules, and other conditions to look for the words of. Build once per rulebook;
    `find()` may be called from any thread."""

    def __init__(self, watchlists: Iterable[Watchlist], also: Iterable[Condition] = ()) -> None:
        parts = _parts([*_conditions(watchlists), *also])
        asked = {field for part in parts if isinstance(part, Words | Figure) for field in part.fields}
        self._fields = [field for field in FIELDS if field in PROSE or field in asked]
        wanted = sorted(_lookups(parts), key=lambda one: one.written)
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
            self._note_phrases(found, field, original, folded)
            for pattern, spans in self._folded.find(folded.text):
                found.search_later(pattern, _placed(field, spans, folded))
            for pattern, spans in self._plain.find(original):
                found.search_later(pattern, _placed(field, spans))
        return found

    def _note_phrases(self, found: Found, field: Field, original: str, folded: Folded) -> None:
        text, size, one_to_one = folded.text, len(folded.text), folded.places is None
        phrases, starts_in_word, places = self._phrases, self._starts_in_word, found.places
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            # Before most words is a space, which is quicker to see than that it is in no word.
            if start and text[start - 1] != " " and starts_in_word[number] and in_word(text[start - 1]):
                continue
            after = text[end] if end < size else " "
            goes_on = after.isalnum()
            for phrase in phrases[number]:
                if goes_on and phrase.ends_before and after not in phrase.ends_before and after.isascii():
                    continue
                stop = phrase.end(text, end) if goes_on else end
                if not stop:
                    continue
                place = (field, start, stop) if one_to_one else (field, *folded.original(start, stop))
                if not phrase.exact or phrase.stands(original[place[1] : place[2]]):
                    places.setdefault(phrase.phrase, []).append(place)


class _Phrase:
    """A phrase in one of its folded forms, with how its end is checked."""

    __slots__ = ("_inflected", "_open", "ends_before", "exact", "phrase")

    def __init__(self, phrase: Phrase, form: str) -> None:
        self.phrase = phrase
        self.exact = phrase.exact
        self._open = not in_word(form[-1])
        self._inflected = not phrase.exact and form[-1].isascii() and MARK not in phrase.text
        # The letters that it may go on with, of those of ASCII; empty where any will do.
        self.ends_before = "" if phrase.prefix or self._open else "se" if self._inflected else "-"

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
        sorts: dict[tuple[bool, bool], list[int]] = defaultdict(list)
        for number, pattern in enumerate(patterns):
            gap = _GAP.search(pattern.text) is not None
            sorts[gap, gap and pattern.text.startswith(_AT_START)].append(number)
        self._sets = [one for numbers in sorts.values() for one in _sets(patterns, numbers)]

    def find(self, text: str) -> Iterator[tuple[Pattern, Iterator[tuple[int, int]]]]:
        for numbers, joined in self._sets:
            standing = joined.Match(text) if joined else range(len(numbers))
            for number in standing or ():
                pattern, compiled = self._compiled[numbers[number]]
                if joined or compiled.search(text):
                    yield pattern, _each(compiled, text, 1 if pattern.folded else 0)


def _placed(field: Field, spans: Iterable[tuple[int, int]], folded: Folded | None = None) -> Iterator[Place]:
    for start, end in spans:
        yield (field, *folded.original(start, end)) if folded else (field, start, end)


def _sets(patterns: Sequence[Pattern], numbers: Sequence[int]) -> Iterator[tuple[Sequence[int], Any]]:
    """The patterns in as few sets as RE2 has room for; None where one is too large for any set."""
    if not numbers:
        return
    chosen = options()
    chosen.max_mem = MEMORY
    joined = re2.Set.SearchSet(chosen)
    for number in numbers:
        joined.Add(patterns[number].text)
    try:
        joined.Compile()
    except re2.error:
        if len(numbers) == 1:
            yield numbers, None
            return
        half = len(numbers) // 2
        yield from _sets(patterns, numbers[:half])
        yield from _sets(patterns, numbers[half:])
    else:
        yield numbers, joined


def _each(compiled: Any, text: str, group: int) -> Iterator[tuple[int, int]]:
    """Where the group stands, the first few times. What follows a match may begin the next one."""
    place = 0
    for _ in range(MAX_FOUND):
        match = compiled.search(text, place)
        if match is None:
            return
        start, end = match.span(group)
        if end > start:
            yield start, end
        place = end if end > start else max(end, place) + 1
        if place > len(text):
            return


# What `in_word` takes for part of a word, nearly; RE2 needs a hundred times the room for [\\pL\\pN].
_IN_WORD = (
    r"0-9a-z\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{dff}"
    r"\x{f00}-\x{fff}\x{10a0}-\x{10ff}\x{1200}-\x{177f}\x{1800}-\x{1fff}"
)


def wildcard(text: str) -> Pattern:
    """The pattern of a phrase with stars inside: each stands for the rest of a word or its beginning."""
    folded = " ".join(fold(text).text.split())
    body = f"[{_IN_WORD}]{{0,{MAX_REST}}}".join(re2.escape(piece) for piece in folded.split("*"))
    before, after = (f"(?:{edge}|[^{_IN_WORD}])" for edge in "^$")
    return Pattern(f"(?-i){before}({body}){after}", folded=True, written=text)
