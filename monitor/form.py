"""A watchlist's file <-> a form of plain fields, for those who change it without its text. Pure.

form(value) -> fields -> what somebody entered -> mistakes by field, or the changed text
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from monitor import yamledit
from monitor.blockkit import size
from monitor.folder import SHARED, SOURCES
from monitor.starter import starter
from monitor.terms import Unresolved
from monitor.text import clean, shorten
from monitor.vocabulary import Compiler, Vocabulary
from monitor.watchlists import USUAL
from monitor.written import GroupFile, SendFile, WatchlistFile, Written
from monitor.yamlfile import Path

# What somebody wrote, by the key of the field.
Entered = Mapping[str, str]
# A form is for small changes: more terms than this, or longer ones, belong into the text of the file.
MAX_TERMS, MAX_TERM, MAX_TEXT = 500, 200, 3000
MAX_MISTAKE = 250
_SECTIONS = (
    ("must", "must", "Has to be there"),
    ("any", "any", "Adds points"),
    ("less", "less", "Takes points off"),
    ("not", "not_", "Rules out"),
)
TITLES = {section: title for section, _, title in _SECTIONS}
_LISTS: tuple[Literal["any", "all"], ...] = ("any", "all")
NAME, TITLE, WORDS = "name", "title", "words"
ALERT, DIGEST, SLACK, EMAIL = "alert", "digest", "send.slack", "send.email"
# Where a form has the whole of a page for itself.
ROOMY_TEXT = 30_000


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a form: `lines` has a term a line, `line` is one text, `number` is 0 to 100.

    `key` is the place in the file (must.0.any); `text` is what stands there; `what` names the field
    whatever its place, so that it is found again after others were put before it.
    """

    key: str
    what: str
    label: str
    kind: Literal["lines", "line", "number"]
    text: str
    hint: str = ""

    @property
    def place(self) -> Path:
        return tuple(int(step) if step.isdigit() else step for step in self.key.split("."))


@dataclass(frozen=True, slots=True)
class Placed:
    """A group of a watchlist where it stands; one that is not `whole` is more than its fields show."""

    section: str
    number: int
    name: str
    whole: bool

    @property
    def named(self) -> tuple[str, str]:
        return self.section, self.name

    @property
    def key(self) -> str:
        return f"{self.section}.{self.number}"


@dataclass(frozen=True, slots=True)
class Form:
    """What can be changed of a watchlist here, and in words what of it cannot; a full one has its groups."""

    title: str
    fields: tuple[Field, ...]
    beyond: tuple[str, ...] = ()
    groups: tuple[Placed, ...] = ()

    def field(self, what: str) -> Field | None:
        return next((field for field in self.fields if field.what == what), None)

    def changed(self, entered: Entered) -> tuple[Field, ...]:
        """The fields whose entry says something else than the file."""
        return tuple(
            field for field in self.fields if said(field, entered.get(field.key, field.text)) != _own(field)
        )


NEW = Form(
    "New watchlist",
    (
        Field(NAME, NAME, "Name", "line", "", "Small letters, digits and hyphens: gallium-quota"),
        Field(TITLE, TITLE, "Title", "line", "", "What it is called in alerts"),
        Field(WORDS, WORDS, "Words that must be there", "lines", "", "One term a line; any one will do"),
    ),
)


def lines(text: str) -> tuple[str, ...]:
    """The terms of an entry, each once, without what cannot be seen."""
    return tuple(dict.fromkeys(line for raw in text.splitlines() if (line := clean(raw))))


def said(field: Field, text: str) -> tuple[str, ...]:
    """What an entry comes to."""
    return lines(text) if field.kind == "lines" else (text.strip(),)


def _own(field: Field) -> tuple[str, ...]:
    return said(field, field.text)


# ------------------------------------------------------------------ the form of a file


def form(value: WatchlistFile, *, full: bool = False) -> Form:
    """The fields of a watchlist: its thresholds, its channels, and each group that is a list of terms. A
    `full` one has its title, its addresses, the points of each group, and longer lists too."""
    fields = [
        *([Field(TITLE, TITLE, "Title", "line", value.title)] if full else []),
        Field(ALERT, ALERT, "Tell at once from this score on", "number", str(value.alert)),
        Field(DIGEST, DIGEST, "Into the daily digest from", "number", str(value.digest)),
        Field(
            SLACK, SLACK, "Slack channels", "lines", "\n".join(value.send.slack),
            "One a line, #name or its id; none: the channel of the settings",
        ),
        *([_addresses(value)] if full else []),
    ]  # fmt: skip
    beyond, placed = [], []
    for section, attribute, verb in _SECTIONS:
        for number, group in enumerate(getattr(value, attribute)):
            name = group.name or f"group {number + 1}"
            made = list(_fields(section, number, name, group, verb, full=full))
            fields += made
            fields += [_points(section, number, name, group)] if full and section != "not" else []
            beyond += [] if made else [f"{verb}: {name}"]
            placed.append(Placed(section, number, name, _whole(group, made)))
    if value.stages:
        beyond.append(f"{len(value.stages)} stages")
    return Form(value.title, tuple(fields), tuple(beyond), tuple(placed) if full else ())


