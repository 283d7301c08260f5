"""A row of a ledger: its history with the evidence, and what a person puts right in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor import sheet, wording
from monitor.correcting import Correcting, Signed, mark
from monitor.errors import MonitorError
from monitor.keeping import Keeping
from monitor.ledger import Deadline, Entry, Ledger
from monitor.ledgers import HAND
from monitor.looks import Sighting
from monitor.storage import Storage
from monitor.storage.ledgers import Filed
from monitor.web.house import House
from monitor.web.ledgerrows import history
from monitor.web.ledgers import entry_path, ledger_at, said
from monitor.web.pages import HEADERS, onward, page, root
from monitor.web.visitor import sent, visitor

# So many steps of a row are shown, and so many rows are offered to join it with.
STEPS, OTHERS = 300, 2000
_MEANWHILE = (
    "Somebody else, or news, changed this row while you had it open. Nothing of yours was filed. "
    "This is how it stands now: look whether yours still holds, and send it again."
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A step as the page shows it. `mark` names it in a form; empty where it cannot be undone."""

    number: int
    mark: str
    rung: str
    day: str
    words: str
    title: str
    link: str
    says: str
    hand: bool
    undone: bool
    item: int
    story: str
    seen: tuple[Sighting, ...]


class _Changed(MonitorError):
    """The row is not as it was when the form was written."""


_Change = Callable[[Correcting, Ledger, Entry], str]


