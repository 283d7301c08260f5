"""Letters as they look in Chromium: on a desk and on a phone, light, dark, and turned dark by a mail program.

Pictures of them are left in $LETTER_PICTURES, if that is set.
"""

from __future__ import annotations

import colorsys
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from monitor.letter import write
from tests.chromium import chromium
from tests.letters import DAYS, WEB, huge

DESK, PHONE = (600, 800), (375, 667)
SCREENS = {"600": DESK, "375": PHONE}
LETTERS = {**DAYS, "huge": huge(120)}
Scheme = Literal["light", "dark"]
# https://www.w3.org/TR/WCAG22/#contrast-minimum
CONTRAST = 4.5

Colour = tuple[float, float, float]

# The texts that can be seen, each with its colour, that of the nearest ground below it, and its size.
_TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, at = node.parentElement;
    if (!node.textContent.trim() || !at.getClientRects().length) continue;
    let ground = at, colour = [0, 0, 0, 0];
    while (ground && colour.length === 4 && colour[3] === 0) {
      colour = rgb(getComputedStyle(ground).backgroundColor);
      ground = ground.parentElement;
    }
    const style = getComputedStyle(at);
    found.push([node.textContent.trim().slice(0, 40), rgb(style.color).slice(0, 3), colour.slice(0, 3),
      parseFloat(style.fontSize)]);
  }
  return found;
}"""

_LINES = """(at) => {
  const range = document.createRange();
  range.selectNodeContents(at);
  return range.getClientRects().length;
}"""


class Seen(NamedTuple):
    """A text with the colours, 0 to 255, of its letters and of its ground, and its size in pixels."""

    words: str
    ink: Colour
    ground: Colour
    size: float


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: write(digest, WEB).html for name, digest in LETTERS.items()}


def opened(browser: Browser, html: str, screen: tuple[int, int], scheme: Scheme) -> Page:
    page = browser.new_page(viewport={"width": screen[0], "height": screen[1]}, color_scheme=scheme)
    page.set_content(html)
    return page


def luminance(colour: Colour) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: Colour, ground: Colour) -> float:
    dark, light = sorted((luminance(ink), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def turned(colour: Colour) -> Colour:
    """What mail programs make of a colour that go dark by themselves: the same hue, its lightness turned
    round, on a ground that is not quite black."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    red, green, blue = colorsys.hls_to_rgb(hue, 0.1 + 0.9 * (1 - lightness), saturation)
    return red * 255, green * 255, blue * 255


def texts(page: Page) -> list[Seen]:
    found = [
        Seen(words, tuple(ink), tuple(ground), size) for words, ink, ground, size in page.evaluate(_TEXTS)
    ]
    assert len(found) > 10
    return found


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_letter_fits_its_screen_and_its_news_is_seen_at_once(
    browser: Browser, pages: dict[str, str], tmp_path: Path, screen: str, scheme: Scheme, name: str
) -> None:
    wide, high = SCREENS[screen]
    page = opened(browser, pages[name], SCREENS[screen], scheme)
    folder = Path(os.environ.get("LETTER_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}-{screen}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    for found in page.locator("h1, .step").all():
        box = found.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= high
    page.close()


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(
    browser: Browser, pages: dict[str, str], scheme: Scheme, name: str
) -> None:
    page = opened(browser, pages[name], DESK, scheme)
    faint = {(s.words, s.ink, s.ground) for s in texts(page) if contrast(s.ink, s.ground) < CONTRAST}
    assert faint == set()
    page.close()


@pytest.mark.parametrize("name", LETTERS)
def test_it_can_be_read_where_a_mail_program_turns_it_dark(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    page = opened(browser, pages[name], DESK, "light")
    faint = {
        (s.words, s.ink, s.ground)
        for s in texts(page)
        if contrast(turned(s.ink), turned(s.ground)) < CONTRAST
    }
    assert faint == set()
    page.close()


def test_the_dark_letter_is_dark(browser: Browser, pages: dict[str, str]) -> None:
    page = opened(browser, pages["rich"], DESK, "dark")
    assert max(luminance(seen.ground) for seen in texts(page)) < 0.1
    page.close()


@pytest.mark.parametrize("name", LETTERS)
def test_no_text_is_small_on_a_phone(browser: Browser, pages: dict[str, str], name: str) -> None:
    page = opened(browser, pages[name], PHONE, "light")
    assert {seen for seen in texts(page) if seen.size < 13} == set()
    page.close()


def test_a_full_score_stands_in_one_line(browser: Browser, pages: dict[str, str]) -> None:
    page = opened(browser, pages["rich"], PHONE, "light")
    score = page.get_by_label("score 100 of 100")
    assert score.evaluate(_LINES) == 1
    page.close()


def test_the_news_is_the_largest_text(browser: Browser, pages: dict[str, str]) -> None:
    page = opened(browser, pages["rich"], DESK, "light")
    assert max(texts(page), key=lambda seen: seen.size).words == "EXIM–Barrick, Reko Diq"
    page.close()


def test_bars_are_as_tall_as_their_numbers(browser: Browser, pages: dict[str, str]) -> None:
    page = opened(browser, pages["rich"], DESK, "light")
    chart = page.get_by_label("Chinese export controls: from 0 to 9")
    boxes = [bar.bounding_box() for bar in chart.locator("div").all()]
    heights = [box["height"] for box in boxes if box]
    assert len(heights) == 30
    assert heights.index(max(heights)) == 21
    assert (max(heights), min(heights)) == (24, 1)
    assert len({box["y"] + box["height"] for box in boxes if box}) == 1
    page.close()
