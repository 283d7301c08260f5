"""What an edit changes, in words: "exim-dfc: 3 terms added, 1 taken out, alert 60 -> 65"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.errors import Invalid
from monitor.folder import CONCEPTS, ENTITIES, KINDS, LEDGERS, SOURCES
from monitor.ledgerfile import LedgerFile, LedgersFile
from monitor.watchlists import Rulebook
from monitor.wording import many
from monitor.written import (
    ConceptsFile,
    ConditionFile,
    EntitiesFile,
    GroupFile,
    KindFile,
    KindsFile,
    MeaningFile,
    WatchlistFile,
    Written,
)
from monitor.yamlfile import Strict, read

_NAMED: Mapping[str, tuple[type[Strict], str]] = {
    CONCEPTS: (ConceptsFile, "concepts"),
    ENTITIES: (EntitiesFile, "entities"),
    KINDS: (KindsFile, "kinds"),
    LEDGERS: (LedgersFile, "ledgers"),
}
_SECTIONS = ("must", "any", "less", "not_")
_SHOWN = 5


def summary(before: Rulebook, after: Rulebook) -> str | None:
    """A line for each file whose text differs; None where none does."""
    files = sorted({*before.texts, *after.texts} - {SOURCES})
    lines = [
        line
        for file in files
        if before.texts.get(file) != after.texts.get(file)
        for line in _file(file, before.texts.get(file), after.texts.get(file))
    ]
    return "\n".join(lines) or None


def reached(before: Rulebook, after: Rulebook) -> list[str]:
    """The watchlists that may judge otherwise now: those that read differently, or all for a meaning."""
    files = {*before.texts, *after.texts} - {SOURCES}
    differ = {file for file in files if _differs(file, before.texts.get(file), after.texts.get(file))}
    known = sorted({w.id for w in (*before.watchlists, *after.watchlists)})
    return known if differ & set(_NAMED) else [name for name in known if f"{name}.yaml" in differ]


def _differs(file: str, before: str | None, after: str | None) -> bool:
    model, _ = _NAMED.get(file, (WatchlistFile, ""))
    return before != after and _value(file, before, model) != _value(file, after, model)


def _file(file: str, before: str | None, after: str | None) -> list[str]:
    name = file.removesuffix(".yaml")
    model, key = _NAMED.get(file, (WatchlistFile, ""))
    old, new = _value(file, before, model), _value(file, after, model)
    if before is None or after is None:
        what = "new" if before is None else "taken out"
        return [f"{name}: {what}{_size(new or old)}"]
    if old is None or new is None:
        return [f"{name}: it cannot be read as it {'was' if old is None else 'is'}, so nothing is compared"]
    if old == new:
        return [f"{name}: comments and layout only"]
    if isinstance(old, WatchlistFile) and isinstance(new, WatchlistFile):
        return [f"{name}: {', '.join(_watchlist(old, new)) or 'conditions changed'}"]
    return _meanings(name, getattr(old, key), getattr(new, key))


def _value(file: str, text: str | None, model: type[Strict]) -> Strict | None:
    try:
        return None if text is None else read(file, text, model).value
    except Invalid:
        return None


def _size(value: Strict | None) -> str:
    if not isinstance(value, WatchlistFile):
        return ""
    groups = sum(len(getattr(value, section)) for section in _SECTIONS)
    return f", {many(groups, 'group')}, {many(_terms(value).total(), 'term')}, alert {value.alert}"


# ------------------------------------------------------------------ watchlists


def _watchlist(old: WatchlistFile, new: WatchlistFile) -> Iterator[str]:
    yield from _groups(old, new)
    yield from _counted(_terms(old), _terms(new))
    for name in ("alert", "digest"):
        was, is_ = getattr(old, name), getattr(new, name)
        if was != is_:
            yield f"{name} {was} -> {is_}"
    counted = {*_SECTIONS, "alert", "digest"}
    for name in type(new).model_fields:
        if name not in counted and getattr(old, name) != getattr(new, name):
            yield f"{name} changed"


def _groups(old: WatchlistFile, new: WatchlistFile) -> Iterator[str]:
    was, is_ = _by_name(old), _by_name(new)
    for verb, names in (("added", is_.keys() - was.keys()), ("taken out", was.keys() - is_.keys())):
        if names:
            yield f"{many(len(names), 'group')} {verb} ({_list(sorted(names))})"
    for name in (name for name in is_ if name in was):
        before, after = was[name].weight, is_[name].weight
        if before != after:
            yield f"{name} {_points(before)} -> {_points(after)}"


def _by_name(value: WatchlistFile) -> dict[str, GroupFile]:
    """The groups by name; one that has none goes by where it stands."""
    return {
        group.name or f"{section.rstrip('_')}[{number}]": group
        for section in _SECTIONS
        for number, group in enumerate(getattr(value, section))
    }


def _points(weight: int | None) -> str:
    return "the usual points" if weight is None else f"{weight} points"


def _terms(value: WatchlistFile) -> Counter[str]:
    """Every term, and how often it is written."""
    conditions = [part for section in (*_SECTIONS, "stages", "mute") for part in getattr(value, section)]
    return Counter(term for condition in conditions for term in _inside(condition))


def _inside(condition: ConditionFile) -> Iterator[str]:
    for listed in (condition.any, condition.all, condition.near, condition.not_, condition.not_near):
        yield from _listed(listed or ())
    for one in (condition.regex, condition.amount, condition.date, condition.announcement):
        if one:
            yield one


def _listed(written: Sequence[Written]) -> Iterator[str]:
    for one in written:
        if isinstance(one, ConditionFile):
            yield from _inside(one)
        elif isinstance(one, list):
            yield from _listed(one)
        else:
            yield one


# ------------------------------------------------------------------ concepts, entities, kinds of text


def _meanings(file: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{file}: {', '.join(names)} {verb}"
        for verb, names in (("added", sorted(new.keys() - old.keys())),
                            ("taken out", sorted(old.keys() - new.keys())))
        if names
    ]  # fmt: skip
    for name in (name for name in new if name in old and old[name] != new[name]):
        said = ", ".join(_counted(_spelt(old[name]), _spelt(new[name]))) or "changed"
        lines.append(f"{file}: {name}: {said}")
    return lines or [f"{file}: order changed"]


def _spelt(meaning: MeaningFile | KindFile | LedgerFile) -> Counter[str]:
    if isinstance(meaning, ConditionFile):
        return Counter(_inside(meaning))
    if isinstance(meaning, LedgerFile):
        return Counter()  # it holds rungs and rows, no terms
    terms = Counter(term for listed in meaning.terms.values() for term in _listed(listed))
    return terms + Counter(getattr(meaning, "also", []))


# ------------------------------------------------------------------ wording


def _counted(old: Counter[str], new: Counter[str]) -> Iterator[str]:
    """Terms that came and went; the noun stands with the first of the two."""
    added, removed = (new - old).total(), (old - new).total()
    if added:
        yield f"{many(added, 'term')} added"
    if removed:
        yield f"{removed if added else many(removed, 'term')} taken out"


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