def _whole(group: GroupFile, made: Sequence[Field]) -> bool:
    """Whether its fields are all that a group says."""
    said_of = group.model_dump(exclude_unset=True).keys() - {"name", "weight"}
    keys = {field.key.rpartition(".")[2] for field in made}
    terms = (one for key in keys & set(_LISTS) for one in getattr(group, key))
    return said_of <= keys and all(isinstance(one, str) for one in terms)


def _addresses(value: WatchlistFile) -> Field:
    return Field(EMAIL, EMAIL, "E-mail addresses", "lines", "\n".join(value.send.email), "One a line")


def _points(section: str, number: int, name: str, group: GroupFile) -> Field:
    text = "" if group.weight is None else str(group.weight)
    usual = "" if text else f"empty: the usual {USUAL[section]}"
    return Field(f"{section}.{number}.weight", f"{section}/{name}/weight", "Points", "number", text, usual)


def _fields(
    section: str, number: int, name: str, group: GroupFile, verb: str, *, full: bool
) -> Iterator[Field]:
    most, elsewhere = (ROOMY_TEXT, "that YAML") if full else (MAX_TEXT, "that only the full editor")
    sign = {"less": "-", "not": ""}.get(section, "+")
    points = f" ({sign}{group.weight})" if group.weight is not None and sign else ""
    label = f"{verb}: {name}{points}"
    for key in _LISTS:
        listed = getattr(group, key)
        terms = [one for one in listed or () if isinstance(one, str)]
        text = "\n".join(terms)
        if listed is not None and size(text) <= most and lines(text) == tuple(terms) and terms:
            hint = "A term a line; " + ("any one of them will do" if key == "any" else "all of them")
            hint += "; @name is a list in concepts.yaml" if "@" in text else ""
            more = len(listed) - len(terms)
            hint += f"; {more} more {elsewhere} can change" if more else ""
            yield Field(f"{section}.{number}.{key}", f"{section}/{name}/{key}", label, "lines", text, hint)
    if group.regex is not None:
        what = f"{section}/{name}/regex"
        yield Field(f"{section}.{number}.regex", what, label, "line", group.regex, "A pattern, as RE2 has it")


# ------------------------------------------------------------------ mistakes


def mistakes(
    value: WatchlistFile, entered: Entered, vocabulary: Vocabulary, made: Form | None = None
) -> dict[str, str]:
    """What is wrong with what was entered on a form, by the key of the field. Only what was changed is looked
    at."""
    made = made or form(value)
    found = {
        field.key: wrong
        for field in made.changed(entered)
        if (wrong := _mistake(field, entered[field.key], value, vocabulary))
    }
    if not {ALERT, DIGEST} & set(found):
        alert, digest = (int(entered.get(key, str(getattr(value, key)))) for key in (ALERT, DIGEST))
        if digest > alert:
            found[DIGEST] = f"This is above the {alert} from which it is told at once: lower it"
    return found


def new_mistakes(entered: Entered, known: Sequence[str], vocabulary: Vocabulary) -> dict[str, str]:
    """What is wrong with the form of a new watchlist; `known` are the names that are taken."""
    name, title = entered.get(NAME, "").strip(), entered.get(TITLE, "").strip()
    found = {}
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", name):
        found[NAME] = "Write small letters, digits and hyphens, such as gallium-quota"
    elif name in known or f"{name}.yaml" in (*SHARED, SOURCES):
        found[NAME] = f"'{name}' exists already: choose another name"
    if not title or len(title) > MAX_TERM:
        found[TITLE] = f"Write a title of at most {MAX_TERM} characters"
    wrong = unfit(lines(entered.get(WORDS, "")), vocabulary)
    return found | ({WORDS: wrong} if wrong else {})


def unfit(terms: Sequence[str], vocabulary: Vocabulary) -> str:
    """Why these cannot be the terms of a group, any of which will do; empty where they can."""
    return _terms(terms) or _compiled(vocabulary, GroupFile(any=list(terms)))


