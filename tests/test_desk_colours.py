"""The colours of the desk, read from its stylesheet: what is to be read can be read, in light and in dark."""

from __future__ import annotations

import re

import pytest

from monitor.web.pages import static

TEXTS = ("text", "dim", "link", "good", "bad", "warn")
GROUNDS = ("back", "card", "mark")
TINTS = ("link", "good", "bad", "warn")
# WCAG 2.2: 1.4.3 for text, 1.4.11 for controls and what a chart is drawn with.
TEXT, CONTROL = 4.5, 3.0
PAIRS = (
    *((text, ground, TEXT) for text in TEXTS for ground in GROUNDS),
    *((text, f"{text}-tint", TEXT) for text in TINTS),
    *(("text", f"{tint}-tint", TEXT) for tint in TINTS),
    *(("dim", f"{tint}-tint", TEXT) for tint in TINTS),
    *(("link", f"{tint}-tint", TEXT) for tint in TINTS),
    ("back", "link", TEXT),  # the words of a button
    *((line, ground, CONTROL) for line in ("edge", "ink") for ground in GROUNDS),
)


def scheme(name: str) -> dict[str, str]:
    """The colours of a scheme; what dark does not say it has from light."""
    css = static("desk.css").decode()
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    said = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", light))
    return said | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", dark)) if name == "dark" else {})


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour.lstrip("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else re.findall("..", digits)
    parts = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#fff", 21.0), ("#fff", "#ffffff", 1.0), ("#767676", "#fff", 4.54), ("#00f", "#fff", 8.59)],
)
def test_contrast_is_reckoned_as_elsewhere(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS, ids=str)
def test_what_is_to_be_read_can_be_read(name: str, front: str, ground: str, least: float) -> None:
    colours = scheme(name)
    assert contrast(colours[front], colours[ground]) >= least


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = (set(scheme(name)) for name in ("light", "dark"))
    css = static("desk.css").decode()
    assert light == dark == set(re.findall(r"var\(--([a-z-]+)\)", css))
    assert all(scheme("light")[name] != scheme("dark")[name] for name in light)


def test_a_colour_is_named_once_and_used_by_its_name() -> None:
    css = static("desk.css").decode()
    rest = re.sub(r":root \{.*?\}|/\*.*?\*/|@media print \{.*", "", css, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", rest) == ["#0007"]  # what lies behind a dialog
