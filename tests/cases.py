"""What goes wrong with which source of the catalogue, and what is to be said of it then."""

from __future__ import annotations

import gzip
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.cadence import DENIED_TIMES
from tests.fakes import Answer
from tests.hosts import MOVED, Asked, Fault

# Seconds: longer than any answer takes on a busy machine.
DEADLINE = 5.0
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# ------------------------------------------------------------------ what goes wrong


def same(good: Answer, asked: Asked) -> Answer:
    return good


def not_modified(good: Answer, asked: Asked) -> Answer:
    return (304, {}, b"") if asked.headers.get("if-none-match") == good[1]["ETag"] else good


def answers(status: int, body: bytes = b"Sorry.", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda good, asked: (status, named, body)


def stalls(good: Answer, asked: Asked) -> Answer:
    time.sleep(DEADLINE + 1)
    return good


def cut(good: Answer, asked: Asked) -> Answer:
    status, headers, body = good
    return status, headers | {"Content-Length": str(len(body))}, body[: len(body) // 2]


def bomb(good: Answer, asked: Asked) -> Answer:
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(30_000_000))


def wrong_charset(good: Answer, asked: Asked) -> Answer:
    status, headers, body = good
    kind = headers["Content-Type"].partition(";")[0]
    return status, headers | {"Content-Type": f"{kind}; charset=gb2312"}, body


def untrusted(good: Answer, asked: Asked) -> Answer:
    return 302, {"Location": asked.untrusted}, b""


def moved(good: Answer, asked: Asked) -> Answer:
    return 301, {"Location": f"http://{MOVED}{asked.host}{asked.path}"}, b""


BLOCK_PAGE = "<html><body><h1>安全验证</h1>访问被拦截，请开启JavaScript</body></html>".encode()
WEB_PAGE = b"<!doctype html><html><body><h1>Welcome</h1></body></html>"
EMPTY_FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title></channel></rss>"
HALF_JSON = b'{"results": [{"title": "Rare'


@dataclass(frozen=True)
class Case:
    """What happens to some sources: `status`, `trouble` and `detail` are what is to be said of them then.

    `wait` is the pause until the next poll; where none is given, that of the source, `often` times.
    `told` is whether the news comes through.
    """

    sources: tuple[str, ...]
    fault: Fault
    status: str = "failing"
    trouble: str = ""
    detail: str = ""
    wait: timedelta | None = None
    often: int = 1
    told: bool = False


CASES = {
    "500": Case(("ustr", "the-edge-malaysia"), answers(500), trouble="refused", detail="answered 500"),
    "403": Case(
        ("appia", "aclara"),
        answers(403, BLOCK_PAGE),
        trouble="blocked",
        detail="answered 403",
        often=DENIED_TIMES,
    ),
    "404": Case(("khmer-times", "osc"), answers(404), trouble="gone", detail="answered 404"),
    "410": Case(
        ("camboja", "nrcan"), answers(410), status="stopped", trouble="gone", detail="answered 410", wait=DAY
    ),
    "429": Case(
        ("adamas", "cninfo"),
        answers(429, Retry_After="7200"),
        status="waiting",
        trouble="blocked",
        detail="answered 429",
        wait=timedelta(hours=2),
    ),
    "stall": Case(("bernama", "miit-search"), stalls, trouble="unreachable", detail="no complete answer"),
    "cut body": Case(("malay-mail", "usaspending-loans"), cut, trouble="unreachable", detail="broke off"),
    "empty body": Case(
        ("fmt-nation", "ndrc-policies", "gdelt"),
        answers(200, b""),
        trouble="unreadable",
        detail="the body is empty",
    ),
    "no entries": Case(
        ("viet-nam-news-economy",),
        answers(200, EMPTY_FEED),
        "odd",
        "empty",
        "the last document had no entries",
    ),
    "a web page for a feed": Case(
        ("mp-materials", "edgar-current-8k"),
        answers(200, WEB_PAGE),
        trouble="unreadable",
        detail="an HTML page came where a feed was expected",
    ),
    "a block page that says 200": Case(
        ("mofcom-announcements", "mofcom-english"),
        answers(200, BLOCK_PAGE),
        trouble="unreadable",
        detail="no entry found",
    ),
    "gzip bomb": Case(
        ("usa-rare-earth", "us-census-imports"), bomb, trouble="refused", detail="inflates to more than"
    ),
    "garbage JSON": Case(
        ("sam-opportunities", "congress-bills", "fr-exim"),
        answers(200, HALF_JSON),
        trouble="unreadable",
        detail="JSON that cannot be read",
    ),
    "redirect to a private address": Case(
        ("vulcan-elements", "energy-fuels"),
        answers(302, b"", Location="http://169.254.169.254/latest/"),
        trouble="refused",
        detail="private or special address",
    ),
    "certificate": Case(
        ("eu-press-corner", "ofac-recent-actions"),
        untrusted,
        trouble="certificate",
        detail="certificate is not valid",
    ),
    "all identifiers changed": Case(
        ("australian-mining", "arafura-2026"), same, "odd", "renumbered", "all its identifiers", told=True
    ),
    "wrong charset": Case(("vietnamplus-world", "lynas"), wrong_charset, "ok", told=True),
    "moved with 301": Case(("mining-technology", "asx-ilu"), moved, "ok", told=True),
    "a page with links of its own host moved": Case(
        ("jogmec-en",), moved, "odd", "renumbered", "all its identifiers", told=True
    ),
}
# What moves and does not come back.
AWAY: dict[str, Fault] = dict.fromkeys(CASES["a page with links of its own host moved"].sources, moved)
RENUMBERED = frozenset(CASES["all identifiers changed"].sources)
# What the sources do with which nothing is wrong, in turn.
REST = {
    "unchanged": Case((), same, "ok"),
    "304": Case((), not_modified, "ok"),
    "one new item": Case((), same, "ok", told=True),
}


def all_cases(sources: Sequence[str]) -> dict[str, Case]:
    """Every source in one case."""
    named = {source for case in CASES.values() for source in case.sources}
    rest = [source for source in sources if source not in named]
    turns = {name: tuple(rest[n :: len(REST)]) for n, name in enumerate(REST)}
    return CASES | {name: replace(case, sources=turns[name]) for name, case in REST.items()}
