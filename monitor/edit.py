"""The one door for changes of the watchlist files, whoever asks: command line, web page or Slack.

A change is made from a text somebody read. It is saved only if the file still says that text, if
every file is as sound as before, and whole or not at all. What each file said before is kept, with
who and when and why, so that any edit can be shown and taken back to the byte.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from monitor import atomic, catalogue, edited, watchlists, wording
from monitor.errors import Conflict, Invalid, MonitorError, Problem
from monitor.folder import SOURCES, read_directory
from monitor.lock import locked
from monitor.storage import Storage
from monitor.storage.edits import Edit, digest
from monitor.watchlists import Rulebook
from monitor.yamlfile import decode

BY_HAND = "by hand"
LOCK_SECONDS = 15.0

# What a change of the rules would do, in words for the person who makes it; None: nothing to say.
Preview = Callable[[Rulebook, Rulebook], str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants a file to say. `base` is the digest of the text it was made from: empty
    where there was no file. `body` None deletes the file.
    """

    file: str
    base: str
    body: bytes | None
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a file says, to make a change from; `body` is None where there is no file."""

    file: str
    body: bytes | None

    @property
    def base(self) -> str:
        return digest(self.body)

    def change(self, body: bytes | None, who: str, why: str = "") -> Change:
        return Change(self.file, self.base, body, who, why)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a change would come to. With a problem in it, it is not saved."""

    problems: tuple[Problem, ...]
    diff: str
    summary: str | None


