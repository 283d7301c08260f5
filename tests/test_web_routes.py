"""All routes: none changes anything for another site, a reader, without a token, or at a look (fault 81)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from monitor.app import App
from monitor.config import load
from monitor.web.admission import Names
from monitor.web.entrance import Behind
from monitor.web.house import House
from monitor.web.people import Role
from monitor.web.settings import WebUser
from monitor.web.site import application
from tests.desk import NEWS, OLD, opened
from tests.rules import MAGNETS
from tests.webpages import HERE, NOON, PORT, Pages

# Those who have no session yet, and readers who leave by the token of their address (RFC 8058).
OPEN = ("/login", "/unsubscribe/{token}")
WORD = "a word of hers"
USERS = (
    WebUser(name="ann", password=SecretStr(WORD), role=Role.EDITOR),
    WebUser(name="bob", password=SecretStr(WORD)),
)
# What a form of any page may hold: a route that takes a look for an order would find it here.
ASKED = {
    "do": "save",
    "text": MAGNETS,
    "name": "magnets",
    "id": "wire",
    "why": "x",
    "q": "magnet",
    "item": "1",
}


def routes() -> list[Route]:
    app = Pages(Path("nowhere.db"), users=USERS).app
    assert isinstance(app, Behind)
    assert isinstance(app.app, Starlette)
    return [one for one in app.app.routes if isinstance(one, Route)]


SAFE = sorted({one.path for one in routes() if "GET" in (one.methods or ())})
UNSAFE = sorted(
    (method, one.path) for one in routes() for method in (one.methods or set()) - {"GET", "HEAD", "OPTIONS"}
)
GUARDED = [one for one in UNSAFE if one[1] not in OPEN]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Pages of the real thing, with a story, a digest, a watchlist and sources."""
    with opened(tmp_path_factory.mktemp("desk")) as made:
        made.run("poll")
        made.entries["wire"] = NEWS + OLD
        made.run("poll")
        pages = Pages(made.folder / "monitor.db", users=USERS)
        settings = load(None, {}).model_copy(update={"web": pages.house.settings.web})
        with App(settings, write=lambda _: None, clock=lambda: NOON) as app:
            pages.house = House(settings, app, lambda: NOON, "UTC")
            pages.app = application(pages.house, Names("127.0.0.1", PORT, locked=True), pages.seconds)
            pages.keep()
            yield pages


@pytest.fixture(scope="module")
def known(desk: Pages) -> dict[str, str]:
    """Something that there is, by the name that routes have for it."""
    with desk.storage() as storage:
        story = storage.db.execute("SELECT story FROM members").fetchone()[0]
    return {
        "story": str(story),
        "name": "magnets",
        "source": "wire",
        "id": "wire",
        "subscriber": "Ann",
        "day": "2026-03-02",
        "ledger": "deals",
        "token": desk.token(),
        "table": "alerts",
    }


@pytest.fixture(scope="module")
def cookies(desk: Pages) -> dict[str, str]:
    return {name: desk.logged_in(name, WORD) for name in ("ann", "bob")}


def place(path: str, known: dict[str, str]) -> str:
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: known.get(found[1], "1"), path)


def state(pages: Pages) -> tuple[list[str], dict[str, bytes]]:
    """All that a page could change."""
    with pages.storage() as storage:
        dump = list(storage.db.conn.iterdump())
    files = {
        str(path): path.read_bytes()
        for path in sorted(pages.path.parent.rglob("*"))
        if path.is_file() and not path.name.startswith(pages.path.name)
    }
    return dump, files


def send(pages: Pages, method: str, where: str, token: str, **headers: str) -> httpx.Response:
    body = str(httpx.QueryParams(ASKED | {"token": token})).encode()
    return pages.ask(method, where, body=body, Content_Type="application/x-www-form-urlencoded", **headers)


def test_there_are_routes_that_change_something_and_others() -> None:
    assert ("POST", "/logout") in GUARDED
    assert {path for _, path in UNSAFE} >= set(OPEN)
    assert "/digests/" in SAFE


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_what_changes_something_is_refused_to_strangers(
    desk: Pages, known: dict[str, str], cookies: dict[str, str], method: str, path: str
) -> None:
    where, ann, before = place(path, known), cookies["ann"], state(desk)
    token = desk.form_token(ann)
    assert token
    for strange in (
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": HERE, "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://evil.test", "Content_Type": "text/plain"},
    ):
        headers = {"Cookie": ann} | strange
        body = str(httpx.QueryParams(ASKED | {"token": token})).encode()
        assert desk.ask(method, where, body=body, **headers).status_code == 403
    for wrong in ("", "0" * 64, desk.form_token(cookies["bob"])):
        assert send(desk, method, where, wrong, Cookie=ann, Origin=HERE).status_code == 403
    assert send(desk, method, where, token, Origin=HERE).status_code == 401
    assert state(desk) == before
    assert desk.get("/", Cookie=ann).status_code == 200


@pytest.mark.parametrize(("method", "path"), [one for one in GUARDED if one[1] != "/logout"])
def test_a_reader_changes_nothing(
    desk: Pages, known: dict[str, str], cookies: dict[str, str], method: str, path: str
) -> None:
    before, token = state(desk), desk.form_token(cookies["bob"])
    assert token
    answer = send(desk, method, place(path, known), token, Cookie=cookies["bob"], Origin=HERE)
    assert (answer.status_code, "You may only read here" in answer.text) == (403, True)
    assert state(desk) == before


@pytest.mark.parametrize(("method", "path"), [one for one in GUARDED if one[1] != "/logout"])
def test_an_editor_with_the_token_of_the_page_is_let_in(
    desk: Pages, known: dict[str, str], cookies: dict[str, str], method: str, path: str
) -> None:
    """So that the refusals above are those of the entrance."""
    token = desk.form_token(cookies["ann"])
    answer = send(desk, method, place(path, known), token, Cookie=cookies["ann"], Origin=HERE)
    assert answer.status_code not in (401, 403, 421)


@pytest.mark.parametrize("path", SAFE)
def test_to_look_changes_nothing(
    desk: Pages, known: dict[str, str], cookies: dict[str, str], path: str
) -> None:
    before, query = state(desk), str(httpx.QueryParams(ASKED | {"token": desk.form_token(cookies["ann"])}))
    for method in ("GET", "HEAD"):
        for asked in ("", f"?{query}"):
            answer = desk.ask(method, place(path, known) + asked, Cookie=cookies["ann"])
            assert answer.status_code < 500
    assert state(desk) == before
