"""The door to a mailbox: what it asks, what it never does, and servers that misbehave."""

from __future__ import annotations

import asyncio
import ssl
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.commands.sources import _check_all
from monitor.errors import MonitorError, Refused, Unreachable
from monitor.fetch import Fetched, HttpSettings, NotModified
from monitor.guard import Guard
from monitor.imap import MAX_MESSAGE, MAX_MESSAGES, Mailboxes
from monitor.mailbag import unpack
from monitor.model import Validators
from monitor.request import Request
from tests.imapserver import PASSWORD, USER, ImapServer
from tests.kinds import KindWorld
from tests.mailserver import make_certificate
from tests.test_mailbox import letter
from tests.webs import HERE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("imap"))


@pytest.fixture
def server(certificate: Path) -> Iterator[ImapServer]:
    with ImapServer(certificate, {n: f"message {n}".encode() for n in (3, 5, 9)}) as made:
        yield made


def look(
    server: ImapServer,
    seen: str = "",
    *,
    url: str = "",
    password: str = PASSWORD,
    guard: Guard | None = None,
    trusted: bool = True,
    **settings: object,
) -> Fetched | NotModified:
    checked = HttpSettings.model_validate({"allow_private": HERE, "deadline": 5.0} | settings)
    trust = ssl.create_default_context(cafile=str(server.certificate)) if trusted else None
    request = Request(url or server.url(), headers=(("user", USER), ("password", password)))
    door = Mailboxes(checked, guard=guard, trust=trust)
    return asyncio.run(door.fetch(request, Validators(etag=seen), subject="the-source"))


def messages(found: Fetched | NotModified) -> list[bytes]:
    assert isinstance(found, Fetched)
    return list(unpack(found.document.body, ""))


# ------------------------------------------------------------------ looking


def test_at_first_the_newest_are_taken(server: ImapServer) -> None:
    server.messages = {n: str(n).encode() for n in range(1, 101)}
    found = look(server)
    assert messages(found) == [str(n).encode() for n in range(101 - MAX_MESSAGES, 101)]
    assert found.validators.etag == "7:100"


def test_then_only_what_came_since(server: ImapServer) -> None:
    found = look(server, "7:3")
    assert messages(found) == [b"message 5", b"message 9"]
    assert found.validators.etag == "7:9"


def test_with_nothing_new_nothing_has_changed(server: ImapServer) -> None:
    assert look(server, "7:9") == NotModified(Validators(etag="7:9"))
    assert not [asked for asked in server.asked if asked.startswith("UID FETCH")]


def test_many_new_ones_are_taken_in_turn_the_oldest_first(server: ImapServer) -> None:
    server.messages = {n: str(n).encode() for n in range(1, 51)}
    seen, taken = "7:0", []
    while isinstance(found := look(server, seen), Fetched):
        taken += messages(found)
        seen = found.validators.etag
    assert taken == [str(n).encode() for n in range(1, 51)]


def test_a_mailbox_made_anew_is_looked_at_as_at_first(server: ImapServer) -> None:
    server.validity = 8
    found = look(server, "7:9")
    assert len(messages(found)) == 3
    assert found.validators.etag == "8:9"


def test_an_empty_mailbox_has_nothing_and_then_its_first_message(server: ImapServer) -> None:
    server.messages = {}
    assert look(server) == NotModified(Validators(etag="7:0"))
    server.messages = {1: b"first"}
    assert messages(look(server, "7:0")) == [b"first"]


def test_a_message_deleted_meanwhile_is_passed_over(server: ImapServer) -> None:
    server.says["UID SEARCH"] = b"* SEARCH 4 5\r\nTAG OK done\r\n"
    found = look(server, "7:3")
    assert messages(found) == [b"message 5"]


@pytest.mark.parametrize("command", ["UID SEARCH", "UID FETCH"])
def test_what_the_server_cannot_do_now_is_not_passed_over(server: ImapServer, command: str) -> None:
    server.says[command] = b"TAG NO in use\r\n"
    with pytest.raises(Unreachable, match="the next time"):
        look(server, "7:3")


def test_nothing_is_marked_moved_or_deleted(server: ImapServer) -> None:
    look(server)
    look(server, "7:3")
    names = {asked.split()[0] for asked in server.asked}
    assert names == {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "FETCH", "UID", "LOGOUT"}
    taken = [asked for asked in server.asked if asked.startswith("UID FETCH")]
    assert taken
    assert all("BODY.PEEK[]<0." in asked for asked in taken)


def test_of_a_large_message_the_first_part_is_taken(server: ImapServer) -> None:
    server.messages = {1: b"x" * (MAX_MESSAGE + 1000)}
    assert [len(m) for m in messages(look(server))] == [MAX_MESSAGE]


def test_what_does_not_fit_into_one_look_is_taken_in_the_next(server: ImapServer) -> None:
    server.messages = {n: bytes([n]) * 2000 for n in range(1, 9)}
    first = look(server, max_bytes=8000)
    second = look(server, first.validators.etag, max_bytes=8000)
    assert 0 < len(messages(first)) < 8
    assert messages(second)[0] == bytes([len(messages(first)) + 1]) * 2000


def test_a_server_without_plain_is_signed_in_to_by_login(server: ImapServer) -> None:
    server.capabilities = "IMAP4rev1"
    assert len(messages(look(server))) == 3
    assert server.passwords == [PASSWORD]


# ------------------------------------------------------------------ refusals


