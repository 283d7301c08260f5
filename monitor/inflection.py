"""The simple forms of an English word: plural and third person, past, participle.

Spelling rules and the irregular verbs that news is written in; no dictionary.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

MARK = "~"

_IRREGULAR = {
    "be": "is are was were been being", "begin": "began begun", "bid": "bid", "bind": "bound",
    "break": "broke broken", "bring": "brought", "build": "built", "buy": "bought",
    "choose": "chose chosen", "come": "came come", "cut": "cut", "do": "did done", "draw": "drew drawn",
    "fall": "fell fallen", "feed": "fed", "find": "found", "forbid": "forbade forbidden",
    "freeze": "froze frozen", "get": "got gotten", "give": "gave given", "go": "went gone",
    "grow": "grew grown", "have": "has had", "hit": "hit", "hold": "held", "keep": "kept",
    "lay": "laid", "lead": "led", "leave": "left", "lend": "lent", "let": "let", "lose": "lost",
    "make": "made", "meet": "met", "overcome": "overcame", "pay": "paid", "put": "put", "rise": "rose risen",
    "run": "ran run", "say": "said", "see": "saw seen", "seek": "sought", "sell": "sold", "send": "sent",
    "set": "set", "show": "shown", "shrink": "shrank shrunk", "shut": "shut", "spend": "spent",
    "spin": "spun", "split": "split", "strike": "struck", "take": "took taken", "tell": "told",
    "undertake": "undertook undertaken", "uphold": "upheld", "win": "won", "withdraw": "withdrew withdrawn",
    "withhold": "withheld", "write": "wrote written",
}  # fmt: skip
_DOUBLED = frozenset(
    ("admit", "commit", "control", "defer", "equip", "occur", "omit", "permit", "refer", "submit", "transfer")
)
_ONE_SYLLABLE = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")


@lru_cache(maxsize=4096)
def forms(word: str) -> tuple[str, ...]:
    """The word and its simple forms, in lower case. Of a noun some will not exist; no matter."""
    word = word.lower()
    stem = re.sub(r"e$", "", word)
    last, before = word[-1:], word[-2:-1]
    made: tuple[str, ...]
    if last == "y" and before not in "aeiou":
        made = (word[:-1] + "ies", word[:-1] + "ied", word + "ing")
    elif word.endswith(("s", "x", "z", "ch", "sh")) or (last == "o" and before not in "aeiou"):
        made = (word + "es", word + "ed", word + "ing")
    elif word.endswith("ie"):
        made = (word + "s", word + "d", word[:-2] + "ying")
    elif word.endswith("ee"):
        made = (word + "s", word + "d", word + "ing")
    elif last == "e":
        made = (word + "s", word + "d", stem + "ing")
    else:
        made = (word + "s", word + "ed", word + "ing", *_doubled(word))
    return tuple(dict.fromkeys((word, *made, *_IRREGULAR.get(word, "").split())))


def _doubled(word: str) -> tuple[str, ...]:
    """planned, permitting; after -l both spellings are in use (cancelled, canceled)."""
    if word in _DOUBLED or _ONE_SYLLABLE.fullmatch(word) or re.fullmatch(r".*[^aeiou][aeiou]l", word):
        return word + word[-1] + "ed", word + word[-1] + "ing"
    return ()


def spelt_out(text: str) -> tuple[str, ...]:
    """A phrase in every form: each word that ends in ~ in all of its own."""
    if MARK not in text:
        return (text,)
    words = (forms(w[:-1]) if w.endswith(MARK) and len(w) > 1 else (w,) for w in text.split())
    return tuple(" ".join(chosen) for chosen in product(*words))
