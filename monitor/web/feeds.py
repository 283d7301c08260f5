"""What was told, for feed readers: of each watchlist, and of all."""

from __future__ import annotations

import hashlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import atom
from monitor.atom import Feed
from monitor.web.house import House
from monitor.web.pages import HEADERS

ENTRIES = 50
_HEADERS = HEADERS | {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


class Feeds:
    """The feeds. Its routes have to come before those of the watchlists, whose names they end."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/today.atom", self.all), Route("/watchlists/{name}.atom", self.one)]

    def all(self, request: Request) -> Response:
        return self._answer(request, Feed("today", "Signal Monitor", self._url, "today"), "")

    def one(self, request: Request) -> Response:
        """The newest alerts of one watchlist. Raises 404 where there is none of that name."""
        name = request.path_params["name"]
        title = next((one.title for one in self._house.in_force.watchlists if one.id == name), None)
        if title is None:
            raise HTTPException(404)
        about = Feed(f"watchlist {name}", f"{title} · Signal Monitor", self._url, f"watchlists/{name}")
        return self._answer(request, about, name)

    @property
    def _url(self) -> str:
        return self._house.settings.web.links

    def _answer(self, request: Request, about: Feed, watchlist: str) -> Response:
        """The feed, or that it is as the reader has it (RFC 9110, section 13.1.2)."""
        with self._house.reading() as storage:
            body = atom.feed(about, list(storage.alerts.latest(ENTRIES, watchlist)))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = _HEADERS | {"ETag": tag}
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(None, 304, headers)
        return Response(body, media_type="application/atom+xml", headers=headers)


def _has(sent: str, tag: str) -> bool:
    """Does the reader have what this names? A proxy that packs it makes the name a weak one."""
    known = (one.strip().removeprefix("W/") for one in sent.split(","))
    return sent.strip() == "*" or tag in known
