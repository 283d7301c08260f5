"""Two who changed the same watchlist -> one text with the changes of both, as far as a form can. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor import form, groups
from monitor.edit import Copy
from monitor.errors import MonitorError
from monitor.form import Form
from monitor.groups import SECTIONS, Added
from monitor.web.drafting import FORM, YAML, Drafted, shown, written

Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Joined:
    """The state of an editor on what the other made of the file; `whole` where it has what both changed.
    `lost` are in words what of mine has no place there any more."""

    state: Drafted
    whole: bool
    lost: tuple[str, ...] = ()


def joined(mine: Drafted, base: bytes | None, theirs: Copy) -> Joined:
    """My changes since `base`, None where that is not known, made in what the other made of it. Where the
    form cannot tell them apart, my text as it is. Raises nothing."""
    alone = Joined(shown(theirs, mine.name, theirs.base, mine.carried, mine.view), whole=False)
    text = written(theirs)
    now = _form(theirs, text)
    began = _form(theirs, base.decode("utf-8", "replace")) if base is not None else None
    if mine.view == YAML or mine.form is None or now is None or (base is not None and began is None):
        return alone
    try:
        text, lost = _grown(text, began, mine.form, now)
        made = _form(theirs, text)
        if made is None:
            return alone
        entered, more = form.merged(began, _told(began or made, mine.form), made)
        text = form.applied(text, made, entered)
    except (MonitorError, ValueError):
        return alone
    state = shown(theirs, mine.name, theirs.base, text, FORM)
    return Joined(state, whole=True, lost=(*lost, *more, *_unsure(began, mine.form, made)))


def _form(copy: Copy, text: str) -> Form | None:
    return shown(copy, "", "", text, FORM).form


def _told(base: Form, mine: Form) -> dict[str, str]:
    """What I wrote, by the keys that the fields had where I began: those of mine may have moved."""
    return {one.key: found.text for one in base.fields if (found := mine.field(one.what))}


def _unsure(began: Form | None, mine: Form, now: Form) -> Iterator[str]:
    """What we differ in and is no list, where nobody knows who of us changed it: theirs stands."""
    for one in now.fields if began is None else ():
        found = mine.field(one.what)
        if found and one.kind != "lines" and found.text != one.text:
            yield f"{one.label}: {found.text}"


def _grown(text: str, began: Form | None, mine: Form, now: Form) -> tuple[str, tuple[str, ...]]:
    """What the other made of it with the groups that I added, and without those I took out."""
    known, there = _names(began or now), _names(now)
    new = tuple(one for one in _added(mine) if (one.section, one.name) not in {*known, *there})
    gone = [one for one in now.groups if began and one.named in known.keys() - _names(mine).keys()]
    lost = []
    for one in reversed(gone):  # from the end, so that the others stay where they are
        if began and _says(began, *one.named) == _says(now, *one.named):
            text = groups.without(text, one.key)
        else:
            lost.append(f"{one.name}: you took it out, they changed it")
    return groups.grown(text, new), tuple(lost)


def _names(made: Form) -> dict[Named, str]:
    return {one.named: one.key for one in made.groups}


def _says(made: Form, section: str, name: str) -> list[str]:
    return [one.text for one in made.fields if one.what.startswith(f"{section}/{name}/")]


def _added(mine: Form) -> Iterator[Added]:
    """My groups that are a name, a list of terms and points, as one may add them."""
    for section in SECTIONS:
        for one in mine.groups:
            terms = mine.field(f"{section}/{one.name}/any")
            if one.section == section and one.whole and terms:
                points = mine.field(f"{section}/{one.name}/weight")
                yield Added(section, one.name, form.lines(terms.text), points.text if points else "")
