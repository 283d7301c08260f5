"""All watchlists as one file, and taken in from one: each is shown beside what is here before it is saved."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import bundle, taking
from monitor.edit import Change, Editor, file_of
from monitor.errors import Conflict, Invalid, MonitorError
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.taking import Brought
from monitor.web import layout
from monitor.web.bodies import Sent
from monitor.web.house import House
from monitor.web.pages import SEALED, onward, page
from monitor.web.visitor import sent, visitor

WHY = "taken in from a zip"
# Lines of changes that one page shows, and how many edits it names.
LINES, EDITS = 1_200, bundle.MOST_FILES


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that was brought, its changes line by line, and its mistakes with their lines."""

    brought: Brought
    changes: tuple[layout.Line, ...]
    faults: tuple[layout.Fault, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not saved; where somebody else changed it, what they changed."""

    file: str
    words: tuple[str, ...]
    changes: tuple[layout.Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """An edit that was made, without its texts."""

    number: int
    file: str
    new: bool


class Bringing:
    """The pages /watchlists.zip and /watchlists/import, which has to come before the watchlists by name."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/watchlists.zip", self.bundle),
            Route("/watchlists/import", self.ask, methods=["GET"]),
            Route("/watchlists/import", self.take_in, methods=["POST"]),
        ]

    def bundle(self, _: Request) -> Response:
        """All files of the folder that can be edited; the same bytes for the same files."""
        with self._house.reading() as storage:
            viewer = self._house.viewer(storage)
            found = {file: viewer.there(file).body for file in _files(viewer)}
        packed = bundle.packed({file: body for file, body in found.items() if body is not None})
        headers = SEALED | {"Content-Disposition": 'attachment; filename="watchlists.zip"'}
        return Response(packed, media_type="application/zip", headers=headers)

    def ask(self, request: Request) -> Response:
        """Where a zip is chosen; and what was just saved, by the numbers of the edits."""
        numbers = re.findall(r"\d{1,9}", request.query_params.get("edits", ""), re.ASCII)[:EDITS]
        with self._house.reading() as storage:
            made = [_made(edit) for edit in map(storage.edits.get, map(int, numbers)) if edit]
        return self._page(request, made=made)

    def take_in(self, request: Request) -> Response:
        """`do=save` saves those that are ticked; else all are compared with what is here."""
        asked = sent(request)
        body = _carried(asked) if asked.get("do") == "save" else asked.file("zip")
        if not body:
            return self._page(request, words="Choose a zip of watchlists first.", status=400)
        try:
            files = bundle.unpacked(body)
        except Invalid as error:
            words = "Nothing was taken in: what is in the zip is not as it should be."
            return self._page(request, words=words, problems=error.problems, status=400)
        except MonitorError as error:
            return self._page(request, words=f"Nothing was taken in: {error}.", status=400)
        return (
            self._save(request, asked, files)
            if asked.get("do") == "save"
            else self._look(request, body, files)
        )

    def _look(self, request: Request, body: bytes, files: dict[str, bytes]) -> Response:
        with self._house.reading() as storage:
            found = taking.compared(self._house.viewer(storage), files)
        packed = base64.urlsafe_b64encode(body).decode()
        return self._page(request, brought=_shown(found.files), breaks=found.breaks, packed=packed)

    def _save(self, request: Request, asked: Sent, files: dict[str, bytes]) -> Response:
        who, why = visitor(request).signed, asked.get("why").strip() or WHY
        changes = [
            Change(file, asked.get(f"base.{file}"), files[file], who, why)
            for file in dict.fromkeys(asked.all("file"))
            if file in files
        ]
        if not changes:
            return self._page(request, words="Nothing was ticked, and nothing was saved.", status=400)
        with self._house.writing() as storage:
            edits, refused = self._taken(storage, changes)
        if not refused:
            return onward(request, f"watchlists/import?edits={','.join(str(edit.id) for edit in edits)}")
        told = [_refusal(file, error) for file, error in refused.items()]
        return self._page(request, made=[_made(edit) for edit in edits], refused=told, status=409)

    def _taken(self, storage: Storage, changes: list[Change]) -> tuple[list[Edit], dict[str, MonitorError]]:
        found = taking.take(self._house.editor(storage), changes, self._house.clock())
        self._house.engine.reload(storage)
        return found

    def _page(self, request: Request, *, status: int = 200, **shown: object) -> Response:
        empty: dict[str, object] = {
            "words": "", "problems": (), "brought": (), "breaks": (), "packed": "", "made": (), "refused": (),
            "why": WHY,
        }  # fmt: skip
        return page(request, self._house, "import.html", empty | shown, status=status)


def _files(editor: Editor) -> list[str]:
    """The files that can be edited; one that is called as none of ours is left where it is."""
    found = []
    for name in editor.names():
        try:
            found.append(file_of(name))
        except MonitorError:
            continue
    return found


def _carried(asked: Sent) -> bytes:
    """The zip that a page has carried from its look to its save; empty where it is none."""
    try:
        return base64.b64decode(asked.get("packed"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _shown(files: tuple[Brought, ...]) -> list[Shown]:
    """Those with mistakes first, then those that differ; of all changes so many lines."""
    found, left = [], LINES
    for one in sorted(files, key=lambda one: (not one.problems, one.state == "same", one.file)):
        lines = layout.changes(one.diff)
        kept = lines[:left]
        left -= len(kept)
        if len(kept) < len(lines):
            kept = (*kept, layout.Line("@", f"{len(lines) - len(kept):,} more lines"))
        faults = layout.faults(one.body.decode("utf-8", "replace"), one.problems, one.file)
        found.append(Shown(one, kept, faults))
    return found


def _refusal(file: str, error: MonitorError) -> Refusal:
    if isinstance(error, Invalid):
        return Refusal(file, tuple(map(str, error.problems)))
    return Refusal(file, (str(error),), layout.changes(error.diff) if isinstance(error, Conflict) else ())


def _made(edit: Edit) -> Made:
    return Made(edit.id, edit.file, edit.before is None)
