"""`ledgers.yaml`: what is followed from rung to rung, declared by whoever keeps the watchlists."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Key

from monitor.errors import Problem
from monitor.fact import Kind
from monitor.ledger import Deadline, Ledger, Rung, Seed, Stood
from monitor.rule import Condition, Watchlist
from monitor.written import Id, Words, Written
from monitor.yamlfile import Document, Path, Strict


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"'{value[:40]}' is not a date: write 2026-12-31") from None
    return value


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]
Days = Annotated[int, Key(ge=1, le=3650)]
_KEY = "The facts of which each row has its own; an item that shares them is about that row."
FactName = Literal[
    "agency", "company", "project", "country", "place", "amount", "instrument", "capacity", "product",
    "date", "document",
]  # fmt: skip

Detail = FactName | Literal["owner", "items"]


class RungFile(Strict):
    """A rung: the stages of watchlists that tell it, and what it does to those before it.

    `aside`: on no way up, such as delayed; `reverses`: takes back what was told; `ends`: nothing is
    expected to follow.
    """

    id: Id
    title: Words | None = None
    stages: list[Id] = []
    aside: bool = False
    reverses: bool = False
    ends: bool = False


class DueFile(Strict):
    """What is due on a day, told so many days ahead and when nothing was seen by then."""

    on: Day
    what: Words
    ahead: Annotated[int, Key(ge=0, le=365)] = 7
    rung: Annotated[Id | None, Key(description="Due only while the entry is on this rung.")] = None


class StoodFile(Strict):
    """A rung that an entry was on before."""

    rung: Id
    since: Day
    source: str = ""


class SeedFile(Strict):
    """An entry that is followed from the start: how it stands since when, what is due, and the terms of
    which an item that speaks of it has one."""

    title: Words
    rung: Id
    since: Day
    source: str = ""
    terms: list[Written] = []
    details: dict[Detail, Words] = {}
    before: Annotated[
        list[StoodFile], Key(description="The rungs that it was on before, the first first.")
    ] = []
    due: list[DueFile] = []
    progress: str = ""
    breach: str = ""


class LedgerFile(Strict):
    """What is followed, along which ladder, and which facts tell one entry from another."""

    title: Words
    about: str = ""
    watchlists: Annotated[list[Id], Key(min_length=1)]
    ladder: Annotated[list[RungFile], Key(min_length=1)]
    key: Annotated[list[FactName], Key(min_length=1, description=_KEY)]
    apart: list[FactName] = []
    facts: Annotated[list[FactName], Key(description="The facts that its sheet shows.")] = []
    opens: Literal["facts", "story", "never"] = "facts"
    silent: Days | None = None
    entries: dict[Id, SeedFile] = {}


class LedgersFile(Strict):
    ledgers: dict[Id, LedgerFile]


# ------------------------------------------------------------------ compiled


Compile = Callable[[Sequence[Written], Path], Condition]


def compiled(
    document: Document[LedgersFile], watchlists: Iterable[Watchlist], compile_: Compile
) -> tuple[tuple[Ledger, ...], tuple[Problem, ...]]:
    """The ledgers of a file, and every name in it that means nothing. `compile_` makes conditions."""
    known = {watchlist.id: watchlist for watchlist in watchlists}
    problems: list[Problem] = []
    ledgers = []
    for name, written in document.value.ledgers.items():
        problems += _problems(document, name, written, known)
        ledgers.append(_ledger(name, written, compile_))
    return tuple(ledgers), tuple(problems)


def _ledger(name: str, written: LedgerFile, compile_: Compile) -> Ledger:
    return Ledger(
        id=name,
        title=written.title,
        about=written.about,
        watchlists=tuple(written.watchlists),
        rungs=tuple(_rungs(written.ladder)),
        key=tuple(map(Kind, written.key)),
        apart=tuple(map(Kind, written.apart)),
        facts=tuple(map(Kind, written.facts)),
        opens=written.opens,
        silent=timedelta(days=written.silent) if written.silent else None,
        seeds=tuple(
            _seed(key, seed, compile_(seed.terms, ("ledgers", name, "entries", key, "terms")))
            for key, seed in written.entries.items()
        ),
    )


def _rungs(written: Sequence[RungFile]) -> Iterator[Rung]:
    for number, rung in enumerate(written):
        title = rung.title or rung.id.replace("-", " ")
        yield Rung(rung.id, title, number, frozenset(rung.stages), rung.aside, rung.reverses, rung.ends)


def _seed(key: str, written: SeedFile, terms: Condition) -> Seed:
    return Seed(
        key=key,
        title=written.title,
        rung=written.rung,
        since=written.since,
        source=written.source,
        terms=terms if written.terms else None,
        details={name: words for name, words in written.details.items()},  # noqa: C416 - wider keys
        deadlines=tuple(Deadline(d.on, d.what, timedelta(days=d.ahead), d.rung or "") for d in written.due),
        progress=written.progress,
        breach=written.breach,
        before=tuple(Stood(one.rung, one.since, one.source) for one in written.before),
    )


def _problems(
    document: Document[LedgersFile], name: str, written: LedgerFile, known: Mapping[str, Watchlist]
) -> Iterator[Problem]:
    """Names of watchlists, stages and rungs that there are none of."""
    base: Path = ("ledgers", name)
    for place, watchlist in enumerate(written.watchlists):
        if watchlist not in known:
            remedy = _nearest(watchlist, known)
            yield document.problem((*base, "watchlists", place), f"no watchlist is '{watchlist}'", remedy)
    stages = {stage.id for one in written.watchlists if one in known for stage in known[one].stages}
    for number, rung in enumerate(written.ladder):
        for place, stage in enumerate(rung.stages):
            if stage not in stages and all(one in known for one in written.watchlists):
                path = (*base, "ladder", number, "stages", place)
                yield document.problem(path, f"no stage is '{stage}'", _nearest(stage, stages))
    rungs = [rung.id for rung in written.ladder]
    for key, seed in written.entries.items():
        for where, named in _named(seed):
            if named not in rungs:
                path = (*base, "entries", key, *where, "rung")
                yield document.problem(path, f"no rung is '{named}'", _nearest(named, rungs))


def _named(seed: SeedFile) -> Iterator[tuple[Path, str]]:
    """Every rung that an entry names, and where."""
    yield (), seed.rung
    yield from ((("before", number), one.rung) for number, one in enumerate(seed.before))
    yield from ((("due", number), one.rung) for number, one in enumerate(seed.due) if one.rung)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean '{near[0]}'?" if near else f"write one of {', '.join(names)}"
