"""The watchlists: what each told, how much of it was useful, when it was edited; and one of them, as it is in
force."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Annotated

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import drawing
from monitor.drawing import Drawing
from monitor.edit import BY_HAND, Editor, file_of
from monitor.errors import Problem
from monitor.feedback import Opinion, Said
from monitor.folder import SHARED, SOURCES
from monitor.storage import Storage
from monitor.storage.edits import Edit, Touched, digest
from monitor.web import layout
from monitor.web.addresses import number
from monitor.web.house import House
from monitor.web.pages import page
from monitor.web.tables import Asked, Table

LATEST, EDITS = 20, 5
DAYS, WEEK = 30, 7
# A file that is longer is to be seen in the editor.
LONG = 40_000
OTHERS = {
    "concepts": "Meanings by name, and their words in every language",
    "entities": "Companies, agencies, plants and places by name",
    "kinds": "Kinds of text, such as an opinion or a summary of the market",
    "ledgers": "What is followed from one rung to the next",
    "sources": "What is read, and how often",
}


@dataclass(frozen=True, slots=True)
class WatchlistRow:
    """A watchlist, or the file of one that cannot be used."""

    name: Annotated[str, Field(description="Its name, which is that of its file without .yaml.")]
    title: Annotated[str, Field(description="What it is called in alerts.")]
    told_7: Annotated[int, Field(description="Alerts told in the last 7 days.")]
    told_30: Annotated[int, Field(description="Alerts told in the last 30 days.")]
    precision: Annotated[
        float | None,
        Field(description="The share that was useful, 0 to 1, of those of 30 days that somebody marked."),
    ]
    marked: Annotated[int, Field(description="Alerts of the last 30 days that somebody marked.")]
    alert: Annotated[int | None, Field(description="The score from which it is told at once.")]
    digest: Annotated[int | None, Field(description="The score from which it is in the digest.")]
    edited: Annotated[datetime | None, Field(description="When it was edited last.")]
    edited_by: Annotated[str, Field(description="Who edited it last.")]
    in_force: Annotated[bool, Field(description="Whether it is in force, in this or in its last good text.")]
    problems: Annotated[tuple[str, ...], Field(description="What is wrong with its file, with the line.")]


class Watchlists:
    """The pages below /watchlists/ that only show."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/watchlists/", self.overview),
            Route("/watchlists/{name:file}", self.watchlist),
        ]

    def tables(self) -> tuple[Table, ...]:
        return (Table("watchlists", "The watchlists and how they do.", WatchlistRow, self._table),)

    # -------------------------------------------------------------- all

    def overview(self, request: Request) -> Response:
        now = self._house.clock()
        with self._house.reading() as storage:
            said = storage.feedback.said(now - timedelta(days=DAYS))
            rows = self._rows(storage, said, now)
            names = self._house.viewer(storage).names()
            made = _asked(request, storage)
        told: dict[str, list[Said]] = defaultdict(list)
        for one in said:
            told[one.watchlist].append(one)
        shown = {
            "rows": rows, "drawings": {row.name: _drawing(told[row.name], now) for row in rows},
            "others": {name: OTHERS[name] for name in OTHERS if name in names},
            "made": made, "changes": layout.changed(made) if made else (),
            "problems": self._shared_problems(),
        }  # fmt: skip
        return page(request, self._house, "watchlists.html", shown)

    def _table(self, storage: Storage, _: Asked) -> list[WatchlistRow]:
        now = self._house.clock()
        return self._rows(storage, storage.feedback.said(now - timedelta(days=DAYS)), now)

    def _rows(self, storage: Storage, said: Sequence[Said], now: datetime) -> list[WatchlistRow]:
        """Those with a problem first, then by how much they told."""
        in_force = self._house.in_force
        month = Counter(one.watchlist for one in said)
        week = Counter(one.watchlist for one in said if one.told >= now - timedelta(days=WEEK))
        useful = Counter(one.watchlist for one in said if one.opinion is Opinion.USEFUL)
        marked = Counter(one.watchlist for one in said if one.opinion)
        viewer = self._house.viewer(storage)
        touched = {one.file: one for one in storage.edits.touched()}
        known = {one.id: one for one in in_force.watchlists}
        files = {name for name in viewer.names() if f"{name}.yaml" not in (*SHARED, SOURCES)}
        rows = []
        for name in sorted({*files, *known}):
            one, problems = known.get(name), self._problems(f"{name}.yaml")
            when, who = _edited(viewer, name, touched.get(f"{name}.yaml"), now)
            share = useful[name] / marked[name] if marked[name] else None
            rows.append(
                WatchlistRow(
                    name, one.title if one else name, week[name], month[name], share, marked[name],
                    one.alert if one else None, one.digest if one else None, when, who,
                    one is not None, tuple(str(problem) for problem in problems),
                )
            )  # fmt: skip
        return sorted(rows, key=lambda row: (not row.problems, -row.told_30, row.title.lower()))

    def _problems(self, file: str) -> list[Problem]:
        return [one for one in self._house.in_force.problems if PurePath(one.file).name == file]

    def _shared_problems(self) -> list[Problem]:
        return [problem for file in (*SHARED, SOURCES) for problem in self._problems(file)]

    # -------------------------------------------------------------- one

    def watchlist(self, request: Request) -> Response:
        """One file: what is in force of it, what is wrong with it, its newest alerts and edits."""
        name = request.path_params["name"]
        file, rulebook = file_of(name), self._house.in_force.rulebook
        found = rulebook.watchlist(name)
        with self._house.reading() as storage:
            viewer = self._house.viewer(storage)
            there = name in viewer.names()
            edits = viewer.look(self._house.clock(), EDITS, name)
            if found is None and not there and not edits:
                raise HTTPException(404)
            body = viewer.copy(name).body if there else None
            alerts = list(storage.alerts.latest(LATEST, name)) if found else []
            made = _asked(request, storage, file)
        text, now = rulebook.texts.get(file, ""), (body or b"").decode("utf-8-sig", "replace")
        shown = {
            "name": name, "file": file, "there": there, "watchlist": found, "alerts": alerts, "edits": edits,
            "text": text or now, "long": len(text or now) > LONG, "stands": not text or text == now,
            "faults": layout.faults(now, self._problems(file), file), "says": OTHERS.get(name, ""),
            "made": made, "changes": layout.changed(made) if made else (),
        }  # fmt: skip
        return page(request, self._house, "watchlist.html", shown)


def _drawing(said: Sequence[Said], now: datetime) -> Drawing:
    """How many were told, by day, up to now."""
    days = Counter((now - one.told).days for one in said)
    counts = [days[day] for day in range(DAYS - 1, -1, -1)]
    words = f"Told by day in the last {DAYS} days: {max(counts)} at most, {counts[-1]} in the last one."
    return drawing.spark(counts if any(counts) else (), title="Told by day", said=words)


def _asked(request: Request, storage: Storage, file: str = "") -> Edit | None:
    """The edit that was just made, by its number in the address; of this file alone."""
    found = storage.edits.get(number(request.query_params.get("edit", "")))
    return found if found and file in ("", found.file) else None


def _edited(viewer: Editor, name: str, last: Touched | None, now: datetime) -> tuple[datetime | None, str]:
    """When and by whom; what was done by hand since counts too."""
    if last is None:
        return None, ""
    body = viewer.copy(name).body if name in viewer.names() else None
    if digest(body) == last.after_hash:
        return last.at, last.who
    found = viewer.by_hand(last.file, now)
    return (found.at if found else last.at), BY_HAND
