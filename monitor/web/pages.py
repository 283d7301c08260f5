"""Templates -> pages, with the headers that every answer has.

Pages work without script. All that stands in them is escaped, only http(s) links are links, and a browser
takes style and script from us alone.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from monitor import wording
from monitor.links import web_link
from monitor.web.house import House
from monitor.web.visitor import visitor

# `frame-ancestors` and the like: https://www.w3.org/TR/CSP3/. What is asked for may be of one reader alone.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
}
# Of an answer that is no page: nothing in it runs or loads.
SEALED = HEADERS | {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self'; "
    "connect-src 'self'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'"
)
# With `no-referrer` a browser calls the origin of a form `null`, and where it sends no Sec-Fetch-Site, as
# without https, nobody could tell it from that of a strange page. Other sites learn nothing by this either.
_OF_FORMS = {"Referrer-Policy": "same-origin"}
# The parts of the desk, in the order of the menu: its address, and what it is called.
MENU = (
    ("", "Today"),
    ("watchlists/", "Watchlists"),
    ("ledgers/", "Ledgers"),
    ("series/", "Series"),
    ("sources/", "Sources"),
    ("search", "Search"),
    ("deliveries/", "Deliveries"),
    ("digests/", "Digests"),
    ("settings/", "Settings"),
)


# What has no part of its own in the menu, and the part that it belongs to.
_WITHIN = {
    "stories": "",
    "evidence": "",
    "terms": "watchlists/",
    "edits": "watchlists/",
    "why": "watchlists/",
    "api": "settings/",
}


def policy(nonce: str) -> str:
    """What a browser may do with a page of ours."""
    return _POLICY.format(nonce=nonce)


@lru_cache
def static(name: str) -> bytes:
    """A file of ours by its name."""
    return files("monitor").joinpath(f"templates/web/static/{name}").read_bytes()


@lru_cache
def _version(name: str) -> str:
    return hashlib.sha256(static(name)).hexdigest()[:12]


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor", "templates/web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"link": web_link, "menu": MENU, "version": _version}
    environment.filters["stage_name"] = wording.stage_name
    return environment


def compile_all() -> None:
    """Compile every template, the first page's first: at a visit each would take some ten milliseconds."""
    environment = _templates()
    for name in ("today.html", *environment.list_templates(extensions=["html"])):
        environment.get_template(name)


def page(
    request: Request, house: House, template: str, shown: Mapping[str, object], *, status: int = 200
) -> HTMLResponse:
    """The page. Beside what is `shown`, a template knows `root` (the way to the first page), `here` (the part
    of the menu), `me` (who asks), `locked` (whether one logs in), `at` (a moment -> words)."""
    me, path = visitor(request), request.url.path

    def at(moment: datetime) -> str:
        return wording.at(moment, house.zone)

    html = (
        _templates()
        .get_template(template)
        .render(shown, root=root(path), here=_here(path), me=me, locked=house.locked, at=at)
    )
    return HTMLResponse(html, status, HEADERS | _OF_FORMS | {"Content-Security-Policy": policy(me.nonce)})


def told(request: Request, house: House, title: str, words: str, status: int) -> HTMLResponse:
    """A page that says one thing."""
    return page(request, house, "told.html", {"title": title, "words": words}, status=status)


def onward(request: Request, where: str) -> RedirectResponse:
    """After a form was sent: the page to see next, by its address as seen from the first page."""
    return RedirectResponse(root(request.url.path) + where, 303, HEADERS)


async def slashed(request: Request) -> RedirectResponse:
    """The same address with the slash below which its pages are."""
    return RedirectResponse(request.url.path.rpartition("/")[2] + "/", 307, HEADERS)


def resuming(subscriber: str) -> str:
    """The command that sends to a subscriber again."""
    return f"monitor digests resume {shlex.quote(subscriber)}"


def root(path: str) -> str:
    """From a page to the first one: relative, so that a proxy may have put all of them below a path."""
    return "../" * (path.count("/") - 1) or "./"


def _here(path: str) -> str | None:
    """The part of the menu that a page belongs to; None for none of them."""
    part = path.lstrip("/").partition("/")[0]
    return next((where for where, _ in MENU if where.rstrip("/") == part), _WITHIN.get(part))
