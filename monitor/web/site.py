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
from starlette.types import ASGIApp

from monitor.errors import MonitorError
from monitor.web.additions import Additions
from monitor.web.admission import Names
from monitor.web.archive import Archive
from monitor.web.bringing import Bringing
from monitor.web.deliveries import Deliveries
from monitor.web.editing import Editing
from monitor.web.edits import Edits
from monitor.web.entrance import Entrance
from monitor.web.entry import EntryPages
from monitor.web.feeds import Feeds
from monitor.web.house import House
from monitor.web.leaving import Leaving
from monitor.web.ledgers import LedgerPages
from monitor.web.machines import Machines
from monitor.web.pages import told
from monitor.web.people import Monotonic
from monitor.web.search import Search
from monitor.web.series import SeriesPages
from monitor.web.sources import Sources
from monitor.web.statics import Statics
from monitor.web.stories import Stories
from monitor.web.suggesting import Suggesting
from monitor.web.tables import Table, Tabular
from monitor.web.today import Today
from monitor.web.trying import Trying
from monitor.web.upkeep import Upkeep
from monitor.web.watchlists import Watchlists
from monitor.web.why import Why

log = logging.getLogger(__name__)

_SAID = {
    404: (
        "There is no such page",
        "The address may be cut off: copy it once more, or begin at the first page.",
    ),
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
    families = (
        *(Today(house), Feeds(house), Bringing(house), Stories(house), Trying(house)),
        *(Editing(house), Edits(house)),
        *(Watchlists(house), Archive(house), Why(house), Suggesting(house)),
        *(Additions(house), Sources(house), Search(house), Deliveries(house), Upkeep(house)),
        *(LedgerPages(house), EntryPages(house), SeriesPages(house)),
        *(Leaving(house), Statics(), entrance),
    )
    machines = Machines(house, _tables(*families))
    routes = [*machines.routes(), *(route for family in families for route in family.routes())]

    async def failed(request: Request, error: Exception) -> Response:
        return _failed(request, house, error)

    handlers = dict.fromkeys((HTTPException, sqlite3.Error, MonitorError, Exception), failed)
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False  # it would name a host
    return entrance.before(made)


def _tables(*families: object) -> list[Table]:
    """The tables of all families that have some."""
    return [table for family in families if isinstance(family, Tabular) for table in family.tables()]


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