class EntryPages:
    """The pages /ledgers/{ledger}/{key}. A key may have slashes; what is sent goes to one level below."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        below = "/ledgers/{ledger}/{key:path}"
        changes = {"correct": self.correct, "undo": self.undo, "rename": self.rename, "join": self.join}
        posted = [Route(f"{below}/{name}", to, methods=["POST"]) for name, to in changes.items()]
        return [*posted, Route(below, self.entry, methods=["GET", "HEAD"])]

    def entry(self, request: Request) -> Response:
        """The row; one that is part of another now leads there."""
        ledger, key = ledger_at(self._house, request), request.path_params["key"]
        with self._house.reading() as storage:
            found = self._keeping(storage).found(ledger, key)
            if found is None:
                raise HTTPException(404)
            if found.key != key:
                where = (
                    f"{root(request.url.path)}{entry_path(ledger, found.key)}?joined={quote(key, safe='')}"
                )
                return RedirectResponse(where, 303, HEADERS)
            return self._page(request, storage, ledger, found, _done(request, storage, ledger, found))

    def _keeping(self, storage: Storage) -> Keeping:
        return Keeping(storage, self._house.in_force, self._house.clock())

    def _page(
        self, request: Request, storage: Storage, ledger: Ledger, entry: Entry, done: str = "",
        problem: str = "", status: int = 200,
    ) -> Response:  # fmt: skip
        now, zone = self._house.clock(), self._house.zone
        (row,) = sheet.rows(ledger, [entry], now)
        steps, seed = history(storage, entry), ledger.seed(entry.key)
        written = sent(request) if problem else None
        editing = visitor(request).may_edit
        others = self._others(storage, ledger, entry) if editing else []
        shown = {
            "ledger": ledger,
            "path": entry_path(ledger, entry.key),
            "entry": entry,
            "row": row,
            "since": wording.day(row.since, zone) if row.since else "",
            "last": wording.day(row.last, zone),
            "due": wording.calendar(row.due) if row.due else "",
            "by": sheet.by_whom(row.source, row.tier, self._house.in_force.called),
            "details": [(kind, said(kind, words)) for kind, words in row.details],
            "deadlines": [
                (wording.calendar(d.day), d.what, _stands(entry, d, now)) for d in _dues(ledger, entry)
            ],
            "seed": seed,
            "steps": [self._telling(storage, ledger, one) for one in steps[:STEPS]],
            "more": max(len(steps) - STEPS, 0),
            "mark": mark(entry),
            "today": now.date().isoformat(),
            "others": others,
            "done": done,
            "problem": problem,
            "written": {name: written.get(name) if written else "" for name in _FIELDS},
        }
        return page(request, self._house, "entry.html", shown, status=status)

    def _telling(self, storage: Storage, ledger: Ledger, one: Filed) -> Telling:
        step = one.step
        member = storage.stories.of(step.item) if step.item else None
        words = step.words or one.title
        return Telling(
            step.number, "" if step.undone else _named(one), ledger.called(step.rung) or step.rung,
            wording.day(step.at, self._house.zone), words, one.title if one.title != words else "",
            one.link, sheet.says(step, self._house.in_force.called), step.tier == HAND, step.undone,
            step.item, member.story if member else "",
            tuple(storage.looks.sightings(step.item)) if step.item else (),
        )  # fmt: skip

    def _others(self, storage: Storage, ledger: Ledger, entry: Entry) -> list[tuple[str, str]]:
        """The key and the title of the other rows, by title."""
        known = {seed.key: seed.title for seed in ledger.seeds} | storage.ledgers.names(ledger)
        found = [(key, title) for key, title in known.items() if title and key != entry.key]
        return sorted(found, key=lambda one: one[1].casefold())[:OTHERS]

    # -------------------------------------------------------------- by hand

    def correct(self, request: Request) -> Response:
        """Where the row really stands, since when and why."""
        written = sent(request)

        def change(hand: Correcting, ledger: Ledger, entry: Entry) -> str:
            on = _day(written.get("on"))
            number = hand.correct(entry, written.get("rung"), on, self._signed(request))
            return f"{entry_path(ledger, entry.key)}?step={number}"

        return self._change(request, change)

    def undo(self, request: Request) -> Response:
        """A step that is none."""
        written = sent(request)

        def change(hand: Correcting, ledger: Ledger, entry: Entry) -> str:
            with_numbers = hand.again(entry)
            wanted = written.get("step")
            step = next((s.number for s in with_numbers.steps if _named(Filed(s, "", "")) == wanted), 0)
            hand.undo(entry, step, self._signed(request))
            return f"{entry_path(ledger, entry.key)}?undone={step}"

        return self._change(request, change)

    def rename(self, request: Request) -> Response:
        """Another name."""
        written = sent(request)

        def change(hand: Correcting, ledger: Ledger, entry: Entry) -> str:
            hand.rename(entry, written.get("title"))
            return f"{entry_path(ledger, entry.key)}?named=1"

        return self._change(request, change)

    def join(self, request: Request) -> Response:
        """Part of another row."""
        written = sent(request)

        def change(hand: Correcting, ledger: Ledger, entry: Entry) -> str:
            if not written.get("into"):
                raise MonitorError("choose the row that this one is part of")
            into = hand.row(written.get("into"))
            hand.join(entry, into)
            return f"{entry_path(ledger, into.key)}?joined={quote(entry.key, safe='')}"

        return self._change(request, change)

    def _signed(self, request: Request) -> Signed:
        return Signed(visitor(request).signed, sent(request).get("why"))

    def _change(self, request: Request, change: _Change) -> Response:
        """Change the row if it still is as its reader saw it, and show what became of it."""
        ledger, key = ledger_at(self._house, request), request.path_params["key"]
        with self._house.writing() as storage:
            try:
                with storage.write():
                    where = self._changed(request, storage, ledger, change)
            except MonitorError as error:
                entry = self._keeping(storage).found(ledger, key)
                if entry is None:
                    raise HTTPException(404) from None
                status = 409 if isinstance(error, _Changed) else 422
                return self._page(request, storage, ledger, entry, problem=_sentence(error), status=status)
        return onward(request, where)

    def _changed(self, request: Request, storage: Storage, ledger: Ledger, change: _Change) -> str:
        key = request.path_params["key"]
        entry = self._keeping(storage).filed(ledger, key)
        if entry is None:
            raise HTTPException(404)
        if entry.key != key or mark(entry) != sent(request).get("mark"):
            raise _Changed(_MEANWHILE)
        return change(Correcting(storage, ledger, self._house.in_force, self._house.clock()), ledger, entry)


_FIELDS = ("rung", "on", "why", "title", "into")


def _done(request: Request, storage: Storage, ledger: Ledger, entry: Entry) -> str:
    """What was just changed, as our records have it; empty where they do not."""
    asked = request.query_params
    for step in entry.steps:
        if step.by and str(step.number) == asked.get("undone") and step.undone:
            return f"Undone by {step.by}: {ledger.called(step.rung)}. It is kept below, and does not count."
        if step.by and str(step.number) == asked.get("step") and not step.undone:
            since = wording.day(step.at)
            later = "" if entry.rung == step.rung else f". Later news has it on {ledger.called(entry.rung)}"
            return f"Filed by {step.by}: {ledger.called(step.rung)} since {since}, because {step.why}{later}"
    if asked.get("named"):
        return f"It is called {entry.title} now."
    joined = asked.get("joined", "")
    other = storage.ledgers.get(ledger, joined) if joined and joined != entry.key else None
    return f"{joined} is part of this row now." if other and other.key == entry.key else ""


def _named(one: Filed) -> str:
    """What names a step in a form: its number; of the file's, which may not be filed yet, what it says."""
    step = one.step
    return f"{step.rung}@{step.at:%Y-%m-%d}" if step.given else str(step.number)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise MonitorError("that is no day: write it as 2026-03-01") from None


def _sentence(error: Exception) -> str:
    words = str(error)
    return words if words.endswith(".") else f"That could not be filed: {words}."


def _dues(ledger: Ledger, entry: Entry) -> tuple[Deadline, ...]:
    seed = ledger.seed(entry.key)
    return tuple(sorted(seed.deadlines, key=lambda one: one.day)) if seed else ()


def _stands(entry: Entry, deadline: Deadline, now: datetime) -> str:
    """What became of a deadline: passed, overdue, ahead; empty of one that holds no more."""
    if not entry.awaits(deadline):
        return "holds no more"
    if deadline.day >= now.date():
        return "ahead"
    return "passed" if entry.heard(deadline) else "overdue"
