"""The names that the packs know, to write as terms: a page to look them up, and the list under what is being
typed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.suggestions import Suggestion, like, suggestions
from monitor.vocabulary import Vocabulary
from monitor.web.house import House
from monitor.web.pages import page

LISTED, SHOWN, LONGEST = 8, 200, 80


class Suggesting:
    """GET /terms?q=: the page, and with `part` the list alone, for the script."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: tuple[Vocabulary | None, tuple[Suggestion, ...]] = None, ()

    def routes(self) -> list[Route]:
        return [Route("/terms", self.terms)]

    def terms(self, request: Request) -> Response:
        typed = request.query_params.get("q", "")[:LONGEST]
        known = self.known()
        if "part" in request.query_params:
            return page(request, self._house, "termlist.html", {"found": like(known, typed, LISTED)})
        found = like(known, typed, SHOWN) if typed.strip() else known[:SHOWN]
        shown = {"typed": typed, "found": found, "all": len(known)}
        return page(request, self._house, "terms.html", shown)

    def known(self) -> tuple[Suggestion, ...]:
        """All of what is in force; made anew when that changes."""
        vocabulary = self._house.in_force.rulebook.vocabulary
        if self._known[0] is not vocabulary:
            self._known = vocabulary, suggestions(vocabulary)
        return self._known[1]
