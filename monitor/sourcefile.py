"""What every entry of `sources.yaml` may hold. The kinds add their own keys, each in its module."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Key

from monitor.errors import Refused
from monitor.guard import Guard
from monitor.section import Duration, known_zone
from monitor.yamlfile import Strict


def known_address(text: str) -> str:
    """A public address that may be asked. Raises ValueError."""
    try:
        Guard().check_url(text)
    except Refused as error:
        raise ValueError(str(error)) from None
    return text


def _without_key(text: str) -> str:
    if re.search(r"[?&]api_?key=", text, re.IGNORECASE):
        raise ValueError("a key does not belong in an address: put it under [keys] in the settings")
    return text


WebAddress = Annotated[str, AfterValidator(known_address)]
KeyedAddress = Annotated[str, AfterValidator(known_address), AfterValidator(_without_key)]


def _often(every: timedelta) -> timedelta:
    if every < timedelta(seconds=1):
        raise ValueError("a source cannot be asked without a pause: write at least 1s")
    return every


Zone = Annotated[str, AfterValidator(known_zone)]


class SourceFile(Strict):
    """One source, whatever its kind; each kind adds what else it needs to know.

    `read` says which items are fetched in full: those that their title and summary make
    plausible, all, or none. `status` is what is known of the address: `tested` (seen to answer,
    with a dated report), `seen` (in working use somewhere), `likely`, `unknown` or `dead`;
    `checked` is the month of that report.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: str = ""
    kind: str = "feed"
    url: WebAddress
    tier: Annotated[int, Key(ge=1, le=4)] = 3
    lang: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"
    zone: Zone = "UTC"
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    every: Annotated[Duration, AfterValidator(_often)] = Key(default="30m", validate_default=True)
    quiet_after: Duration = Key(default="7d", validate_default=True)
    read: Literal["plausible", "all", "none"] = "plausible"
    status: Literal["tested", "seen", "likely", "unknown", "dead", ""] = ""
    checked: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}(-\d{2})?)?$")] = ""
    key: str = ""
    disabled: str = ""
    note: str = ""
