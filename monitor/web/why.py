"""Why, or why not: what each watchlist makes of a stored item, or of a text that somebody pastes.

Nothing is fetched: a link is looked up among what is stored.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.inquiry import Inquiry
from monitor.web import reasons
from monitor.web.house import House
from monitor.web.pages import page

# As many characters as an address has room for, in any script.
MOST = 1500


class Why:
    """The page /why: `text` is a number, a link or a text, `item` a number or a link; `watchlist` may be
    named."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/why", self.ask)]

    def ask(self, request: Request) -> Response:
        asked = request.query_params
        wanted = (asked.get("text", "").strip() or asked.get("item", "").strip())[:MOST]
        in_force = self._house.in_force
        known = {one.id: one.title for one in in_force.watchlists}
        watchlist = asked.get("watchlist", "") if asked.get("watchlist", "") in known else ""
        told = None
        if wanted:
            with self._house.reading() as storage:
                inquiry = Inquiry(storage, in_force, self._house.clock(), self._house.zone)
                told = reasons.told(inquiry.about(wanted), watchlist)
        shown = {"wanted": wanted, "watchlist": watchlist, "known": known, "told": told, "most": MOST}
        return page(request, self._house, "why.html", shown)
