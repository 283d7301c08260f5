"""The phrases of a text that could tell one kind of news from another: one to four words, any script. Pure.

In scripts without spaces a phrase has two to eight characters instead, about as much.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from monitor.text import fold, in_word

WORDS, CHARACTERS = 4, 8
# Of a text only so much is looked at: what it is about, it says at the beginning.
LOOKED_AT = 2000
# A word of the scripts with spaces that is shorter says nothing alone, and begins or ends no phrase.
SHORT = 3
# Characters that join others in Chinese and Japanese, and begin or end no phrase.
_JOINING = frozenset("的了和在是与及为对将等于以从到由被把有也都不并或其这那一个年月日のをにはがでとも")


class _Token(NamedTuple):
    """A word, or one character of a script without spaces; `end` is where it ends in the folded text."""

    text: str
    start: int
    end: int
    spaced: bool


def phrases(text: str, own: Collection[tuple[int, int]] = ()) -> Iterator[str]:
    """Every phrase, folded, once for each place. What lies within a stretch of `own` is left out.

    A phrase runs over no punctuation, is no mere number, and begins and ends with a word that says something.
    """
    folded = fold(text[:LOOKED_AT])
    tokens = list(_tokens(folded.text))
    for first, token in enumerate(tokens):
        if not _says(token):
            continue
        last = token
        for number, following in enumerate(tokens[first : first + CHARACTERS], start=1):
            if number > 1 and folded.text[last.end : following.start] not in ("", " "):
                break
            last = following
            if not _fits(token, last, number) or not _says(last):
                continue
            start, end = folded.original(token.start, last.end)
            if not any(begin <= start and end <= stop for begin, stop in own):
                yield folded.text[token.start : last.end]


def length(phrase: str) -> int:
    """In words; two characters of an unspaced script count as one."""
    return sum(2 if token.spaced else 1 for token in _tokens(phrase)) // 2


def whole(naming: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The phrases without pieces of words: in a script without spaces, what always stands within the same
    longer phrase is one. `naming` has for each phrase the texts that name it."""
    longer = {
        (piece, texts) for phrase, texts in naming.items() if _unspaced(phrase)
        for piece in (phrase[1:], phrase[:-1])
    }  # fmt: skip
    return {phrase: texts for phrase, texts in naming.items() if (phrase, texts) not in longer}


def _unspaced(phrase: str) -> bool:
    return not any(map(in_word, phrase))


def _fits(first: _Token, last: _Token, number: int) -> bool:
    if first.spaced or last.spaced:
        return number <= WORDS
    return 1 < number <= CHARACTERS


@cache
def _stop_words() -> frozenset[str]:
    """Words that stand in any text, in the languages that are read most; they begin and end no phrase."""
    return frozenset((Path(__file__).parent / "stop_words.txt").read_text("utf-8").split())


def common(word: str) -> bool:
    """Does a folded word stand in any text?"""
    return word in _stop_words()


@lru_cache(maxsize=65536)
def _telling(word: str) -> bool:
    return len(word) >= SHORT and not common(word) and not word[0].isdigit()


def _says(token: _Token) -> bool:
    return _telling(token.text) if token.spaced else token.text not in _JOINING


def _tokens(text: str) -> Iterator[_Token]:
    """The words of a folded text, and each character of the scripts without spaces."""
    start = -1
    for place, character in enumerate(f"{text} "):
        inside = in_word(character) or (start >= 0 and _goes_on(character, text[place + 1 : place + 2]))
        if inside and start < 0:
            start = place
        if not inside and start >= 0:
            yield _Token(text[start:place], start, place, spaced=True)
            start = -1
        if not inside and character.isalnum():
            yield _Token(character, place, place + 1, spaced=False)


def _goes_on(character: str, following: str) -> bool:
    """Whether a word goes on with what is no letter: a mark on the one before, or the ' of "China's"."""
    mark = unicodedata.category(character).startswith("M")
    return mark or (character == "'" and following != "" and in_word(following))
