"""A mail house of real parts: Postfix takes mail for submission, Dovecot files it and serves IMAP.

Both run from a folder of their own on free ports of 127.0.0.1, with a made certificate and passwords, beside
whatever else the machine has; nothing that they take leaves it. Starting them takes root.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import os
import random
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.mailserver import make_certificate

DOMAIN = "example.com"
SENDER = f"monitor@{DOMAIN}"
PASSWORD = "pa55-word/with:marks"
GONE = f"gone@{DOMAIN}"  # Postfix lists it, and Dovecot knows of no such mailbox: that ends in a bounce
MOST = 2_000_000  # bytes of a message
_STARTING, _ARRIVING = 20.0, 20.0


def missing() -> str:
    """What keeps the house from being started here; empty where nothing does."""
    lacking = [name for name in ("postfix", "dovecot", "openssl") if not shutil.which(name, path=_PATH)]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    if os.geteuid() != 0:
        return "Postfix and Dovecot are started by root only"
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True, env=_ENV)
    return "" if version.stdout.startswith("2.3.") else f"Dovecot 2.3 wanted, not {version.stdout.strip()}"


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_ENV = {**os.environ, "PATH": _PATH}


@dataclass(frozen=True)
class House:
    """Where to hand mail in (STARTTLS, and TLS from the start), and where to read it."""

    folder: Path
    certificate: Path
    submission: int
    submissions: int
    imaps: int

    def smtp(self, *, implicit: bool = False) -> str:
        """The setting email.smtp."""
        scheme, port = ("smtps", self.submissions) if implicit else ("smtp", self.submission)
        who = SENDER.replace("@", "%40"), PASSWORD.replace("/", "%2F").replace(":", "%3A")
        return f"{scheme}://{':'.join(who)}@127.0.0.1:{port}"

    def read(self, mailbox: str, number: str) -> bytes:
        """The one message of a mailbox whose Message-ID holds `number`, as IMAP gives it; waits for it."""
        found = self.wait(mailbox, f'HEADER Message-ID "{number}"')
        assert len(found) == 1, f"{len(found)} copies"
        return found[0]

    def wait(self, mailbox: str, search: str, count: int = 1) -> list[bytes]:
        """The messages of a mailbox that a search of IMAP finds; waits until there are so many."""
        end = time.monotonic() + _ARRIVING
        while True:
            found = self._found(mailbox, search)
            if len(found) >= count:
                return found
            assert time.monotonic() < end, f"nothing arrived for {mailbox}\n{self.log()}"
            time.sleep(0.05)

    def _found(self, mailbox: str, search: str) -> list[bytes]:
        trust = ssl.create_default_context(cafile=str(self.certificate))
        with imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=trust, timeout=10) as imap:
            imap.login(mailbox, PASSWORD)
            imap.select("INBOX", readonly=True)
            numbers = imap.search(None, search)[1][0].split()
            fetched = [imap.fetch(number.decode(), "(BODY.PEEK[])")[1] for number in numbers]
        return [part[1] for parts in fetched for part in parts if isinstance(part, tuple)]

    def log(self) -> str:
        """The last words of both, for a test that fails."""
        logs = [self.folder / name for name in ("postfix.log", "dovecot.log")]
        return "\n".join(log.read_text("utf-8", "replace")[-3000:] for log in logs if log.exists())


@contextlib.contextmanager
def opened(*mailboxes: str) -> Iterator[House]:
    """The house with a mailbox for each address, and one for the sender."""
    folder = Path(tempfile.mkdtemp(prefix="mail-"))
    folder.chmod(0o755)  # both work as users of their own
    try:
        house = House(folder, make_certificate(folder), *_free_ports())
        _write(folder, {**_postfix(house), **_dovecot(house)})
        known = [SENDER, *mailboxes]
        secret = base64.b64encode(PASSWORD.encode()).decode()
        users = [f"{name}:{{PLAIN.b64}}{secret}:mail:mail::{folder}/mail/{name}\n" for name in known]
        (folder / "users").write_text("".join(users), "utf-8")
        (folder / "mailboxes").write_text("".join(f"{name} yes\n" for name in [*known, GONE]), "utf-8")
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "mail", "mail")
        with _running(house):
            yield house
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(house: House) -> Iterator[None]:
    etc, private = str(house.folder / "postfix"), house.folder / "queue" / "private"
    with (house.folder / "said").open("wb") as said, contextlib.ExitStack() as stack:

        def postfix(verb: str) -> None:
            subprocess.run(
                ["postfix", "-c", etc, verb], stdout=said, stderr=said, env=_ENV, check=False, timeout=30
            )

        stack.callback(postfix, "abort")
        postfix("start")
        dovecot = subprocess.Popen(
            ["dovecot", "-F", "-c", f"{etc}/dovecot.conf"], stdout=said, stderr=said, env=_ENV
        )
        stack.callback(dovecot.wait, 20)
        stack.callback(dovecot.terminate)
        for port in (house.submission, house.submissions, house.imaps):
            _until(house, partial(_listens, port))
        _until(house, (private / "auth").exists)
        _until(house, (private / "lmtp-dovecot").exists)
        yield


def _until(house: House, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _STARTING
    while not ready():
        said = (house.folder / "said").read_text("utf-8", "replace")
        assert time.monotonic() < end, f"the mail house does not start\n{said}\n{house.log()}"
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_ports() -> tuple[int, int, int]:
    """Three that nobody listens on, below those that connections of other tests are given meanwhile."""
    found: list[int] = []
    while len(found) < 3:
        port = random.randrange(10_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found = [*found, port] if port not in found else found
    return found[0], found[1], found[2]


def _write(folder: Path, files: Mapping[str, str]) -> None:
    (folder / "postfix").mkdir()
    for name, text in files.items():
        (folder / "postfix" / name).write_text(text, "utf-8")


def _postfix(house: House) -> dict[str, str]:
    folder, certificate = house.folder, house.certificate
    for name in ("queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    main = f"""
        compatibility_level = 3.6
        queue_directory = {folder}/queue
        data_directory = {folder}/data
        maillog_file = {folder}/postfix.log
        maillog_file_prefixes = {folder}
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        myhostname = mail.{DOMAIN}
        mydestination =
        mynetworks =
        alias_maps =
        disable_dns_lookups = yes
        smtp_dns_support_level = disabled
        smtputf8_enable = no
        default_transport = error:nothing leaves this house
        relay_transport = error:nothing leaves this house
        virtual_mailbox_domains = {DOMAIN}
        virtual_mailbox_maps = texthash:{folder}/mailboxes
        virtual_transport = lmtp:unix:private/lmtp-dovecot
        smtpd_tls_security_level = encrypt
        smtpd_tls_auth_only = yes
        smtpd_tls_cert_file = {certificate}
        smtpd_tls_key_file = {certificate.with_suffix(".key")}
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = private/auth
        smtpd_relay_restrictions = permit_sasl_authenticated, reject
        smtpd_error_sleep_time = 0
        message_size_limit = {MOST}
        notify_classes =
    """
    services = f"""
        127.0.0.1:{house.submission} inet n - n - - smtpd
        127.0.0.1:{house.submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        lmtp unix - - n - - lmtp
        error unix - - n - - error
        retry unix - - n - - error
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd
    """
    return {"main.cf": _flush_left(main), "master.cf": _flush_left(services)}


def _dovecot(house: House) -> dict[str, str]:
    folder, certificate = house.folder, house.certificate
    text = f"""
        base_dir = {folder}/run
        state_dir = {folder}/run
        log_path = {folder}/dovecot.log
        protocols = imap lmtp
        listen = 127.0.0.1
        ssl = required
        ssl_cert = <{certificate}
        ssl_key = <{certificate.with_suffix(".key")}
        mail_location = maildir:~/Maildir
        first_valid_uid = 1
        auth_failure_delay = 0
        auth_mechanisms = plain login
        passdb {{
          driver = passwd-file
          args = {folder}/users
        }}
        userdb {{
          driver = passwd-file
          args = {folder}/users
        }}
        service imap-login {{
          inet_listener imap {{
            port = 0
          }}
          inet_listener imaps {{
            port = {house.imaps}
            ssl = yes
          }}
        }}
        service auth {{
          unix_listener {folder}/queue/private/auth {{
            user = postfix
            mode = 0600
          }}
        }}
        service anvil {{
          unix_listener anvil-auth-penalty {{
            mode = 0
          }}
        }}
        service lmtp {{
          unix_listener {folder}/queue/private/lmtp-dovecot {{
            user = postfix
            mode = 0600
          }}
        }}
    """
    return {"dovecot.conf": text}


def _flush_left(text: str) -> str:
    """Postfix takes an indented line for the end of the one before."""
    return "\n".join(line.strip() for line in text.splitlines()) + "\n"
