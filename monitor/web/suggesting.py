"""The names that the packs know, to write as terms: a page to look them up, and the list under what is being
typed."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.suggestions import Suggestion, like, suggestions
from monitor.vocabulary import Vocabulary
from monitor.web.house import House
from monitor.web.pages import page

LISTED, SHOWN, LONGEST = 8, 200, 80


@lru_cache(maxsize=1)
def known(vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    """All names; made anew when the vocabulary is another."""
    return suggestions(vocabulary)


def concepts(vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    """The names of concepts, of which there are few enough for a page."""
    return tuple(one for one in known(vocabulary) if one.kind == "concept")


class Suggesting:
    """GET /terms?q=: the page, and with `part` the list alone, for the script."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/terms", self.terms)]

    def terms(self, request: Request) -> Response:
        typed = request.query_params.get("q", "")[:LONGEST]
        names = known(self._house.in_force.rulebook.vocabulary)
        if "part" in request.query_params:
            return page(request, self._house, "termlist.html", {"found": like(names, typed, LISTED)})
        found = like(names, typed, SHOWN) if typed.strip() else names[:SHOWN]
        shown = {"typed": typed, "found": found, "all": len(names)}
        return page(request, self._house, "terms.html", shown)