def file_of(name: str) -> str:
    """The file of a watchlist, or of the concepts and so on, by its name. Raises MonitorError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name.removesuffix(".yaml")):
        raise MonitorError(f"'{name}' cannot be a watchlist's name: use small letters, digits and hyphens")
    return name.removesuffix(".yaml") + ".yaml"


def diff(file: str, before: bytes | None, after: bytes | None) -> str:
    """A unified diff; empty where both say the same."""
    was, is_ = (file if body is not None else "/dev/null" for body in (before, after))
    told = difflib.unified_diff(_lines(before), _lines(after), was, is_, n=2)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told
    )


def _lines(body: bytes | None) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", (body or b"").decode("utf-8", "replace"))


class Editor:
    """The files of one folder and their history. `preview` sums up what a change would do."""

    def __init__(self, directory: Path, storage: Storage, preview: Preview = edited.summary) -> None:
        self.directory = directory
        self._storage = storage
        self._preview = preview

    def names(self) -> list[str]:
        """What can be edited: the names of the files that are there, without .yaml."""
        return sorted(p.stem for p in self.directory.glob("*.yaml") if not p.name.startswith("."))

    def copy(self, name: str) -> Copy:
        """What a file says now, to make a change from. Raises MonitorError where there is none."""
        file = file_of(name)
        found = Copy(file, self._body(file))
        if found.body is None:
            known = ", ".join(self.names()) or "none"
            raise MonitorError(f"no watchlist is called '{file.removesuffix('.yaml')}': there are {known}")
        return found

    def there(self, file: str) -> Copy:
        """What a file says now; nothing where there is none."""
        return Copy(file, self._body(file))

    def problems(self, *changes: Change) -> tuple[Problem, ...]:
        """What stands against a change, or against several made together: mistakes in the files, and what
        they break in others."""
        return self._judged(*changes)[2]

    def draft(self, change: Change) -> Draft:
        """What a change would come to, with nothing saved."""
        before, after, problems = self._judged(change)
        summary = None if problems else self._preview(before, after)
        return Draft(problems, diff(change.file, self._body(change.file), change.body), summary)

    def save(self, change: Change, now: datetime) -> Edit:
        """Make the change, and keep it in the history.

        Raises Conflict where the file is not as it was read, Invalid where the change brings a
        problem, MonitorError where there is nothing to change or the folder cannot be written. In
        each case the file is as it was.
        """
        with self._alone():
            self.notice(change.file, now)
            self._refuse_stale(change)
            if digest(change.body) == change.base:
                raise MonitorError(f"{change.file}: nothing changed")
            problems = self.problems(change)
            if problems:
                raise Invalid(problems)
            return self._replace(change, now)

    def revert(self, number: int, who: str, why: str, now: datetime, *, force: bool = False) -> Edit:
        """Bring back, as a new edit, the bytes that a file had before this one.

        Raises Conflict where the file has changed since; with `force`, later changes go as well.
        """
        edit = self.edit(number)
        self.notice(edit.file, now)
        body = self._body(edit.file)
        if digest(body) != digest(edit.after) and not force:
            raise self._overtaken(edit)
        why = why or f"takes back edit {edit.id}" + (f": {edit.why}" if edit.why else "")
        return self.save(Copy(edit.file, body).change(edit.before, who, why), now)

    def edit(self, number: int) -> Edit:
        """An edit by its number. Raises MonitorError."""
        found = self._storage.edits.get(number)
        if found is None:
            raise MonitorError(f"there is no edit {number}: monitor watchlists history shows them")
        return found

    def history(self, now: datetime, limit: int, name: str = "") -> list[Edit]:
        """The newest edits, of one file or of all, newest first; what was done by hand among them."""
        file = file_of(name) if name else ""
        for one in [file] if file else self._storage.edits.files():
            self.notice(one, now)
        return self._storage.edits.latest(limit, file)

    def look(self, now: datetime, limit: int, name: str = "") -> list[Edit]:
        """`history` with nothing filed: what was done by hand since the last edit has no number yet."""
        return [*self._unfiled(now, name), *self._storage.edits.latest(limit, file_of(name) if name else "")]

    def all(self, now: datetime, name: str = "") -> Iterator[Edit]:
        """The same without an end, one at a time."""
        yield from self._unfiled(now, name)
        yield from self._storage.edits.all(file_of(name) if name else "")

    def _unfiled(self, now: datetime, name: str) -> Iterator[Edit]:
        """What was done by hand since the last edit of each file, or of this one."""
        files = [file_of(name)] if name else self._storage.edits.files()
        return filter(None, (self.by_hand(one, now) for one in files))

    def by_hand(self, file: str, now: datetime) -> Edit | None:
        """What was changed by hand since the last edit, as one that is not filed; None where nothing was."""
        last, body = self._storage.edits.last(file), self._body(file)
        if last is None or digest(last.after) == digest(body):
            return None
        return Edit(file, self._changed(file) or now, BY_HAND, "", last.after, body)

    def notice(self, file: str, now: datetime) -> None:
        """File what was changed by hand since the last edit, so that it can be brought back."""
        with self._storage.write():
            found = self.by_hand(file, now)
            if found:
                self._storage.edits.add(found)

    def as_read(self, file: str, base: str, guess: bytes) -> bytes | None:
        """What the file said when it had this digest: by the history, by its last good text, or as guessed.
        None where that is not known, or there was no file."""
        good = self._storage.rules.last_good().get(file)
        guesses = [guess, *([good.encode("utf-8")] if good is not None else [])]
        found = next((one for one in guesses if digest(one) == base), None)
        return found if found is not None else self._storage.edits.text(file, base)

    # -------------------------------------------------------------- the parts of a save

    def _judged(self, *changes: Change) -> tuple[Rulebook, Rulebook, tuple[Problem, ...]]:
        """The rules as they are and as they would be, and the problems that the changes have or bring."""
        texts = read_directory(self.directory)
        files = [change.file for change in changes]
        before, known = _build(texts, {file: self._body(file) for file in files})
        after, found = _build(texts, {change.file: change.body for change in changes})
        return before, after, tuple(_caused(files, known, found))

    def _path(self, file: str) -> Path:
        """Where the file is; a link is followed, so that it stays one."""
        return (self.directory / file_of(file)).resolve()

    def _body(self, file: str) -> bytes | None:
        try:
            return atomic.body(self._path(file))
        except OSError as error:
            raise MonitorError(f"{self.directory / file}: cannot be read: {error.strerror}") from None

    def _changed(self, file: str) -> datetime | None:
        try:
            return datetime.fromtimestamp(self._path(file).stat().st_mtime, UTC)
        except OSError:
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        def taken(holder: str) -> str:
            return f"another edit is being saved (process {holder}): try again"

        with locked(self.directory / ".lock", taken, wait=LOCK_SECONDS):
            yield

    def _replace(self, change: Change, now: datetime) -> Edit:
        """The history goes first and is undone where the file cannot follow it."""
        path = self._path(change.file)
        try:
            with atomic.written_aside(path, change.body or b"") as aside, self._storage.write():
                edit = Edit(
                    change.file, now, _line(change.who), _line(change.why), atomic.body(path), change.body
                )
                number = self._storage.edits.add(edit)
                self._refuse_stale(change)  # somebody may have saved by hand while this was checked
                if change.body is None:
                    atomic.delete(path)
                else:
                    atomic.put(aside, path)
        except OSError as error:
            raise MonitorError(f"{path}: cannot be written: {error.strerror}") from None
        return replace(edit, id=number)

    def _refuse_stale(self, change: Change) -> None:
        body = self._body(change.file)
        if digest(body) == change.base:
            return
        last = self._storage.edits.last(change.file)
        known = last if last and digest(last.after) == digest(body) else None
        if body is None:
            happened = "was deleted"
        else:
            happened = "was changed" if change.base else "exists already, last changed"
        base = self._storage.edits.text(change.file, change.base)
        raise Conflict(
            f"{change.file} {happened} {self._by(known, change.file)}; nothing was overwritten",
            subject=change.file,
            diff="" if base is None else diff(change.file, base, body),
        )

    def _by(self, edit: Edit | None, file: str) -> str:
        """Who changed it, when, and why."""
        if edit and edit.who != BY_HAND:
            return f"by {edit.who} at {wording.at(edit.at)}" + (f" ({edit.why})" if edit.why else "")
        at = edit.at if edit else self._changed(file)
        return BY_HAND + (f" at {wording.at(at)}" if at else "")

    def _overtaken(self, edit: Edit) -> Conflict:
        later = self._storage.edits.later(edit)
        numbers = ", ".join(str(one.id) for one in later)
        return Conflict(
            f"{edit.file} was changed since edit {edit.id}, the last time {self._by(later[-1], edit.file)}: "
            f"take back {numbers} first, newest first, or all at once with --force",
            subject=edit.file,
            diff=diff(edit.file, edit.after, later[-1].after),
        )


def _line(text: str) -> str:
    """What somebody wrote about an edit, on one line and printable."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:500]


