"""What was changed in the files, by whom and why, and how it is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Annotated

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.edit import file_of
from monitor.errors import Conflict, Invalid, MonitorError
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.web import layout
from monitor.web.house import House
from monitor.web.pages import onward, page
from monitor.web.tables import Asked, Table
from monitor.web.visitor import sent, visitor

ROWS = 50


@dataclass(frozen=True, slots=True)
class EditRow:
    """One change of one file."""

    edit: Annotated[int, Field(description="Its number; 0 where it was done by hand and is not filed yet.")]
    at: Annotated[datetime, Field(description="When.")]
    file: Annotated[
        str, Field(description="The file, without .yaml: a watchlist's name, or concepts and so on.")
    ]
    who: Annotated[str, Field(description="Who made it.")]
    why: Annotated[str, Field(description="Why, in their words.")]
    added: Annotated[int, Field(description="Lines that are new.")]
    removed: Annotated[int, Field(description="Lines that are gone.")]
    kind: Annotated[str, Field(description="new, changed or deleted.")]


class Edits:
    """The pages below /watchlists/history, /watchlists/{name}/history and /edits/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/watchlists/history", self.history),
            Route("/watchlists/{name:file}/history", self.history, methods=["GET"]),
            Route("/watchlists/{name:file}/history", self.notice, methods=["POST"]),
            Route("/edits/{number:number}", self.edit),
            Route("/edits/{number:number}/revert", self.revert, methods=["POST"]),
        ]

    def tables(self) -> tuple[Table, ...]:
        filters = {"watchlist": "Of this file alone, by its name without .yaml."}
        return (
            Table(
                "edits",
                "Changes of watchlists and the files beside them.",
                EditRow,
                self._all,
                filters,
                _rows,
            ),
        )

    def _all(self, storage: Storage, asked: Asked) -> Iterator[Edit]:
        """The newest first; what was done by hand and is not filed before all."""
        return self._house.viewer(storage).all(self._house.clock(), asked.get("watchlist", ""))

    def history(self, request: Request) -> Response:
        name = request.path_params.get("name", "")
        with self._house.reading() as storage:
            viewer = self._house.viewer(storage)
            rows = _rows(storage, viewer.look(self._house.clock(), ROWS, name))
            known = name in viewer.names()
            by_hand = viewer.by_hand(file_of(name), self._house.clock()) if name else None
        if name and not known and not rows:
            raise HTTPException(404)
        shown = {
            "name": name, "rows": rows, "there": known, "most": ROWS,
            "by_hand": layout.changed(by_hand) if by_hand else (),
        }  # fmt: skip
        return page(request, self._house, "history.html", shown)

    def notice(self, request: Request) -> Response:
        """File what was done by hand, so that it has a number and can be taken back."""
        file = file_of(request.path_params["name"])
        with self._house.writing() as storage:
            self._house.editor(storage).notice(file, self._house.clock())
            last = storage.edits.last(file)
        return onward(request, f"edits/{last.id}" if last else "watchlists/history")

    def edit(self, request: Request) -> Response:
        with self._house.reading() as storage:
            found = self._found(storage, request.path_params["number"])
            there = found.file.removesuffix(".yaml") in self._house.viewer(storage).names()
            later = len(storage.edits.later(found))
        return self._page(request, found, there=there, later=later)

    def revert(self, request: Request) -> Response:
        """Bring back what the file said before; where it was changed since, only with `force`."""
        number, fields = request.path_params["number"], sent(request)
        with self._house.writing() as storage:
            editor, now = self._house.editor(storage), self._house.clock()
            found = self._found(storage, number)
            editor.notice(found.file, now)
            last = storage.edits.last(found.file)
            # Whoever says so has seen all that goes with it, and nobody has changed it since.
            force = last is not None and fields.get("force") == str(last.id)
            try:
                made = editor.revert(number, visitor(request).signed, fields.get("why"), now, force=force)
            except Conflict as error:
                later = storage.edits.later(found)
                return self._page(request, found, overtaken=later, lost=error.diff, status=409)
            except MonitorError as error:
                problems = error.problems if isinstance(error, Invalid) else ()
                note = "" if problems else f"Nothing was changed: {error}."
                return self._page(request, found, problems=problems, note=note, status=422)
            self._house.engine.reload(storage)
        name = made.file.removesuffix(".yaml")
        return onward(
            request, f"watchlists/{name}?edit={made.id}" if made.after else f"watchlists/?edit={made.id}"
        )

    def _found(self, storage: Storage, number: int) -> Edit:
        found = storage.edits.get(number)
        if found is None:
            raise HTTPException(404)
        return found

    def _page(self, request: Request, found: Edit, *, status: int = 200, **more: object) -> Response:
        shown = {
            "edit": found, "name": found.file.removesuffix(".yaml"), "kind": _row(found).kind,
            "changes": layout.changed(found), "there": True, "later": 0, "overtaken": (),
            "problems": (), "note": "",
        } | more  # fmt: skip
        shown["lost"] = layout.changes(str(more.get("lost", "")))
        return page(request, self._house, "edit_shown.html", shown, status=status)


def _rows(_: Storage, found: Iterable[Edit]) -> list[EditRow]:
    return [_row(one) for one in found]


def _row(edit: Edit) -> EditRow:
    kind = "new" if edit.before is None else "deleted" if edit.after is None else "changed"
    added, removed = _counts(edit.before or b"", edit.after or b"")
    return EditRow(
        edit.id, edit.at, edit.file.removesuffix(".yaml"), edit.who, edit.why, added, removed, kind
    )


def _counts(before: bytes, after: bytes) -> tuple[int, int]:
    """How many lines came and went. Only what lies between the first and the last that differ is compared:
    a list has many edits of long files, and most change a few lines."""
    was, is_ = before.splitlines(), after.splitlines()
    ahead = _alike(was, is_)
    was, is_ = was[ahead:][::-1], is_[ahead:][::-1]
    behind = _alike(was, is_)
    parts = SequenceMatcher(None, was[behind:], is_[behind:]).get_opcodes()
    told = [part for part in parts if part[0] != "equal"]
    return sum(part[4] - part[3] for part in told), sum(part[2] - part[1] for part in told)


def _alike(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many lines are the same before the first that differs."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
