"""`/signals watch`: the modal in which people change a watchlist, from the first view to the saved edit.

Each step answers the view to show next. What Slack carries back is checked against our own files, and
who may save is asked of the settings each time.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from monitor import edited, form, modalview, watchlists, wording
from monitor.edit import Copy, diff, file_of
from monitor.errors import Conflict, Invalid, MonitorError
from monitor.feedback import Person
from monitor.form import Entered, Form
from monitor.live import InForce
from monitor.modalview import CREATE, EDIT, PREVIEW, START, UNDO, Draft
from monitor.room import Room
from monitor.storage.edits import Edit, digest
from monitor.talk import Block, Check, Press, Submission
from monitor.text import shorten
from monitor.trial import trial
from monitor.written import WatchlistFile
from monitor.yamlfile import decode, read

OLD = "This form is of an earlier release. Close it and type /signals watch again."
LISTED = 3
View = dict[str, Any]


# ------------------------------------------------------------------ before anything is asked of the database


def check(in_force: InForce, submission: Submission) -> Check:
    """The mistakes at their fields; without any, that it is being saved."""
    draft, rulebook = Draft.parse(submission.private), in_force.rulebook
    found: dict[str, str] = {}
    if draft is not None and submission.callback == CREATE:
        known = [watchlist.id for watchlist in in_force.watchlists]
        found = form.new_mistakes(draft.entered(submission.values), known, rulebook.vocabulary)
    elif draft is not None:
        text = rulebook.texts.get(f"{draft.name}.yaml")
        # Where it was changed meanwhile there is more to say than a field can: that comes later.
        if text is not None and digest(text.encode()) == draft.base:
            value = read(f"{draft.name}.yaml", text, WatchlistFile).value
            found = form.mistakes(value, draft.entered(submission.values), rulebook.vocabulary)
    if draft is not None and found:
        return Check(errors={draft.block(key): wrong for key, wrong in found.items()})
    return Check(view=modalview.waiting("Saving…"))


def waits(press: Press) -> View | None:
    """What to show while the answer to a press takes its time."""
    return modalview.waiting("Trying it on the stored items…") if press.action == PREVIEW else None


def again(in_force: InForce, event: Press | Submission, words: str) -> View:
    """The form as it was entered, after something went wrong."""
    draft = Draft.parse(event.private)
    if draft is None:
        return modalview.told(words)
    entered = draft.entered(event.values)
    text = in_force.rulebook.texts.get(f"{draft.name}.yaml")
    if text is None:
        return modalview.create(entered, modalview.warned(words))
    made = form.form(read(f"{draft.name}.yaml", text, WatchlistFile).value)
    return modalview.edit(draft, made, entered, modalview.warned(words))


# ------------------------------------------------------------------ the views one after the other


def first(room: Room, who: Person, name: str = "") -> View:
    """The form of a watchlist that was named; else the choice."""
    known = _known(room)
    wanted = name.strip().lower()
    if wanted in known:
        return _form(room, who, wanted)
    if not wanted:
        return modalview.choose(list(known.items()), 0, may_edit=room.may_edit(who))
    near = difflib.get_close_matches(wanted, known, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return modalview.told(
        f"No watchlist is called '{shorten(name, 80)}'.{meant} /signals watchlists has them."
    )


def pressed(room: Room, press: Press) -> View:
    """What comes after a button or a choice in the modal."""
    if press.action == PREVIEW:
        return _previewed(room, press)
    if press.action == UNDO:
        return _taken_back(room, press)
    if press.action == START:
        refused = _refusal(room, press.who)
        return modalview.told(refused) if refused else modalview.create({})
    if press.action == modalview.CHOOSE:
        name = next((one for one in _known(room) if one[:150] == press.chosen), "")
        return _form(room, press.who, name) if name else modalview.told("That watchlist is gone.")
    if press.action.partition(".")[0] != modalview.PAGE:
        return modalview.told(OLD)
    page = int(press.value) if press.value.isascii() and press.value.isdigit() else 0
    return modalview.choose(list(_known(room).items()), page, may_edit=room.may_edit(press.who))


def submitted(room: Room, submission: Submission) -> View:
    """Save what was entered: what came of it, or the form again with what stands against it."""
    draft = Draft.parse(submission.private)
    refused = _refusal(room, submission.who)
    if refused or draft is None or submission.callback not in (EDIT, CREATE):
        return modalview.told(refused or OLD)
    entered = draft.entered(submission.values)
    if submission.callback == CREATE:
        return _create(room, submission.who, entered)
    return _save(room, submission.who, draft, entered)


def _known(room: Room) -> Mapping[str, str]:
    return {watchlist.id: watchlist.title for watchlist in room.in_force.watchlists}


def _refusal(room: Room, who: Person) -> str:
    if room.may_edit(who):
        return ""
    return (
        "Changing watchlists is for those whom the settings name. To be one of them, ask whoever runs "
        f'Signal Monitor to add your id to monitor.toml: [slack] editors = ["{shorten(who.id, 40)}"]'
    )


def _form(room: Room, who: Person, name: str) -> View:
    try:
        copy, made = _read(room, name)
    except MonitorError as error:
        return modalview.told(f"{error}", "Mend the file by hand; then it can be changed here.")
    refused = _refusal(room, who)
    if refused:
        return modalview.shown(made, refused, _link(room, name))
    return modalview.edit(Draft(name, copy.base), made, {}, link=_link(room, name))


def _read(room: Room, name: str) -> tuple[Copy, Form]:
    """The file as it is now, and its form. Raises MonitorError."""
    copy = room.editor.copy(name)
    return copy, form.form(_value(copy))


def _value(copy: Copy) -> WatchlistFile:
    return read(copy.file, decode(copy.file, copy.body or b""), WatchlistFile).value


def _link(room: Room, name: str) -> str:
    return f"{room.web.rstrip('/')}/watchlists/{name}" if room.web else ""


# ------------------------------------------------------------------ trying


def _previewed(room: Room, press: Press) -> View:
    draft = Draft.parse(press.private)
    if draft is None:
        return modalview.told(OLD)
    entered = draft.entered(press.values)
    copy, made = _read(room, draft.name)
    if copy.base != draft.base:
        return _overtaken(room, draft, entered, copy, made)
    notes = _notes(room, copy, made, entered) or _tried(room, draft.name, copy, made, entered)
    return modalview.edit(draft, made, entered, notes, _link(room, draft.name))


def _notes(room: Room, copy: Copy, made: Form, entered: Entered) -> list[Block]:
    """What stands against it."""
    found = form.mistakes(_value(copy), entered, room.in_force.rulebook.vocabulary)
    if found:
        return modalview.mistaken(made, found)
    return [] if made.changed(entered) else modalview.warned("Nothing is changed yet.")


def _tried(room: Room, name: str, copy: Copy, made: Form, entered: Entered) -> list[Block]:
    texts = {**room.in_force.rulebook.texts, copy.file: _text(copy, made, entered)}
    rules, problems = watchlists.build(texts)
    if problems:
        return modalview.warned(*(str(problem) for problem in problems[:LISTED]))
    before, after = (
        [w for w in some if w.id == name] for some in (room.in_force.watchlists, rules.watchlists)
    )
    tried = trial(
        room.storage, room.in_force.sources, after, room.now, before=before, limit=LISTED, zone=room.zone
    )
    return modalview.preview(tried, name)


def _text(copy: Copy, made: Form, entered: Entered) -> str:
    """The whole file with what was entered; what the bytes begin with stays."""
    return form.applied((copy.body or b"").decode("utf-8"), made, entered)


# ------------------------------------------------------------------ saving


def _save(room: Room, who: Person, draft: Draft, entered: Entered) -> View:
    copy, made = _read(room, draft.name)
    if copy.base != draft.base:
        return _overtaken(room, draft, entered, copy, made)
    notes = _notes(room, copy, made, entered)
    if not notes:
        try:
            body = _text(copy, made, entered).encode("utf-8")
            return _saved(room.editor.save(copy.change(body, _signed(who)), room.now))
        except Conflict:  # saved by another in this moment
            return _overtaken(room, draft, entered, *_read(room, draft.name))
        except MonitorError as error:
            notes = modalview.warned(*_told(error))
    return modalview.edit(draft, made, entered, notes, _link(room, draft.name))


def _create(room: Room, who: Person, entered: Entered) -> View:
    found = form.new_mistakes(entered, room.editor.names(), room.in_force.rulebook.vocabulary)
    if found:
        return modalview.create(entered, modalview.mistaken(form.NEW, found))
    try:
        copy = Copy(file_of(entered[form.NAME].strip()), None)
        change = copy.change(form.started(entered).encode("utf-8"), _signed(who))
        return _saved(room.editor.save(change, room.now))
    except MonitorError as error:
        return modalview.create(entered, modalview.warned(*_told(error)))


def _signed(who: Person) -> str:
    return f"{who.name or who.id} in Slack"


def _told(error: MonitorError) -> list[str]:
    problems = error.problems[:LISTED] if isinstance(error, Invalid) else ()
    return [str(problem) for problem in problems] or [str(error)]


def _saved(made: Edit) -> View:
    before, after = (_alone(made.file, body) for body in (made.before, made.after))
    return modalview.saved(made, edited.summary(before, after) or "")


def _alone(file: str, body: bytes | None) -> watchlists.Rulebook:
    """The rules of one file, for what is said of its text."""
    return watchlists.build({} if body is None else {file: decode(file, body)})[0]


def _taken_back(room: Room, press: Press) -> View:
    refused = _refusal(room, press.who)
    if refused or not (press.value.isascii() and press.value.isdigit() and len(press.value) < 16):
        return modalview.told(refused or OLD)
    try:
        return _saved(room.editor.revert(int(press.value), _signed(press.who), "", room.now))
    except MonitorError as error:
        return modalview.told(str(error))


# ------------------------------------------------------------------ another was faster


def _overtaken(room: Room, draft: Draft, entered: Entered, copy: Copy, made: Form) -> View:
    """What the other changed, and the form as it would be with both."""
    room.editor.notice(copy.file, room.now)
    last = room.storage.edits.last(copy.file)
    base = room.storage.edits.text(copy.file, draft.base)
    mine, lost = form.merged(_base(copy.file, base), entered, made)
    changed = diff(copy.file, base, copy.body) if base is not None else ""
    when = wording.at(last.at, room.zone) if last else ""
    notes = modalview.overtaken(copy.file, last, changed, lost, when)
    return modalview.edit(Draft(draft.name, copy.base), made, mine, notes, _link(room, draft.name))


def _base(file: str, body: bytes | None) -> Form | None:
    """The form of what somebody started from, as far as it is known."""
    try:
        return form.form(_value(Copy(file, body))) if body is not None else None
    except MonitorError:
        return None