def _mistake(field: Field, text: str, value: WatchlistFile, vocabulary: Vocabulary) -> str:
    if field.kind == "number":
        right = re.fullmatch(r"\d{1,3}", text.strip(), re.ASCII) and int(text) <= 100
        return "" if right else "Write a whole number from 0 to 100"
    if field.key == TITLE:
        return "" if 0 < len(text.strip()) <= MAX_TERM else f"Write a title of at most {MAX_TERM} characters"
    if field.key in (SLACK, EMAIL):
        return _mislaid(field.key, text)
    section, number, key = field.place
    attribute = next(attribute for name, attribute, _ in _SECTIONS if name == section)
    group: GroupFile = getattr(value, attribute)[number]
    changed: object = text.strip()
    if field.kind == "lines":
        others = [one for one in getattr(group, str(key)) if not isinstance(one, str)]
        wrong = _terms(lines(text), others)
        if wrong:
            return wrong
        changed = [*lines(text), *others]
    elif not changed:
        return "Write a pattern; to take the group out, use the full editor"
    written = group.model_dump(by_alias=True, exclude_unset=True) | {str(key): changed}
    wrong = _checked(GroupFile, written)
    return wrong or _compiled(vocabulary, GroupFile.model_validate(written))


def _mislaid(key: str, text: str) -> str:
    """The first place to send to that is none."""
    kind = key.removeprefix("send.")
    wrong = next((one for one in lines(text) if _checked(SendFile, {kind: [one]})), "")
    if not wrong:
        return ""
    asked = "a Slack channel: write #name, or its id"
    if key == EMAIL:
        asked = "an e-mail address: write name@example.com"
    return f"'{shorten(wrong, 60)}' is not {asked}"


def _terms(terms: Sequence[str], others: Sequence[Written] = ()) -> str:
    if not terms and not others:
        return "Write one term at least; to take the group out, use the full editor"
    if len(terms) > MAX_TERMS:
        return f"{len(terms):,} terms are more than a form takes: write at most {MAX_TERMS}"
    long = next((term for term in terms if len(term) > MAX_TERM), "")
    return f"'{shorten(long, 60)}' is longer than {MAX_TERM} characters: shorten it" if long else ""


def _checked(model: type[GroupFile | SendFile], written: object) -> str:
    try:
        model.model_validate(written)
    except ValidationError as error:
        return _sentence(error.errors()[0]["msg"].removeprefix("Value error, "))
    return ""


def _compiled(vocabulary: Vocabulary, group: GroupFile) -> str:
    """The first thing in a group that cannot be looked for, with its remedy."""
    found: list[Unresolved] = []
    Compiler(vocabulary, lambda _, error: found.append(error)).condition(group)
    return _sentence(f"{found[0].message}: {found[0].remedy}") if found else ""


def _sentence(text: str) -> str:
    return shorten(text[:1].upper() + text[1:], MAX_MISTAKE)


# ------------------------------------------------------------------ the changed text


def applied(text: str, made: Form, entered: Entered) -> str:
    """The file with what was entered, changed in its lines only. Raises Uneditable."""
    for field in made.changed(entered):
        new, place = entered[field.key], field.place
        if field.kind == "number":
            text = yamledit.set_value(text, place, int(new))
        elif field.kind == "line":
            text = yamledit.set_value(text, place, new.strip())
        else:
            text = _listed(text, place, _own(field), lines(new))
    return text


def _listed(text: str, place: Path, old: Sequence[str], new: Sequence[str]) -> str:
    """What is new comes first, so that the list is never empty on the way."""
    for term in new:
        text = text if term in old else yamledit.add_term(text, place, term)
    for term in old:
        text = text if term in new else yamledit.remove_term(text, place, term)
    return text


def started(entered: Entered) -> str:
    """The first text of a new watchlist."""
    first, *others = lines(entered[WORDS])
    text = starter(entered[NAME].strip(), entered[TITLE].strip())
    text = yamledit.set_value(text, ("must", 0, "any", 0), first)
    return _listed(text, ("must", 0, "any"), [first], [first, *others])


# ------------------------------------------------------------------ two who changed the same


def merged(base: Form | None, mine: Entered, theirs: Form) -> tuple[dict[str, str], tuple[str, ...]]:
    """What somebody entered on `base`, entered on what another made of it meanwhile; and the labels of
    what has no place there any more.

    In a list both sides' changes count; elsewhere mine do. Where `base` is not known, nothing of theirs
    is taken out.
    """
    if base is None:
        listed = (field for field in theirs.fields if field.kind == "lines" and field.key in mine)
        return {f.key: _three((), lines(mine[f.key]), lines(f.text)) for f in listed}, ()
    entered, lost = {}, []
    for field in base.changed(mine):
        now = theirs.field(field.what)
        if now is None:
            lost.append(field.label)
        elif field.kind == "lines":
            entered[now.key] = _three(lines(field.text), lines(mine[field.key]), lines(now.text))
        else:
            entered[now.key] = mine[field.key]
    return entered, tuple(lost)


def _three(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> str:
    kept = [term for term in theirs if term in mine or term not in base]
    return "\n".join(dict.fromkeys([*kept, *(term for term in mine if term not in base)]))
