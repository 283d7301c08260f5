"""A story: every item that tells it, why each joined, and what was told of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor import wording
from monitor.model import Alert, Item, Source
from monitor.storage import Storage
from monitor.storage.stories import Member
from monitor.web.house import House
from monitor.web.pages import HEADERS, page

MOST = 500
# A story is called after the item that opened it.
_OPENED_BY = re.compile(r"s(\d{1,15})(-apart)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Telling:
    """An item of a story. `tier` is empty where its source is watched no more; `why` says why it is there,
    `told` what was told on it."""

    number: int
    title: str
    link: str
    lang: str
    outlet: str
    tier: str
    primary: bool
    when: str
    why: str
    told: tuple[str, ...]


class Stories:
    """The pages below /stories/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/stories/{story}", self.story)]

    def story(self, request: Request) -> Response:
        """One story; under the name that it had before it was merged too."""
        name = request.path_params["story"]
        with self._house.reading() as storage:
            members = storage.stories.members(name)
            if not members:
                return RedirectResponse(_now(storage, name), 307, HEADERS)
            items = {item.id: item for item in storage.items.get_many([m.item for m in members[:MOST]])}
            alerts = list(storage.alerts.told_of(name))
        sources = self._house.in_force.sources
        told = [
            _telling(one, items[one.item], sources, alerts, self._house.zone)
            for one in members
            if one.item in items
        ]
        shown = {
            "name": name,
            "title": told[0].title if told else name,
            "tellings": told,
            "outlets": len({item.source for item in items.values()}),
            "alerts": [_alert(alert, self._house.zone) for alert in alerts],
            "more": max(len(members) - MOST, 0),
        }
        return page(request, self._house, "story.html", shown)


def _now(storage: Storage, name: str) -> str:
    """What the story is called by now in which the item is that opened it. Raises 404 where there is none."""
    opened = _OPENED_BY.fullmatch(name)
    member = storage.stories.of(int(opened[1])) if opened else None
    if member is None or member.story == name:
        raise HTTPException(404)
    return member.story


def _telling(
    member: Member, item: Item, sources: Mapping[str, Source], alerts: list[Alert], zone: str
) -> Telling:
    source = sources.get(item.source)
    return Telling(
        number=item.id,
        title=item.title or "(without a title)",
        link=item.link,
        lang=item.lang,
        outlet=source.name if source else item.source,
        tier=wording.TIERS.get(source.tier, "press") if source else "",
        primary=source is not None and source.tier == 1,
        when=wording.day(item.when, zone) if wording.timeless(item.when) else wording.at(item.when, zone),
        why=f"joined because {member.because}" if member.because else "came first",
        told=tuple(wording.reason(alert) for alert in alerts if alert.item == item.id),
    )


def _alert(alert: Alert, zone: str) -> Mapping[str, str]:
    return {
        "when": wording.at(alert.created, zone),
        "reason": wording.reason(alert),
        "to": wording.titles(alert),
        "news": wording.news(alert),
        "facts": wording.facts(alert),
        "why": wording.why(alert),
    }
