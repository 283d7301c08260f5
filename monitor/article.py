"""What was found in a document, and whether it is the article that was asked for. Pure.

Blocks, consent, log-ins and errors come in an article's place. Those with a status of their own
never get here. Of the rest a telling title is enough; the words of the text tell only on a short
page, for a long article may well write about cookies or robots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from monitor.text import fold, searchable

# How much of an article is kept and matched, and of all else that a page shows, in characters.
MAX_TEXT = 20_000
BEGINNING = 3_000
# A page that shows no more than this is looked at for the words of a wall, in characters.
SHORT = 2_500
# Fewer characters than this are no article, whatever they say.
LEAST = 140
# Of the title's words, this share has to stand in a page that is taken for its article.
SHARE = 0.25
# With this share of them in its own title, a page is titled as the item is.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Article:
    """What is in a document. `kind`: page, pdf or text.

    `beginning` is what the whole page shows first, navigation and banners included, and `shown`
    how many characters it shows in all: what refusals are recognised by.
    """

    kind: str
    title: str
    text: str
    beginning: str
    shown: int


_STUB = "a page for subscribers"
_TITLES: Mapping[str, str] = {
    "a block page": (
        r"just a moment\b|attention required|access (to this page has been )?denied|you have been blocked|"
        r"are you (a robot|human)|robot check|captcha|security (check|verification)|checking your browser|"
        r"pardon our interruption|ddos.guard|request rejected|访问被拦截|安全验证|访问验证|人机验证|拦截"
    ),
    "a consent page": r"before you continue|voordat je|bevor sie|avant de continuer|cookie (consent|wall)",
    "a log-in page": r"(log|sign)[ -]?in( to| \W|$)|登录|登入",
    "an error page": (
        r"\b(403|404|410|429|50[0234])\b.*(forbidden|error|not found|gone|unavailable|gateway|requests)|"
        r"^\W*(403|404|410|429|50[0234])\W*$|(page|file|article|content|url) (could )?not (be )?found|"
        r"^not found$|(service|temporarily) unavailable|bad gateway|internal server error|"
        r"页面不存在|页面未找到|找不到(页面|网页)"
    ),
}
_TEXTS: Mapping[str, str] = {
    "a block page": (
        r"please limit requests|enable javascript and cookies|please (enable|turn on) javascript|"
        r"javascript is (disabled|required)|you need to enable javascript|verify (that )?you are (a )?human|"
        r"unusual traffic|access denied|you don't have permission to access|request unsuccessful|"
        r"checking your browser|performance (&|and) security by cloudflare|cloudflare ray id|"
        r"undeclared automated tool|request rate threshold|too many requests|"
        r"访问被拦截|安全验证|请开启javascript|请启用javascript|人机验证|访问过于频繁|您的访问.{0,6}异常"
    ),
    "a consent page": (
        r"before you continue to|we (and our partners )?(use|store) (cookies|and/or access)|accept all|"
        r"manage (your )?(cookie|privacy|consent)|cookie (settings|preferences)"
    ),
    "a log-in page": (r"(log|sign) in to (continue|your account)|forgot(ten)? (your )?password|请(先)?登录"),
    _STUB: (
        r"(subscribe|sign in|log in|register)( now)? to (read|unlock|continue reading)|"
        r"subscribe now to continue|to continue reading|already a subscriber|"
        r"this (article|content|story) is (for|available to|reserved for) (our )?(paid )?"
        r"(subscribers|members)|"
        r"start your free trial"
    ),
    "an error page": (
        r"(page|file|article|content)( you (requested|are looking for))? "
        r"(could |can |was |is )?(not|no longer) "
        r"(be )?(found|available|exists?)|does not exist|页面不存在|您访问的页面"
    ),
}
_IN_TITLE = {name: re.compile(words) for name, words in _TITLES.items()}
_IN_TEXT = {name: re.compile(words) for name, words in _TEXTS.items()}
# Words that any site may have in any title.
_COMMON = frozenset({"news", "with", "from", "that", "this", "says", "will", "over", "into", "more", "after"})


def refusal(article: Article, title: str) -> str:
    """Why this is not the article that `title` announces, in words; empty where it may be."""
    titled = bool(title) and share(title, article.title) >= HALF
    named, shown = fold(article.title).text, fold(article.beginning).text
    walls = [] if titled else [name for name, words in _IN_TITLE.items() if words.search(named)]
    if article.shown <= SHORT:
        # A page that is titled as the item is may have a banner, and still the article below it.
        asked = {_STUB: _IN_TEXT[_STUB]} if titled else _IN_TEXT
        walls += [name for name, words in asked.items() if words.search(shown)]
    if walls:
        return f"{walls[0]} came in its place"
    if len(article.text) < LEAST and not _dense(article.text):
        return "holds no article" if article.kind == "page" else "holds no text"
    if share(title, f"{article.title} {article.text}") < SHARE:
        return "is about something else than its title says"
    return ""


def share(title: str, text: str) -> float:
    """The share of a title's telling words that stand in a text; 1 where it has none.

    A word of four letters and more, or two neighbouring characters of a script without spaces.
    """
    wanted = set(_telling(title))
    return len(wanted.intersection(_telling(text))) / len(wanted) if wanted else 1.0


def _telling(text: str) -> list[str]:
    words = re.findall(r"\w+", searchable(text))
    pairs = [a + b for a, b in pairwise(words) if not (a + b).isascii() and len(a + b) == 2]
    return [word for word in words if len(word) > 3 and word not in _COMMON] + pairs


def _dense(text: str) -> bool:
    """Does it say in few characters what others say in many? So do Chinese, Japanese and Korean."""
    return len(re.findall("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text)) >= LEAST // 3
