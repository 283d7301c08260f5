"""The JSON Schemas of the files in `watchlists/`, with which editors complete and check as one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Union

from pydantic import create_model
from pydantic.json_schema import GenerateJsonSchema

from monitor.folder import CONCEPTS, ENTITIES, KINDS, LEDGERS, SOURCES
from monitor.ledgerfile import LedgersFile
from monitor.sourcefile import SourceFile
from monitor.sources import KINDS as SOURCE_KINDS
from monitor.written import ConceptsFile, EntitiesFile, KindsFile, WatchlistFile
from monitor.yamlfile import Strict

FOLDER = "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


_AnySource: Any = Union[(*(kind.written for kind in SOURCE_KINDS.values()), SourceFile)]
# The catalogue, where `monitor.catalogue` reads one source after the other, each as its kind has it.
_Catalogue = create_model(
    "_Catalogue",
    __base__=Strict,
    sources=(list[_AnySource], ...),
)

_FILES: dict[str, tuple[type[Strict], str, str]] = {
    "watchlist": (WatchlistFile, "A watchlist", "What must, may and must not be there, and where it goes."),
    "concepts": (ConceptsFile, "Concepts", "Meanings that the watchlists share, as @name."),
    "entities": (EntitiesFile, "Entities", "Companies, agencies, plants, places: @name, @role/x, @kind/x."),
    "kinds": (KindsFile, "Kinds of text", "Kinds of text that watchlists may add or take off points for."),
    "ledgers": (LedgersFile, "Ledgers", "What is followed from rung to rung, and what is due."),
    "sources": (_Catalogue, "Sources", "What is polled, how often, and what is known about it."),
}
NAMES = tuple(_FILES)

_ABOUT = {
    "about": "What it is for, in a sentence; nothing is looked for in it.",
    "acts": "The agencies that act where the text speaks of it and names none, by their ids.",
    "ahead": "How many days ahead it is told.",
    "alert": "An alert is sent from this score on.",
    "all": "Every one of these has to be there.",
    "also": "Takes in other concepts and entities, as @name.",
    "amount": "An amount of money: at least USD 50m, at most EUR 2bn, USD 5m to 50m.",
    "announcement": "The number of an official announcement: 61/2025, 61 or any.",
    "any": "One of these has to be there.",
    "apart": "Facts that tell rows of one key apart, such as the site; the first that both state decides.",
    "aside": "On no way up, such as delayed: it may come from anywhere.",
    "at_least": "How many of `any` have to be there.",
    "beside": "Meant only where one of these is in the item too.",
    "body": "The share of a group's points in the body.",
    "breach": "What would count as a breach, in words.",
    "checked": "When the address was last seen to answer, or not to: 2026-08.",
    "concepts": "Concepts by name.",
    "country": "Country, as two capitals (ISO 3166-1), EU for its institutions.",
    "date": "A day that the text names: 2026-11-10, 2026-11, 2026-11-01 to 2026-11-30, from, until.",
    "details": "What its sheet shows of it from the start.",
    "digest": "The item goes into the daily digest from this score on.",
    "disabled": "Why it is not polled; delete the line to switch it on.",
    "due": "What falls due, and when.",
    "email": "E-mail addresses.",
    "ends": "Nothing is expected to follow.",
    "entities": "Entities by name.",
    "entries": "Rows that are followed from the start, by their keys.",
    "every": "How often it is looked at: 90s, 30m, 6h, 1d.",
    "expires": "From this day on it is no longer judged: 2026-12-31.",
    "from": "Where the item has to come from: all that is named holds.",
    "general": "Gives way to any other stage that the title or the first sentence tells.",
    "hold": "When alerts may go, instead of what the settings say; {} for: at any time.",
    "id": "Small letters, digits and hyphens; never used for another.",
    "in": "Where to look; title, summary and body unless said otherwise.",
    "in_order": "The parts of `near` stand in this order.",
    "key": "The secret it is asked with, by its name under [keys] in the settings.",
    "kind": "What kind it is.",
    "kinds": "Kinds of text by name, and the points they add, or take off where below 0.",
    "ladder": "The rungs, the first one first.",
    "lang": "Language, ISO 639-1.",
    "ledgers": "Ledgers by name.",
    "less": "Groups that take points off.",
    "link": "The share of a group's points in the link.",
    "market": "Alerts go only while this exchange trades.",
    "must": "Groups that have to be met, or the score is 0.",
    "mute": "What is not told for a while, though it scores.",
    "name": "What it is called where it is shown.",
    "near": "These have to stand close together: see `within`.",
    "not": "What must not be there.",
    "not_near": "Words that stand close to one of these do not count.",
    "note": "The one thing to know about this source.",
    "on": "The day: 2026-11-10.",
    "opens": "What opens a new row: facts, the story of an item, or nothing (never).",
    "owner": "Who looks after it, or whose it is: a plant's company, an office's agency, by its id.",
    "primary": "What a primary source says goes at once all the same.",
    "progress": "What would count as progress, in words.",
    "quiet": "Stretches of the day in which nothing goes: \"22:00-07:00\".",
    "quiet_after": "Silence longer than this is worth a warning: 7d.",
    "read": "Which items are fetched in full: plausible (by title and summary), all or none.",
    "regex": "A regular expression in RE2's syntax.",
    "reverses": "Takes back what was told before.",
    "roles": "What it does: @role/magnet stands for all that bear the role magnet.",
    "rung": "The rung that it stands on, by its id.",
    "says": "What people call it, where that is not the id in words.",
    "send": "Where alerts go; the Slack channel of the settings if this is left out.",
    "short": "What it is called where room is short.",
    "silent": "A row without a step for so many days is told of.",
    "since": "Since that day: 2025-10-26.",
    "slack": "Slack channels, as \"#name\" in quotes.",
    "snooze": "Nothing is told until this day: 2026-12-31.",
    "source": "Where it comes from, or the share of a group's points in the source's name.",
    "sources": "The addresses that are polled.",
    "stages": "The rungs of the ladder, first to last.",
    "states": "The kind of fact that it is a value of: product or instrument.",
    "status": "What is known of the address: tested, seen, likely, unknown or dead.",
    "summary": "The share of a group's points in the summary.",
    "terms": "Spellings by language.",
    "tickers": "Stock tickers, as \"NYSE:MP\".",
    "tier": "1 primary, 2 wire, 3 trade press, 4 general press.",
    "tiers": "Points that an item gets for the tier of its source, by tier.",
    "title": "How it is called in alerts; in `weights` the share of points in the title.",
    "unless": "Not meant where one of these is in the item.",
    "until": "Up to this day: 2026-12-31.",
    "url": "The address that is polled.",
    "watchlist": "The file's name without .yaml.",
    "watchlists": "The watchlists whose stages tell its rungs.",
    "weekdays": "The days on which alerts go; every day if left out.",
    "weight": "The points it is worth.",
    "weights": "The share of a group's points by the part of the item it is met in.",
    "what": "What falls due, in words.",
    "why": "The reason, for the next reader.",
    "within": "How many words from first to last, or: sentence.",
    "zone": "Time zone of dates that name none: America/New_York.",
}  # fmt: skip


class _Schema(GenerateJsonSchema):
    """As pydantic makes it, without a title for each key, and strict about names of maps too."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's own
        return False

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().dict_schema(schema)
        return made | {"additionalProperties": False} if "patternProperties" in made else made


def schema(name: str) -> str:
    """The schema of a kind of file, as JSON text with a line break at its end."""
    model, title, description = _FILES[name]
    made = model.model_json_schema(by_alias=True, schema_generator=_Schema)
    _describe(made)
    head = {"$schema": DIALECT, "title": title, "description": description}
    return json.dumps(head | made | head, indent=2, ensure_ascii=False) + "\n"


def _describe(part: Any) -> None:
    """Say at each key what it means; an editor shows that."""
    if isinstance(part, dict):
        for key, value in part.get("properties", {}).items():
            value["description"] = value.get("description") or _ABOUT[key]
        for value in part.values():
            _describe(value)
    elif isinstance(part, list):
        for value in part:
            _describe(value)


def first_line(file: str) -> str:
    """The comment by which an editor finds the schema of a file."""
    named = (
        file.removesuffix(".yaml") if file in {CONCEPTS, ENTITIES, KINDS, LEDGERS, SOURCES} else "watchlist"
    )
    return f"# yaml-language-server: $schema={FOLDER}/{named}.json\n"


def write(directory: Path) -> Path:
    """Put every schema where the files in this folder name it. Answers where. Raises OSError."""
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.json").write_text(schema(name), "utf-8", newline="\n")
    return folder
