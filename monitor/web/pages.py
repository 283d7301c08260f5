"""Templates -> pages, with the headers that every answer has.

Pages are plain HTML without script; all that stands in them is escaped, and only http(s) links are links.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor import wording
from monitor.links import web_link
from monitor.web.house import House

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
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src"
# With `no-referrer` a browser calls the origin of a form `null`, and where it sends no Sec-Fetch-Site, as
# without https, nobody could tell it from that of a strange page.
FORM = {"Referrer-Policy": "same-origin"}


def style() -> str:
    return files("monitor").joinpath("templates/web/style.css").read_text("utf-8")


@lru_cache(maxsize=1)
def policy() -> str:
    """What a browser may do with a page of ours: show it in our one style sheet, and send us its forms."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"{_POLICY} 'sha256-{digest}'"


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor", "templates/web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = style()
    environment.globals["link"] = web_link
    return environment


def page(
    request: Request,
    house: House,
    template: str,
    shown: Mapping[str, object],
    *,
    status: int = 200,
    form: bool = False,
) -> HTMLResponse:
    """The page; `form` where it has one."""

    def at(moment: datetime) -> str:
        return wording.at(moment, house.zone)

    locked = bool(house.password.get_secret_value())
    html = (
        _templates().get_template(template).render(shown, root=root(request.url.path), at=at, locked=locked)
    )
    return HTMLResponse(
        html, status, HEADERS | {"Content-Security-Policy": policy()} | (FORM if form else {})
    )


def resuming(subscriber: str) -> str:
    """The command that sends to a subscriber again."""
    return f"monitor digests resume {shlex.quote(subscriber)}"


def root(path: str) -> str:
    """From a page to the first one: relative, so that a proxy may have put all of them below a path."""
    return "../" * (path.count("/") - 1) or "./"
