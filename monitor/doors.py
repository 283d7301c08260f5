"""The doors to the network, one for each scheme, behind the one that polling asks at."""

from __future__ import annotations

from monitor.fetch import Fetched, Fetcher, HttpSettings, NotModified
from monitor.imap import SCHEME, Mailboxes
from monitor.model import Validators
from monitor.request import Request


class Doors:
    """What may be asked, over http and https and, for mailboxes, over imaps. A context manager."""

    def __init__(self, web: Fetcher, settings: HttpSettings) -> None:
        self._web = web
        self._mail = Mailboxes(settings)

    async def __aenter__(self) -> Doors:
        await self._web.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._web.__aexit__()

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified:
        """Ask at the door of the address's scheme. See `monitor.fetch.Door`."""
        door = self._mail if request.url.lower().startswith(f"{SCHEME}:") else self._web
        return await door.fetch(request, validators, subject=subject)
