"""Where a request comes from -> whether it is let in. Pure.

Whoever reads a page on this machine can be made to ask for ours: by a name of theirs that leads here (DNS
rebinding), by a form, by a link, by a picture. So the names by which we are called are known ones, what
changes something is taken from our own pages alone, and another site may lead to a page of ours, but not ask
for it within its own, as often as it likes and unseen (https://web.dev/articles/fetch-metadata).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LOCAL = ("127.0.0.1", "localhost", "[::1]")
LEAVE = "/unsubscribe/"
SAFE = ("GET", "HEAD", "OPTIONS")
# What proxies add; a browser on this machine sends none of it.
_PASSED_ON = (
    *("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"),
    *("cf-connecting-ip", "true-client-ip", "x-forwarded-server"),
)
# What Sec-Fetch-Site says where no page of another site asks.
_OWN_SITES = ("same-origin", "none")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Names:
    """How readers call the pages. `host` and `port` are where we listen, `url` is as set; `locked` where
    one logs in."""

    host: str
    port: int
    url: str = ""
    locked: bool = False

    @property
    def local(self) -> frozenset[str]:
        """What this machine's own browser calls us."""
        names = (*LOCAL, *([self.host] if is_loopback(self.host) else []))
        return frozenset(one for name in names for one in _spelt(name, self.port, "http"))

    @property
    def public(self) -> frozenset[str]:
        """What others call us: the address that is set, and that on which we listen, if it is one."""
        parts = urlsplit(self.url)
        named = _spelt(_bracketed(parts.hostname), parts.port, parts.scheme) if parts.hostname else ()
        own = () if is_loopback(self.host) or _any(self.host) else _spelt(self.host, self.port, "http")
        return frozenset((*named, *own))

    @property
    def address(self) -> str:
        """Where a browser on this machine finds us."""
        own = LOCAL[2 if ":" in self.host else 0] if _any(self.host) else _bracketed(self.host)
        return f"http://{own}:{self.port}/"

    @property
    def outward(self) -> bool:
        """Do readers come from other machines, by the address that is set?"""
        host = urlsplit(self.url).hostname
        return bool(host) and not is_loopback(host or "")

    @property
    def secure(self) -> bool:
        """Do readers reach us by https?"""
        return self.url.startswith("https:")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at of a request; the names of its headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    version: str = "1.1"

    @property
    def leaving(self) -> bool:
        """Is it for the page to unsubscribe, which whoever has its token may use?"""
        return self.path.startswith(LEAVE)

    @property
    def by_machine(self) -> bool:
        """Is it for what scripts and feed readers read, who may log in with each question?"""
        read = self.path.startswith("/api/") or self.path.endswith((".atom", ".zip"))
        return read and self.method in ("GET", "HEAD")

    @property
    def by_browser(self) -> bool:
        """Does a browser of today ask? (https://www.w3.org/TR/fetch-metadata/)"""
        return "sec-fetch-mode" in self.headers

    @property
    def drawn_in(self) -> bool:
        """Does a page of another site ask for it as a part of its own, and not lead to it?"""
        site = self.headers.get("sec-fetch-site", "none")
        leads = self.headers.get("sec-fetch-mode") == "navigate"
        whole = self.headers.get("sec-fetch-dest", "document") == "document"
        return site not in _OWN_SITES and not (leads and whole)

    @property
    def ours(self) -> bool:
        """Does a page of ours ask, by the word of the browser?"""
        own = self.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        said = "sec-fetch-site" in self.headers or "origin" in self.headers
        return own and said and _own(self, self.headers.get("host", "").lower())


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status, and why in words that name the remedy."""

    status: int
    why: str


def refused(asked: Asked, names: Names) -> Refusal | None:
    """Why it is not let in; None where it is, as far as one can tell without a password."""
    host = asked.headers.get("host", "").lower()
    if host not in names.local | names.public:
        why = f"This is not the address of these pages. Use {names.url or names.address}"
        return Refusal(421, f"{why}, or set url of [web] to the address that readers use.")
    if not names.locked and not asked.leaving and not near(asked, names):
        return Refusal(
            403, "Where readers come from elsewhere, these pages take a password: set password of [web]."
        )
    strange = asked.drawn_in or (asked.method not in SAFE and not _own(asked, host))
    if strange and not asked.leaving:
        return Refusal(403, "That was asked for by a page of another site: go to the page itself.")
    return None


def near(asked: Asked, names: Names) -> bool:
    """Does it come from this machine, and through no proxy?

    A proxy that does not pass on by which name it was called calls us by ours; most say in a header that
    they are one, or speak HTTP/1.0, which no browser does. Since 1.29.7 nginx does neither unless it is told
    to: where readers come by way of one, nobody counts as near.
    """
    if names.outward:
        return False
    passed_on = any(name in asked.headers for name in _PASSED_ON)
    return asked.headers.get("host", "").lower() in names.local and not passed_on and asked.version != "1.0"


def _own(asked: Asked, host: str) -> bool:
    """Was it asked for by a page of ours, or by no page?

    By Sec-Fetch-Site, and by Origin for browsers that do not send it; what sends neither is no browser, and
    holds no cookie of ours.
    """
    site = asked.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OWN_SITES
    origin = asked.headers.get("origin")
    return origin is None or origin.lower().partition("://")[2] == host


def asker(peer: str, said: str, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Whose request it is: that of the `peer`, or where this is one of our proxies, of the right-most address
    in the header `said` that is none of them. What stands further left, anybody may have written
    (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For)."""
    found = peer
    for entry in reversed(said.split(",")):
        address = _address(found)
        if address is None or not any(address in network for network in proxies):
            break
        if _address(entry) is None:
            break
        found = str(_address(entry))
    return found


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address of a proxy's header; some write the port too."""
    text = text.strip()
    text = text[1:].partition("]")[0] if text.startswith("[") else text
    text = text.partition(":")[0] if text.count(":") == 1 else text
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def is_loopback(host: str) -> bool:
    """Is this address or name that of the machine itself?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _any(host: str) -> bool:
    """Does it stand for every address of the machine?"""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _spelt(host: str, port: int | None, scheme: str) -> tuple[str, ...]:
    """The host as headers have it: with its port, and without where that is the scheme's own."""
    usual = _PORTS.get(scheme, 0)
    number = port or usual
    bracketed = _bracketed(host).lower()
    return (f"{bracketed}:{number}", *([bracketed] if number == usual else []))


def _bracketed(host: str) -> str:
    """An address of IPv6 as it stands in a URL."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
