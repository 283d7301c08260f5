"""Every page of the desk in a real browser: for everybody, in light and dark, on a phone, not heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from monitor.web.pages import static
from tests.chromium import chromium
from tests.conftest import Demo
from tests.desk_pages import PAGES, desk
from tests.desk_sight import Faults, Seen, eyes

HEAVY, MUCH_SCRIPT = 100_000, 20_000
Look = Callable[[str], Seen]


@pytest.fixture(scope="module")
def sights(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Look, Look]]:
    """A look at a page with script, and one without; each page is looked at once."""
    with desk(demo.folder, tmp_path_factory.mktemp("desk")) as made, chromium() as browser:
        known: dict[str, Faults] = {}
        windows = [eyes(browser, made.bases, known, script=script) for script in (True, False)]
        looks = [cache(lambda page, window=window: window.look(made.address(page))) for _, window in windows]
        yield looks[0], looks[1]
        for context, _ in windows:
            context.close()


@pytest.fixture(params=[0, 1], ids=["with script", "without"], scope="module")
def look(request: pytest.FixtureRequest, sights: tuple[Look, Look]) -> Look:
    return sights[request.param]


every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "today")


@every_page
def test_it_is_there(look: Look, page: str) -> None:
    assert look(page).status == (404 if page == "nowhere" else 200)


@every_page
def test_axe_finds_nothing_against_wcag_2_2_aa(look: Look, page: str) -> None:
    assert look(page).axe == ()


@every_page
def test_the_page_is_never_wider_than_the_window(look: Look, page: str) -> None:
    assert look(page).wide == ()


@every_page
def test_the_console_is_silent(look: Look, page: str) -> None:
    assert look(page).said == ()


@every_page
def test_the_policy_had_nothing_to_refuse(look: Look, page: str) -> None:
    assert look(page).refused == ()


@every_page
def test_nobody_but_the_desk_is_asked(look: Look, page: str) -> None:
    assert look(page).strange == ()


@every_page
def test_page_style_and_script_are_light(sights: tuple[Look, Look], page: str) -> None:
    assert 0 < sights[0](page).weight < HEAVY


def test_there_is_little_script() -> None:
    assert len(static("desk.js")) < MUCH_SCRIPT
