"""Adding sources: an address, or a list of feeds -> what would be read -> an entry of the catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import adding
from monitor.adding import Catalogue
from monitor.discover import Proposal
from monitor.errors import Conflict, MonitorError
from monitor.installation import files
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.web.addresses import number
from monitor.web.bodies import Sent
from monitor.web.house import House
from monitor.web.pages import onward, page
from monitor.web.visitor import sent, visitor

SECONDS, SHOWN, LISTED = 25.0, 12, 200
# What a form holds of an entry; the first ones can be changed.
ASKED = ("id", "name", "tier", "lang", "zone", "country")
KEPT = ("kind", "url", "row")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows: what was typed, what was found, and what stands against it."""

    url: str = ""
    values: Mapping[str, str] | None = None
    found: Proposal | None = None
    opml: str = ""
    fresh: tuple[Proposal, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    status: int = 200


class Additions:
    """The page /sources/add. To look at an address asks for it, and so takes an editor and a form."""

    def __init__(self, house: House, seconds: float = SECONDS) -> None:
        self._house, self._seconds = house, seconds

    def routes(self) -> list[Route]:
        return [
            Route("/sources/add", self.form, methods=["GET"]),
            Route("/sources/add", self.send, methods=["POST"]),
        ]

    def form(self, request: Request) -> Response:
        return self._page(request, _Shown())

    def send(self, request: Request) -> Response:
        """Find what an address is, or add what was found; the same for a list of feeds."""
        given = sent(request)
        steps: dict[str, Callable[[Request, Sent], Response | _Shown]] = {
            "add": self._add,
            "list": self._list,
            "import": self._import,
        }
        try:
            done: Response | _Shown = steps.get(given.get("do"), self._find)(request, given)
        except Conflict as error:
            done = self._again(given, f"{error}. Press again to add it to how the file is now")
        except MonitorError as error:
            done = self._again(given, str(error))
        return done if isinstance(done, Response) else self._page(request, done)

    def _again(self, given: Sent, problem: str) -> _Shown:
        """The page with all that was typed."""
        values = {name: given.get(name) for name in (*ASKED, *KEPT)} if given.get("do") == "add" else None
        return _Shown(given.get("url"), values, opml=given.get("opml"), problem=problem, status=409)

    def _page(self, request: Request, shown: _Shown) -> Response:
        with self._house.reading() as storage:
            edit = storage.edits.get(number(request.query_params.get("edit", "")))
        values = {"shown": shown, "edit": edit, "SHOWN": SHOWN, "LISTED": LISTED, "kept": KEPT}
        return page(request, self._house, "source_add.html", values, status=shown.status)

    # -------------------------------------------------------------- one address

    def _find(self, _: Request, given: Sent) -> _Shown:
        """What an address is. Raises MonitorError where nothing can be read there."""
        url = given.get("url").strip()
        if not url:
            raise MonitorError("paste the address of a page or a feed")
        url = url if "://" in url else f"https://{url}"
        with self._house.writing() as storage:
            known = self._known(storage)
            known.refuse_known(url)
            found = asyncio.run(self._asked(storage, url, known, listing=given.has("listing")))
            known.refuse_known(found.source.url)
        values = {name: str(value) for name, value in found.keys().items()}
        return _Shown(url, values, found)

    async def _asked(self, storage: Storage, url: str, known: Catalogue, *, listing: bool) -> Proposal:
        try:
            async with asyncio.timeout(self._seconds), self._house.engine.doors(storage) as doors:
                return await adding.find(doors, url, known.taken, self._house.clock(), listing=listing)
        except TimeoutError:
            raise MonitorError(f"{url}: no whole answer within {self._seconds:g} s") from None

    def _add(self, request: Request, given: Sent) -> Response:
        """Raises MonitorError where it cannot be."""
        values: dict[str, str | int] = {name: value for name in (*ASKED, *KEPT) if (value := given.get(name))}
        kind = str(values.pop("kind", ""))
        if (tier := given.get("tier")) in ("1", "2", "3", "4"):
            values["tier"] = int(tier)
        one = adding.entered(kind, values)
        with self._house.writing() as storage:
            known = self._known(storage)
            if one.source.id in known.taken:
                raise MonitorError(f"a source is called '{one.source.id}' already: choose another id")
            known.refuse_known(one.source.url)
            edit = self._saved(request, storage, known, [one], f"adds {one.source.id}")
        return onward(request, f"sources/{one.source.id}?edit={edit.id}")

    # -------------------------------------------------------------- a list of feeds

    def _list(self, _: Request, given: Sent) -> _Shown:
        """What of a list is new. Raises MonitorError where it is none."""
        with self._house.reading() as storage:
            fresh, left_out = self._sorted(self._known(storage), given)
        return _Shown(opml=given.get("opml"), fresh=tuple(fresh), left_out=tuple(left_out))

    def _import(self, request: Request, given: Sent) -> Response:
        """Raises MonitorError where nothing of it is new."""
        with self._house.writing() as storage:
            known = self._known(storage)
            fresh, _ = self._sorted(known, given)
            if not fresh:
                raise MonitorError("there is nothing new in this list")
            edit = self._saved(request, storage, known, fresh, f"adds {len(fresh)} sources of a list")
        return onward(request, f"sources/add?edit={edit.id}")

    def _sorted(self, known: Catalogue, given: Sent) -> tuple[list[Proposal], list[tuple[str, str]]]:
        outlines = adding.outlines("this list", given.get("opml").strip().encode())
        return adding.sorted_out(outlines, known)

    # -------------------------------------------------------------- the catalogue

    def _known(self, storage: Storage) -> Catalogue:
        """The catalogue as it is, to look at. Raises MonitorError where it cannot be edited."""
        return Catalogue.opened(self._house.viewer(storage), files(self._house.settings)[1])

    def _saved(
        self, request: Request, storage: Storage, known: Catalogue, new: list[Proposal], why: str
    ) -> Edit:
        """Put these at the end of the catalogue, and in force."""
        house = self._house
        editor = house.editor(storage)  # what came with the package is copied first
        change = known.copy.change(known.added(new), visitor(request).signed, why)
        edit = editor.save(change, house.clock())
        house.engine.reload(storage)
        return edit
