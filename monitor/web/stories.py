"""A story: every item that tells it, why each joined, what was told of it; and what was seen on its pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor import looks, opinions, wording
from monitor.feedback import Mark, Opinion
from monitor.looks import Sighting
from monitor.storage import Storage
from monitor.storage.stories import Member
from monitor.web.addresses import number
from monitor.web.house import House
from monitor.web.itemrows import headline
from monitor.web.pages import HEADERS, onward, page
from monitor.web.timeline import Timeline
from monitor.web.visitor import sent, visitor

# So many items stand on a page, and so many characters of a text; a story of more is read in parts.
MOST, TEXT = 40, 40_000
# A story is called after the item that opened it.
_OPENED_BY = re.compile(r"s(\d{1,15})(-apart)?", re.ASCII)
UNDO = "undo"


class Stories:
    """The pages below /stories/ and /evidence/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/stories/{story}", self.story),
            Route("/stories/{story}/mark", self.mark, methods=["POST"]),
            Route("/evidence/{item}", self.evidence),
        ]

    def story(self, request: Request) -> Response:
        """One story; under the name that it had before it was merged too."""
        name = request.path_params["story"]
        first = number(request.query_params.get("from", ""))
        with self._house.reading() as storage:
            members = storage.stories.members(name)
            if not members:
                return RedirectResponse(_now(storage, name), 307, HEADERS)
            first = min(first, len(members) - 1) // MOST * MOST
            timeline = Timeline(storage, self._house.in_force, self._house.zone)
            shown: dict[str, object] = {
                "name": name,
                "tellings": timeline.tellings(members, first, MOST),
                "items": len(members),
                "outlets": storage.stories.outlets(name),
                "followed": timeline.followed(name, {one.item for one in members}),
                "day": partial(wording.day, zone=self._house.zone),
                "first": first,
                "after": first + MOST if len(members) > first + MOST else 0,
                "before": first - MOST,
                "said": self._said(storage, members, request.query_params.get("marked", "")),
            } | self._head(storage, members)
        return page(request, self._house, "story.html", shown)

    def _head(self, storage: Storage, members: Sequence[Member]) -> dict[str, str]:
        """The name of the story, and since when and until when it is told."""
        found = storage.items.get_many([members[0].item, members[-1].item])
        began, latest = (wording.when(one.when, self._house.zone) for one in (found[0], found[-1]))
        return {
            "title": headline(found[0], self._house.in_force)[0],
            "lang": found[0].lang,
            "began": began,
            "latest": latest,
        }

    def mark(self, request: Request) -> Response:
        """Say what an alert was worth, or take that back. Raises 404 where the story has no such alert."""
        name, form, now = request.path_params["story"], sent(request), self._house.clock()
        alert, said, who = form.get("alert"), form.get("opinion"), visitor(request).person
        if said not in (UNDO, *Opinion):
            raise HTTPException(400)
        with self._house.writing() as storage:
            if not _told_of(storage, storage.stories.members(name), alert):
                raise HTTPException(404)
            if said == UNDO:
                opinions.take_back(storage, alert, who, now)
            else:
                opinions.give(storage, Mark(alert, Opinion(said), who, now), now)
        return onward(request, f"stories/{quote(name, safe='')}?marked={quote(alert, safe='')}")

    def _said(self, storage: Storage, members: Sequence[Member], alert: str) -> str:
        """What came of the mark that was just given, by what is filed."""
        last = storage.feedback.last_mark(alert) if alert and _told_of(storage, members, alert) else None
        if last is None:
            return ""
        if last.undone:
            return f"Taken back by {last.undone_by}."
        return f"{last.who.name} marked it as {last.opinion.value}. To say otherwise, take that back first."

    def evidence(self, request: Request) -> Response:
        """What was seen on an item's page: each version, and what changed in one of them."""
        asked = number(request.path_params["item"])
        wanted = number(request.query_params.get("version", ""))
        with self._house.reading() as storage:
            item = storage.items.get(asked)
            if item is None:
                raise HTTPException(404)
            seen, look = storage.looks.sightings(asked), storage.looks.get(asked)
            member = storage.stories.of(asked)
        title, outlet = headline(item, self._house.in_force)
        at = next((n for n, one in enumerate(seen) if one.number == wanted), len(seen) - 1)
        shown: dict[str, object] = {
            "item": item,
            "title": title,
            "outlet": outlet,
            "story": member.story if member else "",
            "page": looks.progress(
                look, [one.seen for one in seen], partial(wording.when, zone=self._house.zone)
            ),
            "seen": seen,
            "one": seen[at] if seen else None,
            "before": seen[at - 1] if at > 0 else None,
            "changes": _changes(seen, at),
            "text": seen[at].text[:TEXT] if seen else "",
            "cut": bool(seen) and len(seen[at].text) > TEXT,
        }
        return page(request, self._house, "evidence.html", shown)


def _now(storage: Storage, name: str) -> str:
    """What the story is called by now in which the item is that opened it. Raises 404 where there is none."""
    opened = _OPENED_BY.fullmatch(name)
    member = storage.stories.of(int(opened[1])) if opened else None
    if member is None or member.story == name:
        raise HTTPException(404)
    return member.story


def _told_of(storage: Storage, members: Sequence[Member], alert: str) -> bool:
    """Is it an alert on one of these items?"""
    found = storage.told.beside([one.item for one in members])
    return any(one.id == alert for told in found.values() for one in told)


def _changes(seen: Sequence[Sighting], at: int) -> list[tuple[str, str]]:
    """The sentences that went and came, each with its sign."""
    lines = looks.changes(seen[at - 1].text, seen[at].text) if at > 0 else iter(())
    return [(line[:1], line[2:]) if line[:2] in ("- ", "+ ") else ("", line) for line in lines]
