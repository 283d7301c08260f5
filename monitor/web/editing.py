"""The editor of a watchlist, and of the files beside them: form or YAML, tried, saved, deleted.

The page carries all that was entered and the digest of the file that it was begun from. What cannot be saved
comes back with the reason, and nothing of it is lost.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import form
from monitor.edit import Change, Copy, Draft, Editor, diff, file_of
from monitor.errors import Conflict, Invalid, MonitorError, Problem
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.web import layout
from monitor.web.bodies import Sent
from monitor.web.drafting import FORM, YAML, Drafted, View, drafted, shown, written
from monitor.web.house import House
from monitor.web.joining import Joined, joined
from monitor.web.pages import onward, page, told
from monitor.web.suggesting import concepts
from monitor.web.trying import Tried, mistaken, tried
from monitor.web.visitor import sent, visitor
from monitor.yamledit import Uneditable

# Beside the watchlists there are pages of these names.
TAKEN = ("new", "history")
BUSY = "The database is busy. Nothing was saved, and all that you entered stands here: save it once more."


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What another did to the file meanwhile, and what became of mine."""

    edit: Edit | None
    gone: bool
    changes: tuple[layout.Line, ...]
    joined: Joined
    mine: str


class Editing:
    """The pages below /watchlists/ that change something."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/watchlists/new", self.ask, methods=["GET"]),
            Route("/watchlists/new", self.begin, methods=["POST"]),
            Route("/watchlists/{name:file}/edit", self.edit, methods=["GET"]),
            Route("/watchlists/{name:file}/edit", self.edited, methods=["POST"]),
            Route("/watchlists/{name:file}/delete", self.confirm, methods=["GET"]),
            Route("/watchlists/{name:file}/delete", self.delete, methods=["POST"]),
        ]

    # -------------------------------------------------------------- a new one

    def ask(self, request: Request) -> Response:
        return _refused(request, self._house) or self._new(request, {}, {}, 200)

    def begin(self, request: Request) -> Response:
        """From name, title and words to the editor; nothing is saved yet."""
        fields = {one.key: sent(request).get(one.key) for one in form.NEW.fields}
        vocabulary = self._house.in_force.rulebook.vocabulary
        with self._house.reading() as storage:
            known = [*self._house.viewer(storage).names(), *TAKEN]
        mistakes = form.new_mistakes(fields, known, vocabulary)
        if mistakes:
            return self._new(request, fields, mistakes, 422)
        copy = Copy(file_of(fields[form.NAME].strip()), None)
        try:
            text = form.started(fields)
        except Uneditable as error:
            return self._new(request, fields, {form.WORDS: str(error)}, 422)
        return self._page(request, shown(copy, fields[form.NAME].strip(), "", text, FORM), copy)

    def _new(
        self, request: Request, fields: dict[str, str], mistakes: dict[str, str], status: int
    ) -> Response:
        values = {"new": form.NEW, "entered": fields, "mistakes": mistakes}
        return page(request, self._house, "new.html", values, status=status)

    # -------------------------------------------------------------- the editor

    def edit(self, request: Request) -> Response:
        """The file as it is, in the view that is asked for."""
        if refused := _refused(request, self._house):
            return refused
        name = request.path_params["name"]
        with self._house.reading() as storage:
            copy = _there(self._house.viewer(storage), name)
        view: View = YAML if request.query_params.get("view") == YAML else FORM
        return self._page(request, shown(copy, name, copy.base, written(copy), view), copy)

    def edited(self, request: Request) -> Response:
        """Try, save, or show in the other view what was entered."""
        fields, name = sent(request), request.path_params["name"]
        vocabulary = self._house.in_force.rulebook.vocabulary
        copy = Copy(file_of(name), None)
        try:
            with self._house.writing() as storage:
                editor = self._house.editor(storage)
                copy = _now(editor, name)
                state = drafted(copy, name, fields, vocabulary)
                if fields.get("do") == "save" and state.text is not None and not state.problems:
                    return self._save(request, storage, editor, copy, state)
                return self._tried(request, storage, editor, copy, _turned(copy, state, fields))
        except sqlite3.Error:
            return self._page(request, drafted(copy, name, fields, vocabulary), copy, note=BUSY, status=503)
        except MonitorError as error:
            state = drafted(copy, name, fields, vocabulary)
            return self._page(request, state, copy, note=_sentence(error), status=409)

    def _save(
        self, request: Request, storage: Storage, editor: Editor, copy: Copy, state: Drafted
    ) -> Response:
        change = _change(copy, state, request)
        try:
            made = editor.save(change, self._house.clock())
        except Conflict:
            return self._overtaken(request, storage, editor, state)
        except Invalid as error:
            return self._page(request, replace(state, problems=error.problems), copy, status=422)
        except MonitorError as error:
            return self._page(request, state, copy, note=_sentence(error), status=409)
        self._house.engine.reload(storage)
        return onward(request, f"watchlists/{state.name}?edit={made.id}")

    def _tried(
        self, request: Request, storage: Storage, editor: Editor, copy: Copy, state: Drafted
    ) -> Response:
        """The editor with what the change would come to; told where another changed the file meanwhile."""
        house, stale = self._house, copy.base != state.base
        trial = tried(
            storage, house.in_force, state.name, state.text, house.clock(), house.zone,
            about=sent(request).get("about"), mistakes=mistaken(state),
        )  # fmt: skip
        if state.text is None or state.problems:
            return self._page(request, state, copy, trial=trial, stale=stale, status=422)
        draft = editor.draft(_change(copy, state, request))
        state = replace(state, problems=draft.problems)
        return self._page(request, state, copy, draft=draft, trial=trial, stale=stale)

    def _overtaken(self, request: Request, storage: Storage, editor: Editor, mine: Drafted) -> Response:
        """What the other changed, and the editor with mine on top of it."""
        editor.notice(file_of(mine.name), self._house.clock())
        copy = _now(editor, mine.name)
        base = editor.as_read(copy.file, mine.base, sent(request).get("text").replace("\r\n", "\n").encode())
        result = joined(mine, base, copy)
        last = storage.edits.last(copy.file)
        lines = layout.changes(diff(copy.file, base if base is not None else mine.body, copy.body))
        found = Overtaken(last, copy.body is None, lines, result, mine.carried)
        return self._page(request, result.state, copy, overtaken=found, status=409)

    def _page(
        self, request: Request, state: Drafted, copy: Copy, *, draft: Draft | None = None,
        trial: Tried | None = None, overtaken: Overtaken | None = None, note: str = "", stale: bool = False,
        status: int = 200,
    ) -> Response:  # fmt: skip
        made = state.form
        known = self._house.in_force.rulebook.watchlist(state.name)
        values = {
            "title": made.title if made else known.title if known else copy.file,
            "state": state,
            "file": copy.file,
            "there": copy.body is not None,
            "whole": layout.whole(state, made) if made else None,
            "parts": layout.parts(state, made) if made else (),
            "mistakes": state.mistakes,
            "faults": layout.faults(state.carried, state.problems, copy.file),
            "changes": layout.changes(draft.diff) if draft else (),
            "summary": draft.summary if draft else "",
            "overtaken": overtaken,
            "note": note,
            "stale": stale,
            "trial": trial,
            "names": concepts(self._house.in_force.rulebook.vocabulary),
        }
        values |= {key: sent(request).get(key) if "sent" in request.scope else "" for key in ("why", "about")}
        return page(request, self._house, "edit.html", values, status=status)

    # -------------------------------------------------------------- deleting

    def confirm(self, request: Request) -> Response:
        if refused := _refused(request, self._house):
            return refused
        with self._house.reading() as storage:
            copy = _there(self._house.viewer(storage), request.path_params["name"])
        return self._leave(request, copy, "", (), 200)

    def delete(self, request: Request) -> Response:
        """Delete the file, if it still says what it said on the page before."""
        name, fields = request.path_params["name"], sent(request)
        with self._house.writing() as storage:
            editor = self._house.editor(storage)
            copy = _there(editor, name)
            change = Change(copy.file, fields.get("base"), None, visitor(request).signed, fields.get("why"))
            try:
                made = editor.save(change, self._house.clock())
            except Conflict:
                words = "Somebody changed it meanwhile. Nothing was deleted: look at it as it is now."
                return self._leave(request, copy, words, (), 409)
            except Invalid as error:
                return self._leave(request, copy, "", error.problems, 422)
            self._house.engine.reload(storage)
        return onward(request, f"watchlists/?edit={made.id}")

    def _leave(
        self, request: Request, copy: Copy, note: str, problems: tuple[Problem, ...], status: int
    ) -> Response:
        values = {
            "name": request.path_params["name"],
            "copy": copy,
            "note": note,
            "problems": problems,
            "text": written(copy),
            "why": sent(request).get("why") if "sent" in request.scope else "",
        }
        return page(request, self._house, "delete.html", values, status=status)


def _refused(request: Request, house: House) -> Response | None:
    """Forms are for editors."""
    if visitor(request).may_edit:
        return None
    return told(request, house, "You may only read here", "Changing watchlists is for editors.", 403)


def _there(editor: Editor, name: str) -> Copy:
    copy = _now(editor, name)
    if copy.body is None:
        raise HTTPException(404)
    return copy


def _now(editor: Editor, name: str) -> Copy:
    """The file as it is now, or that there is none."""
    return editor.there(file_of(name))


def _turned(copy: Copy, state: Drafted, fields: Sent) -> Drafted:
    """In the other view, where that was asked for; with mistakes one stays where they can be seen."""
    if fields.get("do") != "switch" or state.text is None:
        return state
    return shown(copy, state.name, state.base, state.text, YAML if state.view == FORM else FORM)


def _change(copy: Copy, state: Drafted, request: Request) -> Change:
    return Change(copy.file, state.base, state.body, visitor(request).signed, sent(request).get("why"))


def _sentence(error: MonitorError) -> str:
    words = str(error)
    return words[:1].upper() + words[1:] + "."
