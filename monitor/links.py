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


def web_link(link: str, base: str = "") -> str:
    """An absolute http(s) link without credentials, or "" where there is none to be had.

    Characters that could end a link inside a message (space, `|`, `<`, `>`, quotes) come
    percent-encoded, as RFC 3986 section 2 asks.
    """
    link = link.strip()
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
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return link
    asked = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    query = f"?{urlencode(sorted(asked))}" if asked else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"
