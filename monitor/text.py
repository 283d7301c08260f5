"""Text as matching needs it: folded with offsets kept, cleaned of markup and controls, shortened.

Pure functions, no knowledge of the domain.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from opencc import OpenCC
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.nesting import readable

# Characters that are dropped before anything else looks: zero-width and soft hyphens, byte order
# marks, controls but for white space, and the directional overrides that can disguise a text
# (Unicode Technical Report 36, section 2.5).
_DROP = (
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufff9-\ufffb"
)
_DROPPED = re.compile(f"[{_DROP}]")
_TAGS = re.compile(r"<[^<>]*>")
# Marks that join the character before them; the second line holds those that do so once folded:
# Hangul letters and half-width kana marks.
_COMBINING = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\u1160-\u11ff"
    "\u3133\u3135\u3136\u313a-\u313f\u314f-\u3164\u3167-\u3170\u3182\u3183\u3187-\u318e\uff9e-\uffdc"
)
_HAS_COMBINING = re.compile(f"[{_COMBINING}]")
_CLUSTER = re.compile(f".[{_COMBINING}{_DROP}]*", re.DOTALL)
# More marks on one character than this are decoration; putting them in order takes their square.
MAX_MARKS = 30
LONG_WORD = 20
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
        "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
    }
)  # fmt: skip
# Scripts written without spaces, or with particles joined on: a word may start anywhere.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


# ------------------------------------------------------------------ folding


class Folded(NamedTuple):
    """A folded text and the way back. `places` holds (start, end) per character; None is one to one."""

    text: str
    places: tuple[tuple[int, int], ...] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text that the folded span [start, end) came from."""
        if self.places is None or end <= start:
            return start, end
        return self.places[start][0], self.places[end - 1][1]


@lru_cache(maxsize=1)
def _simplified() -> dict[str, str]:
    """Traditional to Simplified characters, one to one, so that offsets stay true."""
    ranges = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
    characters = [chr(code) for codes in ranges for code in codes]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {old: new for old, new in zip(characters, converted, strict=True) if old != new}
    return {old: table.get(new, new) for old, new in table.items()}


@lru_cache(maxsize=65536)
def _fold_cluster(cluster: str) -> str:
    """One character with its combining marks, folded; may become none, one or several."""
    kept = _DROPPED.sub("", cluster)[: MAX_MARKS + 1]
    folded = unicodedata.normalize("NFKC", kept).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    simplified = _simplified()
    return "".join(_fold_mark(simplified.get(c, c)) for c in folded)


def _fold_mark(character: str) -> str:
    """White space and dashes become a space, curly apostrophes straight."""
    if character.isspace() or unicodedata.category(character) == "Pd" or character == "\u2212":
        return " "
    return "'" if character in "\u2018\u2019\u02bc" else character


# ASCII in one step: lower case, white space and hyphens as spaces, what is dropped as a zero byte.
_ASCII = bytes(range(128))
_DROPPED_ASCII = bytes(code for code in _ASCII if _DROPPED.match(chr(code)))
_ASCII_FOLDED = "".join("\0" if _DROPPED.match(c) else _fold_mark(c.lower()) for c in map(chr, _ASCII))
_FOLD_ASCII = bytes.maketrans(_ASCII, _ASCII_FOLDED.encode())


@lru_cache(maxsize=65536)
def _alone(character: str) -> str:
    """What a character folds to, one to one and whatever stands around it; empty where it does not."""
    folded = _fold_cluster(character)
    if len(folded) != 1 or _HAS_COMBINING.match(character) or _fold_cluster(folded) != folded:
        return ""
    return folded


def fold(text: str) -> Folded:
    """Fold width, case, dashes and Traditional Chinese, keeping the way back to the original.

    Linear in the text. "Rare-Earth", "rare earth" and full-width letters fold to the same.
    """
    encoded = text.encode("utf-8", "surrogatepass").translate(_FOLD_ASCII)
    if b"\0" in encoded:
        return fold_by_cluster(text)
    folded = encoded.decode("utf-8", "surrogatepass")
    if not text.isascii():
        for character in set(_beyond_ascii(text)):
            alone = _alone(character)
            if not alone:
                return fold_by_cluster(text)
            if alone != character:  # folded already: none leads to another
                folded = folded.replace(character, alone)
    return Folded(folded, None)


# Below it a look at each character costs less than a table for all.
_SHORT = 64


def _beyond_ascii(text: str) -> str:
    """The other characters of a text, of which most have few: what looks for one looks in less."""
    if text.isascii():
        return ""
    if len(text) < _SHORT:
        return "".join(character for character in text if character > "\x7f")
    encoded = text.encode("utf-8", "surrogatepass").translate(None, delete=_ASCII)
    return encoded.decode("utf-8", "surrogatepass")