# ------------------------------------------------------------------ what a change breaks


def _build(
    texts: Mapping[str, str | Invalid], bodies: Mapping[str, bytes | None]
) -> tuple[Rulebook, tuple[Problem, ...]]:
    """The rules with these files as given, and every problem."""
    given = {file: _text(file, body) for file, body in bodies.items() if body is not None}
    sources = given.pop(SOURCES, None)
    all_ = {file: text for file, text in texts.items() if file not in bodies} | given
    # In the order of a folder: then what is in force is not built once more.
    rulebook, problems = watchlists.build(dict(sorted(all_.items())))
    return rulebook, problems if sources is None else (*problems, *_catalogue(sources))


def _text(file: str, body: bytes) -> str | Invalid:
    try:
        return decode(file, body)
    except Invalid as error:
        return error


def _catalogue(text: str | Invalid) -> tuple[Problem, ...]:
    try:
        if isinstance(text, Invalid):
            raise text
        return catalogue.parse(SOURCES, text)[1]
    except Invalid as error:
        return error.problems


def _caused(
    files: Collection[str], known: tuple[Problem, ...], found: tuple[Problem, ...]
) -> Iterator[Problem]:
    """The problems of the files themselves, and those that they bring to others.

    A line that has moved makes no new problem.
    """
    before = Counter((p.file, p.message) for p in known)
    for problem in found:
        key = problem.file, problem.message
        if problem.file in files or not before[key]:
            yield problem
        else:
            before[key] -= 1
