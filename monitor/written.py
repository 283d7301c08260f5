"""What the files in `watchlists/` may hold. `docs/watchlists.md` explains it; the schema is made of it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic import Field as Key

from monitor.hours import WrittenHours
from monitor.rule import ALERT, DIGEST, Field
from monitor.yamlfile import Strict

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Lang = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Points = Annotated[int, Key(ge=0, le=100)]
Signed = Annotated[int, Key(ge=-100, le=100)]
Tier = Annotated[int, Key(ge=1, le=4)]
Share = Annotated[float, Key(ge=0, le=1, strict=False)]
EntityKind = Literal["company", "agency", "ministry", "programme", "plant", "place", "body"]
# `text` stands for what is not the title: summary and body.
Place = Literal["title", "summary", "body", "link", "source", "text"]


def fields(places: list[Place]) -> frozenset[Field]:
    """The fields that written places stand for."""
    names: dict[Place, tuple[Field, ...]] = {"text": ("summary", "body")}
    return frozenset(f for place in places for f in names.get(place, (place,)))  # type: ignore[misc]


def _moment(value: Any) -> Any:
    """A date is the start of that day; a time without a zone is in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"'{value[:40]}' is not a date: write 2026-12-31") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):  # pydantic takes a ValueError for a fault of the file
        raise ValueError("write a date such as 2026-12-31, or a time such as 2026-12-31T14:00+08:00")  # noqa: TRY004
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]


def _as_text(value: Any) -> Any:
    """YAML takes 2026-11-10 for a date and 61 for a number; here they are words."""
    if isinstance(value, date | int) and not isinstance(value, datetime | bool):
        return str(value)
    return value


def _distance(value: Any) -> Any:
    if value == "sentence" or (type(value) is int and 0 <= value <= MAX_DISTANCE):
        return value
    raise ValueError(f"'{str(value)[:40]}' is no distance: write a number of words up to 100, or sentence")


MAX_DISTANCE = 100
_Distances = Annotated[int, Key(ge=0, le=MAX_DISTANCE)] | Literal["sentence"]
Distance = Annotated[int | str, BeforeValidator(_distance, json_schema_input_type=_Distances)]
Plain = Annotated[Words, BeforeValidator(_as_text, json_schema_input_type=str | int)]

# ------------------------------------------------------------------ conditions


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "list"
    return "condition" if isinstance(value, (dict, ConditionFile)) else "words"


class FromFile(Strict):
    """Where an item is from: all that is named has to hold."""

    tier: list[Tier] = []
    lang: list[Lang] = []
    country: list[Country] = []
    id: list[Id] = []

    @model_validator(mode="after")
    def _asks_something(self) -> FromFile:
        if not (self.tier or self.lang or self.country or self.id):
            raise ValueError("names nothing: write tier, lang, country or id")
        return self


class ConditionFile(Strict):
    """What has to hold in an item: every key that is written."""

    any: Annotated[list[Written] | None, Key(min_length=1)] = None
    at_least: Annotated[int, Key(ge=1, le=50)] = 1
    all: Annotated[list[Written] | None, Key(min_length=1)] = None
    near: Annotated[list[Written] | None, Key(min_length=2, max_length=6)] = None
    within: Distance | None = None
    in_order: bool = False
    not_: Annotated[list[Written] | None, Key(alias="not", min_length=1)] = None
    not_near: Annotated[list[Written] | None, Key(min_length=1)] = None
    regex: Words | None = None
    amount: Words | None = None
    date: Plain | None = None
    announcement: Plain | None = None
    from_: Annotated[FromFile | None, Key(alias="from")] = None
    in_: Annotated[list[Place] | None, Key(alias="in", min_length=1)] = None

    @model_validator(mode="after")
    def _says_something(self) -> ConditionFile:
        asked = (
            self.any,
            self.all,
            self.near,
            self.regex,
            self.amount,
            self.date,
            self.announcement,
            self.from_,
        )
        if not any(part is not None for part in asked):
            raise ValueError("says nothing to look for: write any, all, near, regex, amount, date or from")
        if self.any is not None and self.at_least > len(self.any):
            raise ValueError(f"asks for {self.at_least} of {len(self.any)}: lower at_least")
        return self

    @model_validator(mode="after")
    def _keys_belong_together(self) -> ConditionFile:
        if self.at_least > 1 and self.any is None:
            raise ValueError("at_least counts in any: write any, or take it out")
        if self.within is not None and not self.near and not self.not_near:
            raise ValueError("within belongs to near or not_near: write one, or take it out")
        if self.in_order and not self.near:
            raise ValueError("in_order belongs to near: write near, or take it out")
        return self


