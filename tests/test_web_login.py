"""Who logs in to the web pages: users, roles, passwords, guessing, proxies, machines (faults 83, 84, 87)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import click.testing
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.cli import main
from monitor.config import load
from monitor.errors import Invalid
from monitor.web import passwords, people, sessions
from monitor.web.admission import asker
from monitor.web.credentials import AT_ONCE, IN_LINE, Credentials, TooSoon
from monitor.web.people import Person, Role
from monitor.web.settings import WebSettings, WebUser
from tests.webpages import HERE, PASSWORD, Pages, Seconds, held

ANN, BOB = "the word of Ann", "the word of Bob"
HASHES = {word: passwords.hashed(word) for word in (ANN, BOB)}


def user(name: str, password: str, role: str = "reader") -> WebUser:
    return WebUser(name=name, password=SecretStr(password), role=Role(role))


USERS = (user("ann", HASHES[ANN], "editor"), user("bob", HASHES[BOB]))


@pytest.fixture
def desk(tmp_path: Path) -> Pages:
    """Pages with two users and no password for all."""
    return Pages(tmp_path / "monitor.db", users=USERS)


# ------------------------------------------------------------------ passwords


def test_what_is_kept_of_a_password_tells_it_apart_from_others_and_does_not_hold_it() -> None:
    kept = passwords.hashed("a long word")
    assert passwords.is_hash(kept)
    assert "long" not in kept
    assert kept != passwords.hashed("a long word"), "each has a salt of its own"
    assert passwords.fits("a long word", kept)
    assert not passwords.fits("a long worD", kept)
    assert not passwords.fits(kept, kept), "who steals the settings has no password"


def test_the_numbers_are_those_that_are_recommended() -> None:
    """OWASP, Password Storage Cheat Sheet: N = 2^15, r = 8, p = 3."""
    assert passwords.hashed("a long word").startswith("scrypt:32768:8:3:")


@pytest.mark.parametrize(
    ("given", "kept", "right"),
    [
        ("plain word", "plain word", True),
        ("plain word", "plain wore", False),
        ("", "", False),
        ("anything", "", False),
        ("Zürich 1842", "Zu\u0308rich 1842", True),
    ],
)
def test_a_password_in_clear_text_and_that_of_nobody(given: str, kept: str, *, right: bool) -> None:
    assert passwords.fits(given, kept) is right


@pytest.mark.parametrize(
    "text",
    [
        "scrypt:1:8:3:c2FsdHNhbHRzYWx0c2FsdA:G-Dg6c18pA59MH3YHrSexO3KB6-HvwMT70lvKtMDk0Y",
        "scrypt:32768:8:3:short:short",
        "scrypt:whatever else",
    ],
)
def test_a_hash_that_is_weak_or_cut_off_is_refused_in_the_settings(text: str) -> None:
    with pytest.raises(ValueError, match="that hash is not whole"):
        user("ann", text)


def test_the_command_prints_what_the_settings_take() -> None:
    done = click.testing.CliRunner().invoke(main, ["web", "password"], input="a long word\n")
    assert done.exit_code == 0
    assert passwords.fits("a long word", done.stdout.strip())
    assert user("ann", done.stdout.strip()).name == "ann"


def test_the_command_takes_no_short_password() -> None:
    done = click.testing.CliRunner().invoke(main, ["web", "password"], input="short\n")
    assert (done.exit_code, "at least 8 characters" in done.stderr, done.stdout) == (1, True, "")


# ------------------------------------------------------------------ the settings (fault 87)


def wrong(tmp_path: Path, text: str) -> str:
    file = tmp_path / "monitor.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid) as caught:
        load(file, {})
    return str(caught.value)


LINE = 'password = "a long word"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            f'[[web.users]]\nname = "ann"\n{LINE}[[web.users]]\nname = "Ann"\n{LINE}',
            "two users are called Ann",
        ),
        ('[[web.users]]\nname = "ann"\npassword = "short"\n', "write at least 8 characters"),
        ('[[web.users]]\nname = "ann"\npassword = ""\n', "write a password, or what 'monitor web password'"),
        (f'[[web.users]]\nname = ""\n{LINE}', "write a name of one line"),
        (f'[[web.users]]\nname = " ann"\n{LINE}', "write a name of one line"),
        (f'[[web.users]]\nname = "ann"\n{LINE}role = "owner"\n', "'reader' or 'editor'"),
        ('[web]\nproxy_header = "Forwarded"\n', "for example X-Forwarded-For"),
        ('[web]\nproxy_header = "X:"\n', "for example X-Forwarded-For"),
        ('[web]\nproxies = ["nonsense"]\n', "web.proxies"),
    ],
)
def test_what_is_wrong_with_users_and_proxies_is_said(tmp_path: Path, text: str, words: str) -> None:
    assert words in wrong(tmp_path, text)


def test_a_password_that_is_refused_is_not_told(tmp_path: Path) -> None:
    for word in ("s3cret!", "scrypt:s3cret!"):
        assert "s3cret" not in wrong(tmp_path, f'[[web.users]]\nname = "ann"\npassword = "{word}"\n')
    assert ANN not in repr(WebSettings(users=(user("ann", ANN),)))


def test_users_lock_the_pages_as_a_password_does() -> None:
    assert not WebSettings().locked
    assert WebSettings(users=USERS).locked
    assert WebSettings(users=USERS, listen="0.0.0.0:80").host == "0.0.0.0"
    assert WebSettings(users=USERS, url="https://desk.example.com").links


@pytest.mark.parametrize(
    ("users", "password", "some"),
    [(USERS, "", True), (USERS[1:], "", False), (USERS[1:], PASSWORD, True), ((), "", True)],
)
def test_whether_anybody_may_change_something(
    users: tuple[WebUser, ...], password: str, *, some: bool
) -> None:
    assert WebSettings(users=users, password=SecretStr(password)).has_editor is some


# ------------------------------------------------------------------ users and roles


def test_each_user_has_their_own_password_and_role(desk: Pages) -> None:
    for name, word, may in (("ann", ANN, True), ("bob", BOB, False)):
        cookie = desk.logged_in(name, word)
        page = desk.get("/", Cookie=cookie)
        assert (page.status_code, name in page.text) == (200, True)
        answer = desk.post("/nowhere", Cookie=cookie)
        assert answer.status_code == (404 if may else 403)
        assert ("You may only read here" in answer.text) is not may


@pytest.mark.parametrize(
    ("name", "word"),
    [("ann", BOB), ("bob", ANN), ("cy", ANN), ("", ANN), ("ann", ""), ("ann", HASHES[ANN])],
    ids=["ann", "bob", "nobody", "no name", "no word", "the hash itself"],
)
def test_the_password_of_another_opens_nothing(desk: Pages, name: str, word: str) -> None:
    answer = desk.enter(name, word)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "That is not the name and the password." in answer.text


def test_a_reader_can_log_out(desk: Pages) -> None:
    cookie = desk.logged_in("bob", BOB)
    assert desk.post("/logout", Cookie=cookie).status_code == 303
    assert desk.get("/", Cookie=cookie).status_code == 303


def test_whoever_knows_the_password_for_all_edits_under_the_name_they_give(tmp_path: Path) -> None:
    both = Pages(tmp_path / "monitor.db", users=USERS, password=PASSWORD)
    for name, shown in (("Cy\n<Lee>", "Cy &lt;Lee&gt;"), ("", "Log out")):
        cookie = both.logged_in(name)
        assert shown in both.get("/", Cookie=cookie).text
        assert both.post("/nowhere", Cookie=cookie).status_code == 404


@pytest.mark.parametrize("name", ["ann", "Ann", " ANN ", "ａｎｎ"])
def test_by_the_password_for_all_nobody_passes_for_a_user(tmp_path: Path, name: str) -> None:
    both = Pages(tmp_path / "monitor.db", users=USERS, password=PASSWORD)
    assert both.enter(name, PASSWORD).status_code == 403
    assert both.enter(name, ANN).status_code == 303, "however the name is written"


@given(st.text(max_size=300))
def test_a_name_is_one_short_line_whatever_was_entered(text: str) -> None:
    name = people.spelt(text)
    assert len(name) <= people.LONGEST
    assert name == "" or name.isprintable()
    assert people.spelt(name) == name


def test_the_settings_that_changed_end_the_sessions(desk: Pages, tmp_path: Path) -> None:
    """They are read at the start; sessions and tokens do not outlive it (fault 84)."""
    cookie = desk.logged_in("ann", ANN)
    changed = (user("ann", BOB, "editor"), USERS[1])
    restarted = Pages(tmp_path / "monitor.db", users=changed)
    assert restarted.get("/", Cookie=cookie).status_code == 303
    assert restarted.enter("ann", ANN).status_code == 403


def test_a_token_of_one_session_is_of_no_use_in_another(desk: Pages) -> None:
    first, second = desk.logged_in("ann", ANN), desk.logged_in("ann", ANN)
    token = desk.form_token(first)
    assert desk.post("/nowhere", {"token": token}, Cookie=first).status_code == 404
    assert desk.post("/nowhere", {"token": token}, Cookie=second).status_code == 403


# ------------------------------------------------------------------ guessing (fault 83)


def request(peer: str = "203.0.113.1", **headers: str) -> Request:
    named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (peer, 1), "headers": named})


def guesser(seconds: Seconds, **values: object) -> tuple[Credentials, list[str]]:
    """Credentials of ann and bob, and what was worked out for them."""
    worked: list[str] = []

    def fits(given: str, kept: str) -> bool:
        worked.append(kept)
        return given == kept != ""

    users = (user("ann", ANN, "editor"), user("bob", BOB))
    return Credentials(WebSettings.model_validate({"users": users, **values}), seconds, fits), worked


def attempt(credentials: Credentials, name: str, word: str, peer: str, **headers: str) -> Person | int | None:
    """Who it was, nobody, or the seconds to wait."""
    try:
        return asyncio.run(credentials.person(name, word, request(peer, **headers)))
    except TooSoon as early:
        return early.seconds


def test_for_whoever_it_is_and_for_nobody_one_password_is_worked_out() -> None:
    """So that the time of an answer does not tell which names there are."""
    credentials, worked = guesser(Seconds())
    for name in ("ann", "bob", "cy", ""):
        assert attempt(credentials, name, "wrong", "203.0.113.1") is None
    assert worked == [ANN, BOB, "", ""]


@pytest.mark.parametrize("kept", ["", "in clear text", HASHES[ANN]], ids=["nothing", "clear", "hashed"])
def test_of_whatever_is_kept_one_hash_is_worked_out(kept: str) -> None:
    worked: list[bytes] = []

    def work(given: str, salt: bytes) -> bytes:
        worked.append(salt)
        return b""

    assert not passwords.fits("wrong", kept, work)
    assert [len(salt) for salt in worked] == [16]


def test_an_account_that_many_guess_at_is_slowed_and_its_owner_waits_a_minute_at_most() -> None:
    seconds = Seconds()
    credentials, worked = guesser(seconds)
    for number in range(300):  # each from an address of its own, the right one among those that wait
        attempt(credentials, "ann", "wrong", f"198.51.100.{number % 250}")
        seconds.now += 0.2
    assert len(worked) <= 60, "of three hundred in a minute"
    wait = attempt(credentials, "ann", ANN, "203.0.113.1")
    assert isinstance(wait, int)
    assert 1 <= wait <= 61
    for number in range(wait * 5):  # they go on meanwhile
        attempt(credentials, "ann", "wrong", f"198.51.100.{number % 250}")
        seconds.now += 0.2
    assert attempt(credentials, "ann", ANN, "203.0.113.1") == Person("ann", Role.EDITOR)


def test_who_guesses_at_one_account_slows_no_other() -> None:
    seconds = Seconds()
    credentials, _ = guesser(seconds)
    for number in range(100):
        attempt(credentials, "ann", "wrong", f"198.51.100.{number}")
    assert isinstance(attempt(credentials, "ann", ANN, "203.0.113.1"), int)
    assert attempt(credentials, "bob", BOB, "203.0.113.1") == Person("bob", Role.READER)


def test_a_change_of_names_does_not_help_to_guess_the_password_for_all() -> None:
    credentials, worked = guesser(Seconds(), password="for all of us")
    for number in range(100):
        attempt(credentials, f"guest {number}", "wrong", f"198.51.100.{number}")
    assert len(worked) <= sessions.FREE_OF_ALL + 1


def test_what_is_kept_of_guesses_is_bounded() -> None:
    slowing = sessions.Slowing(lambda: 0.0)
    for number in range(3 * sessions.MOST):
        slowing.take(f"10.0.{number // 250}.{number % 250}", f"account {number}")
        slowing.take(f"10.1.{number // 250}.{number % 250}", "one")
    kept = [value for value in vars(slowing).values() if isinstance(value, dict)]
    assert len(kept) == 3
    assert all(0 < len(one) <= sessions.MOST for one in kept)


def test_few_passwords_are_worked_out_at_once_and_the_line_has_an_end() -> None:
    running, most, lock = 0, 0, threading.Lock()
    go = threading.Event()

    def fits(given: str, kept: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(5)
        with lock:
            running -= 1
        return given == kept

    credentials = Credentials(WebSettings(users=(user("ann", ANN),)), time.monotonic, fits)

    async def ask() -> list[Person | BaseException | None]:
        asking = [
            asyncio.create_task(credentials.person("ann", ANN, request(f"203.0.113.{number}")))
            for number in range(IN_LINE + 5)
        ]
        await asyncio.sleep(0.1)
        go.set()
        return await asyncio.gather(*asking, return_exceptions=True)

    found = asyncio.run(ask())
    assert most == AT_ONCE
    assert found.count(Person("ann", Role.READER)) >= IN_LINE - sessions.FREE_OF_ALL
    assert all(isinstance(one, Person | TooSoon | HTTPException) for one in found)
    assert sum(isinstance(one, HTTPException | TooSoon) for one in found) >= 1


# ------------------------------------------------------------------ proxies

OURS = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "1.1.1.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "nonsense, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9,", "127.0.0.1"),
        ("198.51.100.4", "203.0.113.9", "198.51.100.4"),
        ("198.51.100.4", "127.0.0.1", "198.51.100.4"),
        ("", "203.0.113.9", ""),
    ],
)
def test_whose_request_it_is(peer: str, said: str, address: str) -> None:
    assert asker(peer, said, OURS) == address


@given(st.text(max_size=60))
def test_what_a_stranger_writes_to_the_left_changes_nothing(spoofed: str) -> None:
    assert asker("127.0.0.1", f"{spoofed}, 203.0.113.9", OURS) == "203.0.113.9"


def tries(header: str, peer: str, said: Callable[[int], str]) -> int:
    """How many of thirty guesses at once are worked out."""
    credentials, worked = guesser(Seconds(), proxy_header=header)
    for number in range(30):
        attempt(credentials, f"guest {number}", "wrong", peer, X_Forwarded_For=said(number))
    return len(worked)


def test_behind_a_proxy_that_is_set_each_reader_is_slowed_alone() -> None:
    assert tries("X-Forwarded-For", "127.0.0.1", lambda number: f"203.0.113.{number}") == 30
    assert tries("x-forwarded-for", "127.0.0.1", lambda number: f"1.1.1.{number}, 203.0.113.9") == 5


@pytest.mark.parametrize(("header", "peer"), [("", "127.0.0.1"), ("X-Forwarded-For", "203.0.113.9")])
def test_without_one_nothing_that_a_request_says_of_itself_counts(header: str, peer: str) -> None:
    assert tries(header, peer, lambda number: f"203.0.113.{number}") == 5


# ------------------------------------------------------------------ machines


def basic(
    pages: Pages, name: str, word: str, path: str = "/api/alerts.json", **headers: str
) -> httpx.Response:
    headers["Authorization"] = httpx.BasicAuth(name, word)._auth_header
    return pages.get(path, **headers)


@pytest.mark.parametrize("path", ["/api/nothing.json", "/watchlists/nothing.atom", "/nothing.zip"])
def test_a_script_or_a_feed_reader_logs_in_with_each_question(desk: Pages, path: str) -> None:
    answer = desk.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Signal Monitor", charset="UTF-8"'
    assert basic(desk, "bob", ANN, path).status_code == 401
    assert basic(desk, "bob", BOB, path).status_code == 404, "it is let in, and there is none"


@pytest.mark.parametrize("path", ["/", "/digests/", "/login/x", "/settings/"])
def test_pages_for_people_take_no_login_of_that_kind(desk: Pages, path: str) -> None:
    assert basic(desk, "ann", ANN, path).status_code == 303


def test_nothing_is_changed_by_it(desk: Pages) -> None:
    auth = httpx.BasicAuth("ann", ANN)._auth_header
    answer = desk.ask("POST", "/api/x", body=b"a=1", Authorization=auth)
    assert (answer.status_code, "www-authenticate" in answer.headers) == (401, False)


@pytest.mark.parametrize(
    "said", ["Basic", "Basic !!", "Basic /////w==", "Bearer x", "basic Ym9i", "Basic " + "x" * 9000]
)
def test_a_header_that_makes_no_sense_is_nobody(desk: Pages, said: str) -> None:
    assert desk.get("/api/x.json", Authorization=said).status_code == 401


def test_a_browser_is_led_to_the_page_to_log_in_and_never_asked_in_a_box_of_its_own(desk: Pages) -> None:
    answer = desk.get("/api/?page=2", Sec_Fetch_Mode="navigate")
    assert (answer.status_code, answer.headers["location"]) == (303, "../login?next=/api/%3Fpage%3D2")
    assert "www-authenticate" not in desk.get("/api/x.json", Sec_Fetch_Mode="cors").headers


def test_machines_that_guess_are_slowed_alike(desk: Pages) -> None:
    found = [basic(desk, "ann", f"wrong {number}").status_code for number in range(6)]
    assert found == [401] * 5 + [429]
    assert desk.enter("ann", ANN).status_code == 429, "from the same address"
    assert int(basic(desk, "ann", "wrong").headers["retry-after"]) >= 1


def test_the_password_of_a_machine_is_worked_out_once() -> None:
    credentials, worked = guesser(Seconds())
    sent = request(Authorization=httpx.BasicAuth("bob", BOB)._auth_header)
    found = [asyncio.run(credentials.of_machine(sent)) for _ in range(3)]
    assert found == [Person("bob", Role.READER)] * 3
    assert worked == [BOB]
    assert not any(BOB in repr(value) for value in vars(credentials)["_known"])


# ------------------------------------------------------------------ faults of what is sent are told


@pytest.mark.parametrize(
    ("path", "size", "status"), [("/nowhere", 2_100_000, 413), ("/login", 1_300_000, 413)]
)
def test_what_is_too_long_is_said_in_a_page(desk: Pages, path: str, size: int, status: int) -> None:
    cookie = desk.logged_in("ann", ANN)
    answer = desk.ask("POST", path, body=b"x" * size, Cookie=cookie, Origin=HERE)
    assert answer.status_code == status
    assert "too long" in answer.text
    assert answer.headers["connection"] == "close"


def test_of_a_reader_no_long_form_is_taken(desk: Pages) -> None:
    cookie = desk.logged_in("bob", BOB)
    answer = desk.ask("POST", "/logout", body=b"x=" + b"%ff" * 100_000, Cookie=cookie, Origin=HERE)
    assert answer.status_code == 413
    assert desk.get("/", Cookie=cookie).status_code == 200


def test_what_is_refused_to_a_reader_is_not_read(desk: Pages) -> None:
    cookie = desk.logged_in("bob", BOB)
    answer = desk.ask("POST", "/watchlists/new", body=b"\xff\xfe", Cookie=cookie, Origin=HERE)
    assert (answer.status_code, "You may only read here" in answer.text) == (403, True)


def test_what_is_no_form_is_said_in_a_page(desk: Pages) -> None:
    cookie = held(desk.enter("ann", ANN))
    answer = desk.ask("POST", "/nowhere", body=b"\xff\xfe", Cookie=cookie)
    assert (answer.status_code, "no form that could be read" in answer.text) == (400, True)
