"""Links from documents: only what is safe to follow, and one form for comparing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 2000
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
# A host and port; above all no credentials, and nothing that would have to be encoded.
_PLACE = re.compile(r"[\w.:\[\]-]+", re.ASCII)
_TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|dclid|msclkid|yclid|mc_[ce]id|spm|ref|ref_src|cmpid|ncid|oc|jsessionid",
    re.IGNORECASE,
)
# Click counters that carry the true address: host, path, and the parameter it stands in.
_COUNTERS = (
    (re.compile(r"(www\.)?bing\.com"), re.compile(r"/news/apiclick\.aspx"), ("url",)),
    (re.compile(r"(www\.)?google\.[a-z.]{2,6}"), re.compile(r"/url"), ("url", "q")),
    (re.compile(r"[\w-]+\.safelinks\.protection\.outlook\.com"), re.compile(r"/.*"), ("url",)),
)
# GovDelivery, which sends the press lists of the US government, has it in the path.
_GOVDELIVERY = re.compile(r"links-\d+\.govdelivery\.com")
_IN_PATH = re.compile(r"/CL0/([^/]+)/.*")
MAX_COUNTERS = 3
# An address of which every part stays as it is, whatever the base: host, path, query.
_ORDINARY = re.compile(
    r"https?://([a-z0-9.-]+)((?:/[\w/.~%:@!$&'()*+,=-]*)?)(?:\?([\w/.~%:@!$&'()*+,;=?-]+))?", re.ASCII
)
_PAIR = re.compile(r"[\w.~-]+=[\w.~-]*", re.ASCII)


def web_link(link: str, base: str = "") -> str:
    """An absolute http(s) link without credentials, or "" where there is none to be had.

    Characters that could end a link inside a message (space, `|`, `<`, `>`, quotes) come
    percent-encoded, as RFC 3986 section 2 asks.
    """
    link = link.strip()
    if len(link) <= MAX_LENGTH and _ORDINARY.fullmatch(link):
        return link
    return link_by_parts(link, base)


def link_by_parts(link: str, base: str) -> str:
    """What `web_link` gives, the long way."""
    if not link or _UNSAFE.search(link.replace(" ", "")):
        return ""
    try:
        parts = urlsplit(urljoin(base, link))
        place = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        if parts.scheme not in ("http", "https") or not parts.hostname or not _PLACE.fullmatch(place):
            return ""
        _ = parts.port
        whole = quote(urlunsplit(parts._replace(netloc=place)), safe=":/?#[]@!$&'()*+,;=%~-._")
    except ValueError:
        return ""
    return whole if len(whole) <= MAX_LENGTH else ""


def without_query(link: str) -> str:
    """The link as far as it may be shown: what is asked for in it may hold a key."""
    return link.partition("#")[0].partition("?")[0]


def canonical(link: str) -> str:
    """The same page, the same text: no scheme, www, tracking, fragment or closing slash.

    For comparing only; never shown and never fetched.
    """
    found = _ORDINARY.fullmatch(link)
    if found and (pairs := _pairs(found[3])) is not None:
        host, path = found[1].removeprefix("www."), found[2].rstrip("/")
        return f"{host}{path}?{'&'.join(pairs)}" if pairs else host + path
    return canonical_by_parts(link)


def _pairs(query: str | None) -> list[str] | None:
    """The pairs of a query that say which page, in order; None where one would be written otherwise."""
    pairs = query.split("&") if query else []
    if not all(map(_PAIR.fullmatch, pairs)):
        return None
    named = [pair.partition("=") for pair in pairs]
    return ["".join(pair) for pair in sorted(named) if not _TRACKING.fullmatch(pair[0])]


def canonical_by_parts(link: str) -> str:
    """What `canonical` gives, the long way."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return link
    asked = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    query = f"?{urlencode(sorted(asked))}" if asked else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


def true_link(link: str) -> str:
    """The publisher's own address where a click counter or aggregator writes it into its link.

    Found in the text alone: nothing is asked. A link that says nothing (Google News has tokens that
    only Google can resolve) comes back as it is. `link` is as `web_link` gives it.
    """
    if "http" not in link[4:]:
        return link
    for _ in range(MAX_COUNTERS):
        inner = web_link(_carried(urlsplit(link)))
        if not inner:
            break
        link = inner
    return link


def _carried(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if _GOVDELIVERY.fullmatch(host):
        found = _IN_PATH.fullmatch(parts.path)
        return unquote(found[1]) if found else ""
    for hosts, paths, names in _COUNTERS:
        if hosts.fullmatch(host) and paths.fullmatch(parts.path):
            asked = dict(parse_qsl(parts.query))
            return next((asked[name] for name in names if asked.get(name)), "")
    return ""


def with_query(address: str, asked: Iterable[tuple[str, str]]) -> str:
    """The address with these parameters after those it has; spaces as %20."""
    parts = urlsplit(address)
    added = urlencode(list(asked), quote_via=quote)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added)))))
