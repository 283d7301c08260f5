"""What was sent from the editor of a file -> the text that the file would have. Pure.

Both views carry the whole text: YAML as `text`, the form as `text` with the fields `f.<key>` that were
entered on it, groups to be added (`add.must.name`, `.terms`, `.points`) and one to be taken out
(`drop=must.1`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from monitor import form, groups
from monitor.edit import Copy
from monitor.errors import Invalid, Problem
from monitor.folder import SHARED, SOURCES
from monitor.form import Form
from monitor.vocabulary import Vocabulary
from monitor.web.bodies import Sent
from monitor.written import WatchlistFile
from monitor.yamledit import Uneditable
from monitor.yamlfile import decode, plain, read

View = Literal["form", "yaml"]
FORM: View = "form"
YAML: View = "yaml"
_FIELD, _ADD, _BOM = "f.", "add.", "\ufeff"


@dataclass(frozen=True, slots=True)
class Drafted:
    """The state of an editor. `base` is the digest of the file that it was begun from, empty for a new one.

    `text` is what the file would say; None where `mistakes` (by the name of the input) or `problems` keep it
    from being made of what was entered. `problems` are those of the text by itself, in any view. `carried`
    is the text to show or to carry on; `form` is that of it, with `entered` on it, in the form's view.
    """

    name: str
    base: str
    view: View
    text: str | None
    mistakes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    carried: str = ""
    form: Form | None = None
    entered: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes | None:
        """What the file would hold."""
        return None if self.text is None else self.text.encode("utf-8")


def drafted(copy: Copy, name: str, sent: Sent, vocabulary: Vocabulary) -> Drafted:
    """What was sent comes to. `copy` is what the file says now: it tells how lines end, and stands in where
    no text was sent. Raises nothing."""
    base = sent.get("base", copy.base)
    text = _as_file(sent.get("text"), copy) if sent.has("text") else written(copy)
    if sent.get("view", FORM) != FORM:
        return shown(copy, name, base, text, YAML)
    before = shown(copy, name, base, text, FORM)
    return _entered(copy, before, before.form, sent, vocabulary) if before.form else before


def shown(copy: Copy, name: str, base: str, text: str, view: View) -> Drafted:
    """A text in a view; one that has no form is shown as YAML."""
    found = problems(copy.file, text)
    fits = view == FORM and not found and has_form(copy.file)
    made = form.form(_value(copy, text), full=True) if fits else None
    return Drafted(name, base, FORM if made else YAML, text, {}, found, text, made)


def problems(file: str, text: str) -> tuple[Problem, ...]:
    """What is wrong with a text by itself, whatever other files say."""
    try:
        text = decode(file, text.encode("utf-8"))
        if has_form(file):
            read(file, text, WatchlistFile)
        else:
            plain(file, text)
    except Invalid as error:
        return error.problems
    return ()


def has_form(file: str) -> bool:
    """Whether it is a watchlist."""
    return file not in (*SHARED, SOURCES)


def written(copy: Copy) -> str:
    """What the file says, as far as it is text."""
    return (copy.body or b"").decode("utf-8", "replace")


def _entered(copy: Copy, before: Drafted, made: Form, sent: Sent, vocabulary: Vocabulary) -> Drafted:
    """The text with what was entered in the form of it, or the mistakes in that."""
    entered = {one.key: sent.get(_FIELD + one.key) for one in made.fields if sent.has(_FIELD + one.key)}
    new = {key: sent.get(_ADD + key) for key in groups.KEYS}
    gone = sent.get("drop")
    kept = {key: text for key, text in entered.items() if not gone or not key.startswith(f"{gone}.")}
    wrong = form.mistakes(_value(copy, before.carried), kept, vocabulary, made)
    wrong_new = groups.mistakes(groups.added(new), vocabulary)
    mistaken = replace(
        before,
        text=None,
        mistakes=_under(_FIELD, wrong) | _under(_ADD, wrong_new),
        entered=_under(_FIELD, entered) | _under(_ADD, new),
    )
    if mistaken.mistakes:
        return mistaken
    try:
        text = groups.grown(form.applied(before.carried, made, kept), groups.added(new))
        text = groups.without(text, gone) if gone else text
    except Uneditable as error:
        return replace(mistaken, problems=(Problem(copy.file, 0, str(error), "change it as YAML"),))
    after = shown(copy, before.name, before.base, text, FORM)
    # What took the last group away, or the like, is told where it was done.
    return after if after.form else replace(mistaken, problems=after.problems)


def _under(prefix: str, fields: Mapping[str, str]) -> dict[str, str]:
    return {prefix + key: text for key, text in fields.items()}


def _value(copy: Copy, text: str) -> WatchlistFile:
    return read(copy.file, text.removeprefix(_BOM), WatchlistFile).value


def _as_file(text: str, copy: Copy) -> str:
    """A text out of a browser, which ends every line its own way, as the file has it: what was not changed is
    the same to the byte."""
    now = written(copy)
    text = _lines(text)
    if text.removeprefix(_BOM) == _lines(now).removeprefix(_BOM):
        return now
    bom = _BOM if now.startswith(_BOM) and not text.startswith(_BOM) else ""
    return bom + (text.replace("\n", "\r\n") if "\r\n" in now else text)


def _lines(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)
