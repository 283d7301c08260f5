"""How a source of numbers is written: where they stand, what is told of them, and to whom."""

from __future__ import annotations

import codecs
from datetime import timedelta
from typing import Annotated, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic import Field as Key

from monitor.links import web_link
from monitor.numbers import Order, Style
from monitor.pattern import expression
from monitor.section import Duration
from monitor.series import Change, Followed, Late, Level, Rule
from monitor.sourcefile import SourceFile
from monitor.yamlfile import Strict

TODAY = "today"
_DAY = timedelta(days=1)


def _path(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError:
        raise ValueError(f"'{text}' is not a path: write one like data.prices (jmespath.org)") from None
    return text


def _codec(text: str) -> str:
    try:
        codecs.lookup(text)
    except LookupError:
        raise ValueError(f"'{text}' is not an encoding: write one like windows-1252 or gb18030") from None
    return text


class RuleFile(Strict):
    """One rule: `change` (with `within`), `above`, `below` or `late`."""

    name: Annotated[str, Key(description="What it is called where it is told.")] = ""
    change: Annotated[
        str,
        StringConstraints(pattern=r"^\d{1,4}(\.\d{1,4})?\s*%$"),
        Key(description="By how much, up or down: 5%."),
    ] = ""
    within: Annotated[
        Duration | None,
        Key(
            description="Compared with the last number at least so much older: 1d; else with the one before."
        ),
    ] = None
    above: Annotated[float | None, Key(description="Told when the number rises above this.")] = None
    below: Annotated[float | None, Key(description="Told when the number falls below this.")] = None
    late: Annotated[
        Duration | None, Key(description="Told when nothing is new for so much longer than usual: 3d.")
    ] = None

    @model_validator(mode="after")
    def _one(self) -> RuleFile:
        said = [bool(self.change), self.above is not None, self.below is not None, self.late is not None]
        if sum(said) != 1:
            raise ValueError("a rule says one of: change, above, below, late")
        if self.change and not float(self.change.rstrip("% ")):
            raise ValueError("a change of 0 % is none")
        if self.within is not None and (not self.change or self.within < _DAY):
            raise ValueError("'within' goes with 'change', and is at least 1d")
        return self

    @property
    def rule(self) -> Rule:
        if self.change:
            share = float(self.change.rstrip("% ")) / 100
            within = f" within {_days(self.within)}" if self.within else ""
            return Change(share, self.within, self.name or f"change of {share * 100:g} %{within}")
        if self.late is not None:
            return Late(self.late, self.name or f"late by {_days(self.late)}")
        above = self.above is not None
        level = self.above if self.above is not None else self.below or 0.0
        return Level(level, above, self.name or f"{'above' if above else 'below'} {level:,g}")


def _days(span: timedelta) -> str:
    if span % _DAY:
        return f"{span / timedelta(hours=1):g} hours"
    return "1 day" if span == _DAY else f"{span // _DAY} days"


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
_RULES = Key(description="When its numbers are told.")
_TELL = Key(description="The watchlists on which that is told.")
Rows = Annotated[str, Key(description="Where in a JSON answer the rows are, as a JMESPath expression.")]


class SeriesPart(Strict):
    """One series of a source. `rules` and `tell` are those of the source where it has none of its own."""

    id: Id
    name: Annotated[str, StringConstraints(min_length=1)]
    unit: Annotated[str, Key(description="What its numbers count, with the currency: CNY/t.")] = ""
    value: Annotated[
        str, Key(description="The column or field of the number; of a page a pattern with it in brackets.")
    ] = ""
    row: Annotated[str, Key(description="Words of the table's row that the number stands in.")] = ""
    column: Annotated[
        str | int, Key(description="Words of the table's column that the number stands in, or its place.")
    ] = ""
    date: Annotated[
        str | list[str],
        Key(description="Column, field (or several, joined by -) or pattern of the day; of a page: today."),
    ] = ""
    where: Annotated[
        dict[str, str | int], Key(description="Only rows that have just this in these columns or fields.")
    ] = {}
    rows: Rows = ""
    rules: Annotated[list[RuleFile] | None, _RULES] = None
    tell: Annotated[list[str] | None, _TELL] = None

    @property
    def day(self) -> tuple[str, ...]:
        return (self.date,) if isinstance(self.date, str) and self.date else tuple(self.date)

    def lacking(self, page: bool) -> str:  # noqa: FBT001 - the one thing that it depends on
        """What is missing or too much, for the format; empty where it can be read."""
        if not page:
            return "" if self.value and self.day else "needs 'value' and 'date'"
        if bool(self.value) == bool(self.row) or bool(self.row) != bool(self.column):
            return "needs a pattern as 'value', or a 'row' and a 'column'"
        patterns = [self.value, *(self.day if self.day != (TODAY,) else ())]
        if any(expression(text).groups != 1 for text in patterns if text):
            return "needs one pair of brackets in each pattern"
        return ""

    def followed(self, source: SeriesFile) -> Followed:
        rules = source.rules if self.rules is None else self.rules
        tell = source.tell if self.tell is None else self.tell
        return Followed(
            self.id, self.name, self.unit, source.link or source.url,
            tuple(one.rule for one in rules), tuple(tell),
        )  # fmt: skip


class SeriesFile(SourceFile):
    """A source of numbers over time. One that is disabled need not say yet where they are."""

    kind: Literal["series"]
    read: Literal["plausible", "all", "none"] = "none"
    format: Annotated[Literal["csv", "json", "page"], Key(description="What comes: csv, json or page.")] = (
        "csv"
    )
    series: Annotated[list[SeriesPart], Key(description="The series it holds.")] = []
    rows: Annotated[Rows, AfterValidator(_path)] = ""
    number: Annotated[Style, Key(description="How its numbers are written.")] = "1,234.5"
    dates: Annotated[Order, Key(description="Which of day and month is first in 11/12/2026.")] = "ymd"
    encoding: Annotated[
        str, AfterValidator(_codec), Key(description="Where it does not say itself: windows-1252.")
    ] = ""
    follow: Annotated[
        str, Key(description="Where it is an index: words of, or beside, the link to the numbers.")
    ] = ""
    pick: Annotated[Literal["first", "last"], Key(description="Which of several links is followed.")] = (
        "first"
    )
    link: Annotated[str, Key(description="The page to show, where the address is not one to read.")] = ""
    key_header: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9-]*$"),
        Key(description="The header that the secret is sent in."),
    ] = ""
    rules: Annotated[list[RuleFile], _RULES] = []
    tell: Annotated[list[str], _TELL] = []

    @model_validator(mode="after")
    def _whole(self) -> SeriesFile:
        if not self.series and not self.disabled:
            raise ValueError("says no series: add 'series:' with where its numbers are")
        if self.link and not web_link(self.link):
            raise ValueError(f"'{self.link}' is not the address of a page")
        if len({part.id for part in self.series}) < len(self.series):
            raise ValueError("two series have the same id")
        for part in self.series:
            lacking = part.lacking(self.format == "page")
            if lacking:
                raise ValueError(f"the series '{part.id}' {lacking}")
            names = [rule.name for rule in part.followed(self).rules]
            if len(set(names)) < len(names):
                raise ValueError(f"two rules of '{part.id}' are the same: give them names")
        return self
