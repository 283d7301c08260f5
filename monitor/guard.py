"""Which addresses may be asked: public ones over http and https, and those the settings allow.

A name is looked up once, every address it gives is checked, and the connection is made to the
address that was checked, so that a second look-up cannot answer otherwise (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

import httpx

from monitor.errors import Refused

PORTS = frozenset({80, 443, 8080, 8443})
MAIL_PORT = 993
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Lookup = Callable[[str, int], Iterable[str]]

# Prefixes that carry an IPv4 address inside an IPv6 one, with the bit at which it starts:
# NAT64 (RFC 6052), 6to4 (RFC 3056), compatible (RFC 4291 2.5.5.1), translated (RFC 2765).
# Mapped and Teredo addresses have properties of their own.
_CARRIERS = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
)
# Special by RFC 6890, 8215, 3879 (site-local), 9602 and 9637 (documentation), though `is_global`
# lets parts of them through.
_SPECIAL = tuple(
    ipaddress.ip_network(n) for n in ("192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20")
)
_DISGUISE = re.compile(r"[\x00-\x20\x7f\\]")


def look_up(host: str, port: int) -> Iterable[str]:
    """The addresses of a host, by the operating system. Raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(f[4][0]) for f in found]


@lru_cache(maxsize=16_384)
def checked(url: str, schemes: tuple[str, ...] = ("http", "https")) -> httpx.URL:
    """What may be asked by its looks alone; each source's is read once. See `Guard.check_url`."""
    if _DISGUISE.search(url):
        raise Refused("the address has a space, backslash or control character in it")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise Refused("the address cannot be read") from None
    if parsed.scheme not in schemes or not parsed.host:
        said = parsed.scheme or url.partition("?")[0][:40]
        raise Refused(f"only {' and '.join(schemes)} are asked, not '{said}'")
    if parsed.userinfo:
        raise Refused("the address carries a user name or password")
    return parsed


class Guard:
    """Decides about URLs and addresses. `allow` are networks that may be asked although private."""

    def __init__(
        self, allow: Iterable[str] = (), lookup: Lookup = look_up, ports: Collection[int] = PORTS
    ) -> None:
        self._allow: tuple[Network, ...] = tuple(ipaddress.ip_network(n) for n in allow)
        self._lookup = lookup
        self._ports = ports

    def check_url(self, url: str, schemes: Sequence[str] = ("http", "https")) -> httpx.URL:
        """The URL, parsed. Raises Refused for another scheme, credentials or a disguise."""
        return checked(url, tuple(schemes))

    def check_address(self, address: Address, port: int) -> None:
        """Raises Refused unless the address is public (and the port usual) or allowed."""
        forms = (address, *_carried(address))
        if any(form in network for form in forms for network in self._allow):
            return
        if not all(_public(form) for form in forms):
            raise Refused(f"{address} is a private or special address (see http.allow_private)")
        if port not in self._ports:
            raise Refused(f"port {port} is not one of {', '.join(map(str, sorted(self._ports)))}")

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses of a host, all checked. Raises OSError where there are none."""
        try:
            addresses = [ipaddress.ip_address(host)]
        except ValueError:  # a name, or one of the odd spellings of an address that resolvers take
            found = await asyncio.get_running_loop().run_in_executor(None, self._lookup, host, port)
            addresses = [ipaddress.ip_address(text.split("%")[0]) for text in found]
        for address in addresses:
            self.check_address(address, port)
        return list(dict.fromkeys(addresses))


def _public(address: Address) -> bool:
    special = any(address.version == n.version and address in n for n in _SPECIAL)
    return address.is_global and not special and not address.is_multicast


def _carried(address: Address) -> list[Address]:
    """The IPv4 addresses hidden in an IPv6 address."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [address.ipv4_mapped] if address.ipv4_mapped else []
    found.extend(address.teredo or ())
    for network, shift in _CARRIERS:
        if address in network:
            found.append(ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF))
    return found


def allowed_networks(networks: Sequence[str]) -> tuple[str, ...]:
    """The networks, checked. Raises ValueError naming the one that is none."""
    for network in networks:
        ipaddress.ip_network(network)
    return tuple(networks)