def refused(server: ImapServer, **how: object) -> MonitorError:
    with pytest.raises((Refused, Unreachable)) as caught:
        look(server, **how)  # type: ignore[arg-type]
    assert caught.value.subject == "the-source"
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "s3cret" not in told
    return caught.value


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"])
def test_a_wrong_password_is_told_and_not_repeated(server: ImapServer, capabilities: str) -> None:
    server.capabilities = capabilities
    assert "set keys.mailbox" in str(refused(server, password="s3cret-wrong"))
    assert server.passwords == ["s3cret-wrong"], "the server repeats it, we do not"


def test_a_password_that_login_cannot_carry_is_refused(server: ImapServer) -> None:
    server.capabilities = "IMAP4rev1"
    assert "set keys.mailbox" in str(refused(server, password="s3cret-pässword"))


def test_a_mailbox_that_is_not_there_is_told(server: ImapServer) -> None:
    assert "no mailbox called 'Press'" in str(refused(server, url=server.url("Press")))


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password(server: ImapServer) -> None:
    assert "certificate is not valid" in str(refused(server, trusted=False))
    assert server.passwords == []


def test_a_certificate_for_another_name_is_refused(server: ImapServer) -> None:
    guard = Guard(HERE, lambda host, port: ["127.0.0.1"])
    url = server.url(host="mail.example.com")
    assert "certificate is not valid" in str(refused(server, guard=guard, url=url))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_a_private_address_is_not_asked(server: ImapServer, address: str) -> None:
    guard = Guard((), lambda host, port: [address], ports={993})
    assert "private" in str(refused(server, guard=guard, url=server.url(host="mail.example.com")))
    assert server.connections == 0


def test_a_port_that_is_not_for_mail_is_not_asked(server: ImapServer) -> None:
    assert "port 22 " in str(refused(server, url="imaps://8.8.8.8:22/INBOX", allow_private=()))


def test_the_name_is_looked_up_once(server: ImapServer) -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    look(server, guard=Guard(HERE, lookup), url=server.url(host="localhost"))
    assert asked == ["localhost"]


def test_where_nobody_answers_there_is_no_network(server: ImapServer) -> None:
    error = refused(server, url="imaps://127.0.0.1:9/INBOX")
    assert isinstance(error, Unreachable)
    assert error.no_network


# ------------------------------------------------------------------ servers that misbehave


def outcome(server: ImapServer, **settings: object) -> str:
    """What came of a look: messages, or the error with all it says."""
    try:
        return repr(look(server, **settings))  # type: ignore[arg-type]
    except MonitorError as error:
        return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("command", ["HELLO", "CAPABILITY", "AUTHENTICATE", "EXAMINE", "FETCH", "UID FETCH"])
@pytest.mark.parametrize(
    "says",
    [
        b"DROP",
        b"\r\n",
        b"* " + b"x" * 2_000_000,
        b"\xff\xfe\r\n" * 50,
        b"TAG BAD no\r\n",
        b"* BYE s3cret\r\n",
    ],
    ids=["drops", "is silent", "endless", "bytes", "bad", "bye"],
)
def test_a_server_that_misbehaves_is_refused_in_time(server: ImapServer, command: str, says: bytes) -> None:
    server.says[command] = says
    started = time.perf_counter()
    told = repr(outcome(server, deadline=1.0))
    assert "s3cret" not in told
    assert time.perf_counter() - started < 4


def test_a_message_said_to_be_huge_is_not_waited_for(server: ImapServer) -> None:
    server.says["UID FETCH"] = b"* 1 FETCH (UID 3 BODY[]<0> {9999999999}\r\n"
    assert "http.max_bytes" in str(refused(server))


def test_a_server_that_stalls_is_left_at_the_deadline(server: ImapServer) -> None:
    server.says["UID FETCH"] = b"STALL"
    started = time.perf_counter()
    assert "no complete answer within 0.5 s" in str(refused(server, deadline=0.5))
    assert time.perf_counter() - started < 3


def test_endless_small_talk_comes_to_an_end(server: ImapServer) -> None:
    server.says["EXAMINE"] = b"* OK nice weather\r\n" * 20_000
    assert "http.max_bytes" in str(refused(server, max_bytes=100_000))


# ------------------------------------------------------------------ a whole poll


def test_a_poll_from_end_to_end(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.messages = {1: letter(Message_ID="<1@exim.gov>")}
    entry = f"kind: mailbox\nurl: {server.url()}\nuser: {USER}\nfrom: [exim.gov]"
    with KindWorld(tmp_path, entry) as world:
        assert not world.poll().failed
        server.messages[2] = letter(Message_ID="<2@exim.gov>", Subject="Loan for rare earth magnets")
        server.messages[3] = letter(Message_ID="<3@x.example>", From="a@evil.example")
        report = world.poll()
        assert (report.new, report.failed) == (1, {})
        assert [a.title for a in world.alerts] == ["Loan for rare earth magnets"]
        assert world.app.storage.sources.state("one").validators.etag == "7:3"
        assert world.poll().unchanged == 1
        server.says["AUTHENTICATE"] = b"TAG NO wrong s3cret mail/pass\r\n"
        assert "set keys.mailbox" in world.poll().failed["one"]
        assert "s3cret" not in world.everything_stored() + caplog.text


def test_a_check_reads_the_mailbox_and_files_nothing(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.messages = {1: letter(), 2: letter(Message_ID="<2@exim.gov>")}
    with KindWorld(tmp_path, f"kind: mailbox\nurl: {server.url()}\nuser: {USER}") as world:
        (found,) = asyncio.run(
            _check_all(world.app, world.app.doors(world.app.storage), [world.source()], lambda: None)
        )
        assert (found.ok, found.items) == (True, 2)
        assert world.titles == []
