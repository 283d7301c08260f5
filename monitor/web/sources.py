"""The sources: how each is doing, what came from it, and what an editor can do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import drawing, gathering, hushed, muting, rhythm
from monitor.cadence import ago
from monitor.drawing import Drawing
from monitor.errors import MonitorError
from monitor.hushed import Hush
from monitor.model import Source, SourceState
from monitor.storage import Storage
from monitor.web import itemrows, roster, silencing
from monitor.web.addresses import Paging, number
from monitor.web.checks import Check, Checks
from monitor.web.house import House
from monitor.web.pages import onward, page, slashed
from monitor.web.roster import DAYS, FILTERS, STATES, SourceRow
from monitor.web.tables import Asked, Table
from monitor.web.visitor import sent, visitor

NEWEST, ROWS = 20, 150
_CLASSES = {
    **dict.fromkeys(("failing", "stopped", "waiting"), "bad"),
    **dict.fromkeys(("odd", "quiet", "unseen"), "warn"),
    "ok": "good",
}
_IDLE = {"stopped": "stopped", "paused": "paused by hand", "disabled": "switched off"}


class Sources:
    """The pages below /sources/."""

    def __init__(self, house: House, checks: Checks | None = None) -> None:
        self._house = house
        self._checks = checks or Checks(house)

    def routes(self) -> list[Route]:
        return [
            Route("/sources", slashed),
            Route("/sources/", self.all),
            Route("/sources/{id}", self.one),
            Route("/sources/{id}/pause", self.pause, methods=["POST"]),
            Route("/sources/{id}/resume", self.resume, methods=["POST"]),
            Route("/sources/{id}/check", self.check, methods=["POST"]),
            Route("/sources/{id}/mute", self.mute, methods=["POST"]),
            Route("/sources/{id}/unmute", self.unmute, methods=["POST"]),
        ]

    def tables(self) -> tuple[Table, ...]:
        says = "The sources, how each is doing and what came from it; the ill first."
        states = {"state": f"Only these: {', '.join(STATES)}; empty: all."}
        return (Table("sources", says, SourceRow, self._rows, FILTERS | states),)

    def _rows(self, storage: Storage, asked: Asked) -> tuple[SourceRow, ...]:
        """All that are asked for. Raises MonitorError where there is no such state."""
        house, state = self._house, asked.get("state") or "all"
        if state not in STATES:
            raise MonitorError(f"there is no such state: write {', '.join(STATES)}")
        wanted = {**asked, "state": state}
        return roster.roster(storage, house.in_force, wanted, house.clock(), house.zone).rows

    # -------------------------------------------------------------- looking

    def all(self, request: Request) -> Response:
        """All that were asked for, the ill first."""
        house, now = self._house, self._house.clock()
        asked = {name: request.query_params.get(name, "") for name in (*FILTERS, "page")}
        with house.reading() as storage:
            shown = roster.roster(storage, house.in_force, asked, now, house.zone)
        paging = Paging(asked, ROWS, -(-len(shown.rows) // ROWS))
        values = {
            "roster": shown,
            "asked": asked,
            "states": STATES,
            "chosen": roster.choices(house.in_force),
            "classes": _CLASSES,
            "since": _since(now),
            "till": _till(now),
            "rows": shown.rows[paging.skip : paging.skip + ROWS],
        } | paging.links(len(shown.rows) - paging.skip)
        return page(request, house, "sources.html", values)

    def one(self, request: Request) -> Response:
        """One source, with what came of it."""
        return self._page(request, self._asked(request))

    def _asked(self, request: Request) -> Source:
        """The source that is asked for. Raises 404."""
        source = self._house.in_force.sources.get(request.path_params["id"])
        if source is None:
            raise HTTPException(404)
        return source

    def _page(self, request: Request, source: Source, problem: str = "", status: int = 200) -> Response:
        house, now, asked = self._house, self._house.clock(), request.query_params
        with house.reading() as storage:
            health = gathering.health(storage, source, now)
            items = storage.items.latest(source.id, NEWEST)
            mutes = self._mutes(storage, source, now)
            lately = storage.items.per_source(now - timedelta(days=DAYS)).get(source.id, 0)
            shown = {
                "items": itemrows.rows(storage, house.in_force, items, house.zone),
                "row": roster.row(health, items[0] if items else None, lately, mutes, house.zone),
                "alarms": [one for one in storage.alarms.known() if one.source == source.id],
                "chart": _chart(storage, source, health.state, now, house.zone),
                "edit": storage.edits.get(number(asked.get("edit", ""))),
            }
        check = self._checks.last(source.id)
        shown |= {
            "source": source,
            "health": health,
            "mutes": [(one, hushed.said(one, house.zone)) for one in mutes],
            "check": check if check and _names(check, asked.get("check", "")) else None,
            "running": check is not None and check.ended is None,
            "beat": _beat(source, health.state, now),
            "classes": _CLASSES,
            "idle": _IDLE.get(health.status, ""),
            "watchlists": [(one.id, one.title) for one in house.in_force.watchlists],
            "days": muting.DAYS,
            "problem": problem,
        }
        return page(request, house, "source.html", shown, status=status)

    def _mutes(self, storage: Storage, source: Source, now: datetime) -> list[Hush]:
        mutes = hushed.hushes(storage.feedback.quiets(now), self._house.in_force.watchlists, now)
        return mutes.get(source.id, [])

    # -------------------------------------------------------------- changing

    def pause(self, request: Request) -> Response:
        """Stop polling it until it is resumed."""
        return self._pause(request, paused=True)

    def resume(self, request: Request) -> Response:
        """Poll it again; one that is gone too."""
        return self._pause(request, paused=False)

    def _pause(self, request: Request, *, paused: bool) -> Response:
        source = self._asked(request)
        with self._house.writing() as storage, storage.write():
            storage.sources.pause(source.id, paused=paused)
        return onward(request, f"sources/{source.id}")

    def check(self, request: Request) -> Response:
        """Look at it now; what comes of it is on the page after."""
        source = self._asked(request)
        if source.disabled:
            return self._page(request, source, f"It is switched off: {source.disabled}.", 409)
        try:
            check = self._checks.run(source)
        except MonitorError as error:
            return self._page(request, source, f"Not looked at: {error}.", 503)
        return onward(request, f"sources/{source.id}?check={check.number}")

    def mute(self, request: Request) -> Response:
        """Tell nothing of it for a while: everywhere, or in one watchlist."""
        source, form, me = self._asked(request), sent(request), visitor(request)
        now = self._house.clock()
        try:
            until = silencing.until(form.get("days"), form.get("until"), now, self._house.zone)
            with self._house.writing() as storage:
                if watchlist := form.get("watchlist"):
                    edit = silencing.in_watchlist(self._house, storage, source, watchlist, until, me, now)
                    return onward(request, f"sources/{source.id}?edit={edit.id}")
                silencing.everywhere(self._house, storage, source, until, me, now)
        except MonitorError as error:
            return self._page(request, source, f"Not muted: {error}.", 409)
        return onward(request, f"sources/{source.id}")

    def unmute(self, request: Request) -> Response:
        """Take back what people muted; what a watchlist's file mutes is changed there."""
        source, me = self._asked(request), visitor(request)
        with self._house.writing() as storage:
            silencing.end(storage, source, me, self._house.clock())
        return onward(request, f"sources/{source.id}")