One = Annotated[
    Annotated[Words, Tag("words")] | Annotated[ConditionFile, Tag("condition")],
    Discriminator(
        _kind,
        custom_error_type="too_deep",
        custom_error_message="A list in a list in a list: write its words into the list around it",
    ),
]
# A list among terms: any one of it will do.
Written = Annotated[
    Annotated[Words, Tag("words")]
    | Annotated[ConditionFile, Tag("condition")]
    | Annotated[list[One], Tag("list"), Key(min_length=1, description="Any one of these will do.")],
    Discriminator(_kind),
]
ConditionFile.model_rebuild()


# ------------------------------------------------------------------ concepts, entities, kinds of text


class MeaningFile(Strict):
    """Spellings by language, and what tells this meaning from others of the same words."""

    about: str = ""
    terms: dict[Lang, list[Written]] = {}
    unless: list[Written] = []
    not_near: list[Written] = []
    within: Distance = 5
    beside: list[Written] = []
    source: list[Words] = []


class ConceptFile(MeaningFile):
    """A meaning, and what else it takes in.

    `states` is the kind of fact that it is a value of; `acts` names the agencies that act where the
    text speaks of it, the first before the others, and names none.
    """

    also: list[Words] = []
    states: Literal["product", "instrument"] | None = None
    acts: list[Id] = []


class EntityFile(MeaningFile):
    """A named thing.

    `short` is what to call it where room is short; `owner` whose it is: of a plant the company, of an
    office or programme the agency.
    """

    name: Words
    short: Words | None = None
    owner: Id | None = None
    kind: EntityKind
    country: Country | None = None
    tickers: list[Words] = []
    roles: list[Id] = []


class KindFile(ConditionFile):
    """A kind of text: a condition on what the text says."""

    about: str = ""


class ConceptsFile(Strict):
    concepts: dict[Id, ConceptFile]


class EntitiesFile(Strict):
    entities: dict[Id, EntityFile]


class KindsFile(Strict):
    kinds: dict[Id, KindFile]


# ------------------------------------------------------------------ watchlists


class GroupFile(ConditionFile):
    """A condition, what to call it, and the points it is worth."""

    name: Words | None = None
    weight: Points | None = None


class StageFile(ConditionFile):
    """A rung of the ladder, what people call it, and what tells it."""

    id: Id
    says: Words | None = None
    general: bool = False


class MuteFile(ConditionFile):
    """What is not told for a while."""

    until: Moment
    why: str = ""


def _slack(text: str) -> str:
    if not re.fullmatch(r"#[^\s#]+|[CGD][A-Z0-9]{6,}", text):
        raise ValueError(f"'{text}' is not a Slack channel: write \"#name\" in quotes, or its id")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError(f"'{text}' is not an e-mail address: write name@example.com")
    return text


class HoldFile(WrittenHours, Strict):
    """When alerts may go; replaces the hours of the settings."""


class SendFile(Strict):
    slack: list[Annotated[str, AfterValidator(_slack)]] = []
    email: list[Annotated[str, AfterValidator(_email)]] = []
    hold: HoldFile | None = None


class WeightsFile(Strict):
    """The share of a group's points by the field that it is met in."""

    title: Share = 1.0
    summary: Share = 0.7
    body: Share = 0.5
    link: Share = 0.5
    source: Share = 0.5


class WatchlistFile(Strict):
    """One watchlist."""

    watchlist: Id
    title: Words
    about: str = ""
    owner: str = ""
    expires: Moment | None = None
    snooze: Moment | None = None
    must: Annotated[list[GroupFile], Key(min_length=1)]
    any: list[GroupFile] = []
    less: list[GroupFile] = []
    not_: Annotated[list[GroupFile], Key(alias="not")] = []
    kinds: dict[Id, Signed] = {}
    stages: list[StageFile] = []
    mute: list[MuteFile] = []
    tiers: dict[Tier, Signed] = {}
    weights: WeightsFile = WeightsFile()
    alert: Points = ALERT
    digest: Points = DIGEST
    send: SendFile = SendFile()
