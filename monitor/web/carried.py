"""What was entered into a form that could not be taken: kept in the page that says so, to be sent once more.

Nothing of it is kept here, so that nobody who is not let in fills our memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from monitor.web.bodies import ROOMY_FIELDS, Sent
from monitor.web.sessions import page_after

_WRITTEN = TypeAdapter(tuple[str, tuple[tuple[str, str], ...]])


@dataclass(frozen=True, slots=True)
class Carried:
    """The fields that were entered, and the page of ours to which they were going (`/watchlists/x/edit`)."""

    to: str
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """Itself as the value of one field, which changes no line break and hides no name."""
        return json.dumps([self.to, self.fields], ensure_ascii=False)


def carried(request: Request, sent: Sent) -> Carried | None:
    """What was sent, but for the token, which is of no use any more; None where nothing was entered."""
    fields = tuple(field for field in sent.fields if field[0] != "token")
    return Carried(place(request), fields) if fields else None


def read(text: str) -> Carried | None:
    """What `text` holds; None where it is nothing of ours."""
    try:
        to, fields = _WRITTEN.validate_json(text)
    except ValidationError:
        return None
    return Carried(to, fields) if page_after(to) == to and len(fields) <= ROOMY_FIELDS else None


def place(request: Request) -> str:
    """The page that was asked for and what was asked of it, as it stands in an address."""
    path, query = quote(request.scope["path"], safe="/"), request.scope["query_string"].decode("latin-1")
    return page_after(f"{path}?{query}" if query else path)
