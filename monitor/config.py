"""Settings: `monitor.toml`, then the environment on top, into one typed section per owner.

Every key can come from the environment as `MONITOR_SECTION__KEY`, and from a file named by
`MONITOR_SECTION__KEY_FILE`, which suits secrets. With neither file nor environment the defaults
run. Secrets never appear in a repr, a log or an error.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, ValidationError

from monitor.capping import Limits
from monitor.channels.settings import EmailSettings, SlackSettings
from monitor.errors import Invalid, Problem
from monitor.fetch import HttpSettings
from monitor.hours import WrittenHours
from monitor.section import ReadingSettings, Section, known_zone
from monitor.subscribing import SubscriberSettings, namesakes
from monitor.web.settings import WebSettings

DEFAULT_FILE = "monitor.toml"
PREFIX = "MONITOR_"
SQLITE = "sqlite:///"


def _sqlite(url: str) -> str:
    if not url.startswith(SQLITE) or url == SQLITE:
        raise ValueError("write sqlite:///FILE, for example sqlite:///monitor.db")
    return url


class StorageSettings(Section):
    """`[storage]`."""

    url: Annotated[str, AfterValidator(_sqlite)] = f"{SQLITE}monitor.db"

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix(SQLITE))


class PathSettings(Section):
    """`[paths]`, relative to the working directory."""

    watchlists: str = "watchlists"
    sources: str = "watchlists/sources.yaml"
    digests: str = "digests"


def _one_line(key: SecretStr) -> SecretStr:
    if re.search(r"[\x00-\x1f\x7f]", key.get_secret_value()):
        raise ValueError("write one line, without line breaks or other control characters")
    return key


def _stripped(key: SecretStr) -> SecretStr:
    return SecretStr(key.get_secret_value().strip())


_Password = Annotated[SecretStr, AfterValidator(_one_line)]
_Key = Annotated[_Password, AfterValidator(_stripped)]  # a header takes no spaces around a value


class KeySettings(Section):
    """`[keys]`: what some sources are asked with; empty, those are off."""

    regulations_gov: _Key = SecretStr("")
    congress_gov: _Key = SecretStr("")
    sam_gov: _Key = SecretStr("")
    mailbox: _Password = SecretStr("")

    def secrets(self) -> dict[str, str]:
        """The keys that are set."""
        values = {name: getattr(self, name).get_secret_value() for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value}


def _destination(text: str) -> str:
    if text and not re.fullmatch(r"slack:\S+|email:[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError("write slack:#channel or email:who@example.com")
    return text


class OperatorSettings(Section):
    """`[operator]`: who is told that a source needs a look; the terminal where `to` is empty."""

    to: Annotated[str, AfterValidator(_destination)] = ""


class HoursSettings(WrittenHours, Section):
    """`[hours]`: when alerts may go, for every watchlist that says nothing else in `send: {hold: ...}`."""

    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"


_Most = Annotated[int, Field(ge=1, le=10_000)]


class LimitSettings(Section):
    """`[limits]`: how many messages one channel gets at most; what is beyond is told in one summary."""

    per_hour: _Most = 30
    per_day: _Most = 200
    watchlist_per_day: _Most = 60

    def limits(self) -> Limits:
        return Limits(self.per_hour, self.per_day, self.watchlist_per_day)


class Settings(Section):
    """All settings."""

    storage: StorageSettings = StorageSettings()
    paths: PathSettings = PathSettings()
    http: HttpSettings = HttpSettings()
    reading: ReadingSettings = ReadingSettings()
    keys: KeySettings = KeySettings()
    slack: SlackSettings = SlackSettings()
    email: EmailSettings = EmailSettings()
    operator: OperatorSettings = OperatorSettings()
    hours: HoursSettings = HoursSettings()
    limits: LimitSettings = LimitSettings()
    web: WebSettings = WebSettings()
    subscribers: tuple[SubscriberSettings, ...] = ()


def load(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read the settings. `file` None means `MONITOR_CONFIG`, else ./monitor.toml if there is one.

    Raises Invalid with every problem at once: the file and line, or the variable.
    """
    named = file or (Path(environment["MONITOR_CONFIG"]) if environment.get("MONITOR_CONFIG") else None)
    path = named or Path(DEFAULT_FILE)
    text = _read(path, required=named is not None)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = int(found[1]) if (found := re.search(r"line (\d+)", str(error))) else 0
        raise Invalid((Problem(str(path), line, f"is not valid TOML: {error}"),)) from None
    origins = _overlay(values, environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems = (_explain(path, text, origins, detail) for detail in error.errors(include_input=False))
        raise Invalid(tuple(sorted(set(problems)))) from None
    if twice := [_explain(path, text, origins, detail) for detail in namesakes(settings.subscribers)]:
        raise Invalid(tuple(twice))
    return settings


def _read(path: Path, *, required: bool) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        if required:
            raise Invalid((Problem(str(path), 0, "there is no such file"),)) from None
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid((Problem(str(path), 0, f"cannot be read: {type(error).__name__}"),)) from None


# ------------------------------------------------------------------ the environment


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lay the environment over the file's values; answers which path came from which variable."""
    origins: dict[tuple[str, ...], str] = {}
    for variable in sorted(environment):
        name = variable.removeprefix(PREFIX)
        if name in (variable, "CONFIG"):
            continue
        from_file = name.endswith("_FILE")
        path = tuple(name.removesuffix("_FILE").lower().split("__"))
        if len(path) > 2 or path[0] not in Settings.model_fields:
            remedy = _nearest(path[0], set(Settings.model_fields))
            raise Invalid((Problem(variable, 0, "names no section of the settings", remedy),))
        text = _secret(variable, environment[variable]) if from_file else environment[variable]
        section = values if len(path) == 1 else values.setdefault(path[0], {})
        if not isinstance(section, dict):
            raise Invalid((Problem(variable, 0, f"'{path[0]}' is not a section here, but a value"),))
        section[path[-1]] = _value(text)
        origins[path] = variable
    return origins


def _secret(variable: str, file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(variable, 0, f"its file cannot be read: {type(error).__name__}")
        raise Invalid((problem,)) from None


def _value(text: str) -> Any:
    """JSON for lists; anything else is taken as it stands."""
    if text[:1] == "[":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


# ------------------------------------------------------------------ problems in words


def _explain(
    path: Path, text: str, origins: Mapping[tuple[str, ...], str], detail: Mapping[str, Any]
) -> Problem:
    loc = tuple(str(step) for step in detail["loc"])
    variable = origins.get(loc) or origins.get(loc[:1])
    place = (variable, 0) if variable else (str(path), _line(text, loc))
    key = ".".join(loc)
    if detail["type"] == "extra_forbidden":
        return Problem(*place, f"unknown key '{key}'", _nearest(loc[-1], _siblings(loc)))
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(*place, f"{key}: {message[0].lower()}{message[1:]}")


def _siblings(loc: tuple[str, ...]) -> set[str]:
    if len(loc) == 1:
        return set(Settings.model_fields)
    if loc[0] == "subscribers":
        return set(SubscriberSettings.model_fields)
    fields = Settings.model_fields[loc[0]].default.__class__.model_fields
    return {field.alias or name for name, field in fields.items()}


def _nearest(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"


def _line(text: str, loc: tuple[str, ...]) -> int:
    """The line of a key, or of its section: as near as a look at the text can tell."""
    section, line, nth = "", 0, 0
    name = next(step for step in reversed(loc) if not step.isdigit())  # that of a list, for what is in it
    wanted = int(loc[1]) + 1 if len(loc) > 1 and loc[1].isdigit() else 1
    for number, written in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([\w.]+)\s*\]+", written):
            section = header[1]
            nth += section == loc[0]
            line = number if section == loc[0] and nth == wanted else line
        key = re.match(r"\s*\"?([\w-]+)\"?\s*=", written)
        here = section == loc[0] and nth == wanted if len(loc) > 1 else not section
        if here and key and key[1] == name:
            return number
    return line