def fold_by_cluster(text: str) -> Folded:
    """What `fold` gives for any text, the long way: each character with the marks that join it."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    for found in _CLUSTER.finditer(text):
        piece = _fold_cluster(found.group())
        pieces.append(piece)
        places.extend([found.span()] * len(piece))
    return Folded("".join(pieces), tuple(places))


def in_word(character: str) -> bool:
    """Is this a letter or digit of a script that writes spaces between its words?"""
    return character.isalnum() and (character.isascii() or not _UNSPACED.match(character))


# A full stop ends a sentence only where a new one begins: not in "U.S. EXIM", "No. 61", "Jan. 5",
# "Lynas Corp. Ltd"; of words of four letters and more only those that are commonly cut short.
_SENTENCE = re.compile(
    r"[。！？!?…]+|(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})(?<!\bCorp)(?<!\bSept)(?<!\bProf)"
    r"\.(?=[\"'”’)]{0,2}\s+[\"'“‘(]{0,2}[^\Wa-z\d_])|\n+"
)


def word_starts(text: str) -> list[int]:
    """Where words begin, each offset twice; once where a character of an unspaced script stands.

    So that in any text the distance in words is half the number of entries between.
    """
    starts: list[int] = []
    open_ = False
    for place, character in enumerate(text):
        if not character.isalnum():
            open_ = False
        elif _UNSPACED.match(character):
            starts.append(place)
            open_ = False
        elif not open_:
            starts += (place, place)
            open_ = True
    return starts


def sentence_ends(text: str) -> list[int]:
    """Where sentences end, but for the last."""
    return [found.end() for found in _SENTENCE.finditer(text)]


def searchable(text: str) -> str:
    """Folded, with a space around each character of the unspaced scripts.

    A full-text index over this finds a Chinese word of two characters as a phrase of two tokens.
    """
    folded = fold(text).text
    if _UNSPACED.search(_beyond_ascii(folded)):
        folded = _UNSPACED.sub(lambda m: f" {m.group()} ", folded)
    return " ".join(folded.split())


# ------------------------------------------------------------------ cleaning


def clean(text: str, limit: int = 100_000) -> str:
    """One line without controls or directional overrides, at most `limit` characters."""
    return " ".join(_without_dropped(text[: 2 * limit]).split())[:limit]


def _without_dropped(text: str) -> str:
    if _DROPPED.search(_beyond_ascii(text)):
        return _DROPPED.sub("", text)
    return text.encode().translate(None, delete=_DROPPED_ASCII).decode()


def plain(markup: str, limit: int = 100_000) -> str:
    """The readable text of an HTML fragment, cleaned; text without markup passes through."""
    markup = markup[: 4 * limit]
    if "<" not in markup:
        return clean(html.unescape(markup) if "&" in markup else markup, limit)
    if readable(markup) < len(markup):
        return clean(html.unescape(_TAGS.sub(" ", markup)), limit)
    root = LexborHTMLParser(markup).root
    if root is None:
        return ""
    return clean("".join(_words(root)), limit)


def _words(root: LexborNode) -> list[str]:
    words: list[str] = []
    skipped: set[int] = set()
    for node in root.traverse(include_text=True):
        parent = node.parent
        if node.tag in ("script", "style", "template") or (parent and parent.mem_id in skipped):
            skipped.add(node.mem_id)
        elif node.tag == "-text":
            words.append(node.text_content or "")
        elif node.tag in _BLOCKS:
            words.append(" ")
    return words


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word where there is one, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip() + "…"


def around(text: str, start: int, end: int, width: int) -> str:
    """About `width` characters of the text with the span [start, end) in the middle, cut between words."""
    if len(text) <= width:
        return text
    left = max(0, min(start - (width - (end - start)) // 2, len(text) - width))
    right = left + width
    if left and not text[left - 1].isspace():
        left = _edge(text.find(" ", left, min(start, left + LONG_WORD)), left)
    if right < len(text) and not text[right].isspace():
        right = _edge(text.rfind(" ", max(end, right - LONG_WORD), right), right)
    return ("…" if left else "") + text[left:right].strip() + ("…" if right < len(text) else "")


def _edge(space: int, otherwise: int) -> int:
    """Where a word ends near an edge; the edge itself in a script without spaces."""
    return otherwise if space < 0 else space


# ------------------------------------------------------------------ language

# Each with the share of letters that settles it: a little kana makes a text Japanese.
_SCRIPTS = (
    ("ja", 0.05, re.compile("[\u3040-\u30ff]")),
    ("ko", 0.2, re.compile("[\uac00-\ud7af]")),
    ("zh", 0.2, re.compile("[\u3400-\u9fff]")),
    ("th", 0.2, re.compile("[\u0e00-\u0e7f]")),
    ("km", 0.2, re.compile("[\u1780-\u17ff]")),
)
_TELLING = re.compile("[\u0e00-\u0e7f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def language(text: str, otherwise: str) -> str:
    """The language that the script gives away, else `otherwise` (ISO 639-1)."""
    head = text[:2000]
    if not _TELLING.search(_beyond_ascii(head)):
        return otherwise
    letters = sum(c.isalpha() for c in head) or 1
    for code, share, script in _SCRIPTS:
        if len(script.findall(head)) >= share * letters:
            return code
    return otherwise
