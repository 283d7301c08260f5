"""A watchlist as it is in force, and what it told last."""

from __future__ import annotations

from pathlib import PurePath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import wording
from monitor.web.house import House
from monitor.web.pages import page

LATEST = 20


class Watchlists:
    """The pages below /watchlists/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/watchlists/{name}", self.watchlist)]

    def watchlist(self, request: Request) -> Response:
        """One watchlist: its file, its thresholds and its newest alerts."""
        name = request.path_params["name"]
        rulebook = self._house.in_force.rulebook
        watchlist = next((one for one in rulebook.watchlists if one.id == name), None)
        if watchlist is None:
            raise HTTPException(404)
        with self._house.reading() as storage:
            alerts = list(storage.alerts.latest(LATEST, name))
        shown = {
            "watchlist": watchlist,
            "text": next((text for file, text in rulebook.texts.items() if PurePath(file).stem == name), ""),
            "alerts": [(wording.at(one.created, self._house.zone), one) for one in alerts],
        }
        return page(request, self._house, "watchlist.html", shown)
