"""The application: its routes, what stands before them, and what is said where something is wrong."""

from __future__ import annotations

import logging
import sqlite3
import time
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor.errors import MonitorError
from monitor.model import Alert
from monitor.web.admission import Names
from monitor.web.archive import Archive, address
from monitor.web.entrance import Entrance
from monitor.web.entry import EntryPages
from monitor.web.house import House
from monitor.web.leaving import Leaving
from monitor.web.ledgers import LedgerPages
from monitor.web.login import Monotonic
from monitor.web.pages import page, told
from monitor.web.series import SeriesPages
from monitor.web.statics import Statics
from monitor.web.stories import Stories
from monitor.web.watchlists import Watchlists

log = logging.getLogger(__name__)

LATEST = 12
_SAID = {
    404: ("There is no such page", "The address may be cut off: copy it from the mail once more."),
    405: ("That cannot be done here", "Go to the page itself, and do it there."),
    408: ("That took too long", "Try again."),
    413: ("That is too long", "Nothing was changed."),
    500: ("That went wrong", "What it was stands in the log of monitor run."),
    503: (
        "Not to be had just now",
        "Try again in a minute. Where that does not help, monitor doctor says more.",
    ),
}


def application(house: House, names: Names, clock: Monotonic = time.monotonic) -> ASGIApp:
    """All pages. `clock` counts the seconds of sessions and failed logins."""
    entrance = Entrance(house, names, clock)
    start = _Start(house)
    families = (
        *(start, Stories(house), Watchlists(house), Archive(house)),
        *(LedgerPages(house), EntryPages(house), SeriesPages(house)),
        *(Leaving(house), Statics(), entrance),
    )
    routes = [route for family in families for route in family.routes()]

    async def failed(request: Request, error: Exception) -> Response:
        return _failed(request, house, error)

    handlers = dict.fromkeys((HTTPException, sqlite3.Error, MonitorError, Exception), failed)
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False  # it would name a host
    return entrance.before(made)


class _Start:
    """The first page: what there is."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/", self.page)]

    def page(self, request: Request) -> Response:
        with self._house.reading() as storage:
            kept = storage.archive.latest(LATEST)
            told: dict[str, Alert] = {}
            for alert in storage.alerts.latest(LATEST * 4):
                told.setdefault(alert.story, alert)
        written = next((one for one in kept if one.subject), None)
        shown = {
            "stories": list(told.values())[:LATEST],
            "newest": written,
            "path": address(written.subscriber, written.day) if written else "",
        }
        return page(request, self._house, "start.html", shown)


def _failed(request: Request, house: House, error: Exception) -> Response:
    """The page that says what is wrong; nothing of what was asked for stands in it."""
    status, headers = 500, {}
    if isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
    elif isinstance(error, sqlite3.Error | MonitorError):
        status = 503
        log.warning("web: %s", error)
    title, words = _SAID.get(status, (HTTPStatus(status).phrase, ""))
    answer = told(request, house, title, words, status)
    answer.headers.update(headers)
    return answer
