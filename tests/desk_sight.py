"""A look at a page in a browser, in light and dark, wide and on a phone: what is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, Route

WIDE, PHONE, HIGH = 1280, 375, 900
# The least width at which a page is to be read without scrolling sideways: WCAG 2.2, 1.4.10.
NARROW = 320
_CHOSEN = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_ALL = {"runOnly": _CHOSEN, "resultTypes": ["violations"]}
_COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
# The policy's own word on what it kept from happening.
_LISTEN = """globalThis.refused = [];
document.addEventListener("securitypolicyviolation",
  (event) => refused.push(`${event.violatedDirective}: ${event.blockedURI} at ${event.lineNumber}`));"""
# What reaches beyond the window, the innermost first.
_BEYOND = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
[...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120)).reverse().slice(0, 4).concat("the page is too wide")"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one page: what axe finds (and where it looked), what is too wide, what the console complained of,
    what the policy refused, what else than the desk was asked, and the bytes of page, style and script."""

    status: int
    axe: tuple[str, ...]
    wide: tuple[str, ...]
    said: tuple[str, ...]
    refused: tuple[str, ...]
    strange: tuple[str, ...]
    weight: int


# Of one page: what axe finds, and what is too wide.
Faults = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass
class Eyes:
    """Looks at pages below `bases`, one after the other, in the same window. Without `script` that of the
    desk is empty: axe is a script too. What is wrong with a page is `known` by what the page says: many are
    the same with script and without. Pictures are left in the folder that DESK_PICTURES names."""

    page: Page
    bases: tuple[str, ...]
    script: bool
    known: dict[str, Faults]
    _said: list[str] = field(default_factory=list)
    _strange: list[str] = field(default_factory=list)
    _answers: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._said.append(f"thrown: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def look(self, address: str) -> Seen:
        for kept in (self._said, self._strange, self._answers):
            kept.clear()
        answer = self.page.goto(address)
        assert answer
        refused = tuple(self.page.evaluate("refused"))
        said = tuple(line for line in self._said if f"status of {answer.status}" not in line)
        weight = sum(len(one.body()) for one in self._answers if _counts(one))
        axe, wide = self._judged()
        return Seen(answer.status, axe, wide, said, refused, tuple(self._strange), weight)

    def _heard(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            self._said.append(line.text)

    def _answered(self, answer: Response) -> None:
        self._answers.append(answer)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.bases):
            self._strange.append(request.url)

    def _wide(self) -> Iterator[str]:
        for width in (NARROW, PHONE, WIDE):
            self.page.set_viewport_size({"width": width, "height": HIGH})
            yield from (f"{width} px: {what}" for what in self.page.evaluate(_BEYOND))

    def _judged(self) -> Faults:
        page = re.sub(r'(token" value|nonce)="[^"]*"', "", self.page.content())
        if page not in self.known:
            wide = tuple(self._wide())
            self.known[page] = tuple(self._axe()), wide
        return self.known[page]

    def _axe(self) -> Iterator[str]:
        self.page.evaluate(AXE_SCRIPT)
        for width in (WIDE, PHONE):
            self.page.set_viewport_size({"width": width, "height": HIGH})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self._picture(scheme, width)
                if (width, scheme) == (PHONE, "dark"):
                    continue  # the same colours stand on the same grounds as in a wide window
                rules = _ALL if scheme == "light" else _COLOURS
                found = self.page.evaluate("(rules) => axe.run(rules)", rules)
                yield from (f"{width} px, {scheme}: {what}" for what in _violations(found))

    def _picture(self, scheme: str, width: int) -> None:
        folder = os.environ.get("DESK_PICTURES")
        if folder and self.script:
            name = (
                re.sub(r"\W+", "-", urlsplit(self.page.url)._replace(scheme="", netloc="").geturl()).strip(
                    "-"
                )
                or "today"
            )
            self.page.screenshot(path=Path(folder) / f"{name[:70]}-{width}-{scheme}.png", full_page=True)


def eyes(
    browser: Browser, bases: tuple[str, ...], known: dict[str, Faults], *, script: bool
) -> tuple[BrowserContext, Eyes]:
    """A window of its own. The context is the caller's to close."""
    context = browser.new_context(viewport={"width": WIDE, "height": HIGH}, color_scheme="light")
    context.set_default_timeout(20_000)
    context.add_init_script(_LISTEN)
    if not script:
        context.route("**/static/*.js*", _empty)
    return context, Eyes(context.new_page(), bases, script, known)


def _empty(route: Route) -> None:
    route.fulfill(body="", content_type="text/javascript")


def _counts(answer: Response) -> bool:
    return answer.request.resource_type in ("document", "stylesheet", "script")


def _violations(found: Any) -> Iterator[str]:
    """Each rule that is broken, and where: the first three places."""
    for one in found["violations"]:
        for node in one["nodes"][:3]:
            yield f"{one['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
