"""What somebody types into a search box -> what the full-text index is asked, and where it stands in a text.

Pure. Whatever is typed is words: no character of it is an operator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.text import around, fold, in_word, searchable

# So much of what is typed is looked for: the index takes a bounded number of words at once
# (https://www.sqlite.org/compile.html, SQLITE_FTS5_MAX_EXPR_DEPTH), and so does a reader.
MOST_CHARACTERS, MOST_PHRASES = 600, 24
# Of a long text so many characters are looked through for the words.
LOOKED_THROUGH = 20_000
_WORD = re.compile(r"\w+", re.UNICODE)
_RUNS = re.compile(r'"([^"]*)"|(\S+)')

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it is what was looked for."""

    text: str
    found: bool = False


def phrases(words: str) -> tuple[Phrase, ...]:
    """Each quoted run, and each word, as the tokens that stand together: a Chinese word is as many as its
    characters. What is beyond the bounds is not looked for."""
    runs = (quoted or single for quoted, single in _RUNS.findall(words[:MOST_CHARACTERS]))
    found = (tuple(_WORD.findall(searchable(run))) for run in runs)
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))[:MOST_PHRASES]


def query(asked: Sequence[Phrase]) -> str:
    """The query of FTS5 for texts that hold all of the phrases."""
    return " AND ".join(f'"{" ".join(phrase)}"' for phrase in asked)


def marked(text: str, asked: Sequence[Phrase]) -> tuple[Piece, ...]:
    """The text in pieces, with what was looked for marked."""
    pieces, at = [], 0
    for start, end in _spans(text, asked):
        pieces += [Piece(text[at:start]), Piece(text[start:end], found=True)]
        at = end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)


def snippet(text: str, asked: Sequence[Phrase], width: int) -> tuple[Piece, ...]:
    """About `width` characters around the first place where something of it stands, marked; the beginning
    where nothing does."""
    start, end = next(iter(_spans(text[:LOOKED_THROUGH], asked)), (0, 0))
    return marked(around(text, start, end, width), asked)


def _spans(text: str, asked: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Where the phrases stand, in order and apart from each other."""
    folded = fold(text)
    bare = "".join(map(_bare, folded.text))
    found = sorted(
        (folded.original(*span) for phrase in asked for span in _places(bare, phrase)), key=_longest
    )
    kept: list[tuple[int, int]] = []
    for start, end in found:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _longest(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], -span[1]


def _places(bare: str, phrase: Phrase) -> Iterator[tuple[int, int]]:
    words = [re.escape("".join(map(_bare, word))) for word in phrase]
    for found in re.finditer(r"[\W_]{0,20}?".join(words), bare):
        start, end = found.span()
        inside = start and in_word(bare[start - 1]) and in_word(bare[start])
        if end > start and not inside and not (in_word(bare[end - 1 : end]) and in_word(bare[end : end + 1])):
            yield start, end


def _bare(character: str) -> str:
    """A letter without its marks, one for one, as the index has it."""
    if character.isascii() or not in_word(character):
        return character
    return unicodedata.normalize("NFD", character)[0]
