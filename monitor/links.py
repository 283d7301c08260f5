"""Links from documents: only what is safe to follow, and one form for comparing."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 2000
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
# A host and port; above all no credentials, and nothing that would have to be encoded.
_PLACE = re.compile(r"[\w.:\[\]-]+", re.ASCII)
_TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|dclid|msclkid|yclid|mc_[ce]id|spm|ref|ref_src|cmpid|ncid|oc|jsessionid",
    re.IGNORECASE,
)
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