def _names(check: Check, number: str) -> bool:
    return number == str(check.number) or check.ended is None


def _since(now: datetime) -> Callable[[datetime | None], str]:
    return lambda moment: (
        f"{ago(now - moment)} ago" if moment and moment <= now else "" if not moment else "now"
    )


def _till(now: datetime) -> Callable[[datetime | None], str]:
    return lambda moment: "" if moment is None else f"in {ago(moment - now)}" if moment > now else "now"


def _beat(source: Source, state: SourceState, now: datetime) -> str:
    """How often it usually has something, and for how long it had nothing."""
    usual = rhythm.usual_pause(state.rhythm, source.zone, now)
    last = max((moment for moment in (state.newest, state.last_new) if moment), default=None)
    said = (
        [f"Usually something new every {ago(usual)}"] if usual else ["Too little is known of its habits yet"]
    )
    said += [f"nothing newer than {ago(now - last)}"] if last and last <= now else []
    return "; ".join(said) + "."


def _chart(storage: Storage, source: Source, state: SourceState, now: datetime, zone: str) -> Drawing:
    """Items a day, with how many its habits would have had."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    starts = [datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in days]
    counts = storage.items.per_day(source.id, starts[0])
    values = [counts.get(number, 0) for number in range(DAYS)]
    usual = _usual(source, state, [*starts, now])
    return drawing.bars(
        values,
        title=f"Items of {source.name} a day",
        said=f"{sum(values):,} items in {DAYS} days, at most {max(values)} on one day.",
        labels=[_short(day) for day in days],
        second=usual,
        names=("items", "usual by its habits") if usual else (),
        head="day",
    )


def _usual(source: Source, state: SourceState, edges: list[datetime]) -> list[float]:
    """What its habits have for each day; nothing where they are not known."""
    known = state.rhythm
    if known is None or known.count < rhythm.ENOUGH:
        return []
    pairs = pairwise(edges)
    return [round(rhythm.expected(known, source.zone, start, max(start, end)), 1) for start, end in pairs]


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"
