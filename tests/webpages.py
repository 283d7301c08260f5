"""The web pages for tests: a house with a database, and something that asks as a browser does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
from pydantic import SecretStr

from monitor.channels import Channel
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.doors import Doors
from monitor.errors import MonitorError
from monitor.live import InForce
from monitor.model import Source
from monitor.outbox import Destination, State
from monitor.recipient import Recipient
from monitor.storage import Storage
from monitor.storage.moments import stamp
from monitor.web.admission import Names
from monitor.web.house import PATIENCE, House
from monitor.web.settings import WebSettings, WebUser
from monitor.web.site import application

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
PORT = 8765
HERE = f"http://127.0.0.1:{PORT}"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PASSWORD = "a long password"
FORM = "application/x-www-form-urlencoded"
_NONCE = re.compile(r"""(nonce[-=]"?)[\w-]{22}(?=["'])""")


def steady(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """An answer without its nonces, which differ each time: status, text and headers, to compare with."""
    headers = {name: _NONCE.sub(r"\1", value) for name, value in answer.headers.items()}
    return answer.status_code, _NONCE.sub(r"\1", answer.text), headers


def held(answer: httpx.Response) -> str:
    """The cookie that an answer sets, as a browser sends it back."""
    return answer.headers["set-cookie"].partition(";")[0]


@dataclass
class Seconds:
    """A clock of seconds that stands still until it is put on."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeEngine:
    """What a page can set going: it is noted, and nothing comes of it."""

    in_force: InForce
    channels: dict[str, Channel] = field(default_factory=dict)
    operator: Destination = field(default_factory=lambda: Destination("console"))
    polled: list[str] = field(default_factory=list)

    def own_files(self) -> Path:
        raise MonitorError("nothing can be edited here")

    def reload(self, storage: Storage) -> None:
        pass

    def poll(self, storage: Storage, sources: Sequence[Source]) -> None:
        self.polled += [source.id for source in sources]

    def doors(self, storage: Storage) -> Doors:
        raise MonitorError("there is no network here")

    def recipients(self, storage: Storage) -> list[Recipient]:
        return []


@dataclass
class Pages:
    """The pages of a database, and a reader of them without cookies unless they are given."""

    path: Path
    url: str = ""
    password: str = ""
    users: tuple[WebUser, ...] = ()
    host: str = "127.0.0.1"
    sources: tuple[Source, ...] = ()
    patience: float = PATIENCE
    rules: Mapping[str, str] = field(default_factory=dict)
    seconds: Seconds = field(default_factory=Seconds)
    proxy_header: str = ""

    def __post_init__(self) -> None:
        web = WebSettings(
            url=self.url,
            password=SecretStr(self.password),
            users=self.users,
            proxy_header=self.proxy_header,
        )
        paths = PathSettings(watchlists=str(self.path.parent / "watchlists"))
        settings = Settings(storage=StorageSettings(url=f"sqlite:///{self.path}"), web=web, paths=paths)
        self.engine = FakeEngine(InForce(self.rules, {}, self.sources))
        self.house = House(settings, self.engine, lambda: NOON, "UTC", "ann", self.patience)
        names = Names(self.host, PORT, self.url, web.locked)
        self.app = application(self.house, names, self.seconds)

    def ask(
        self, method: str, path: str, *, peer: str = "127.0.0.1", body: bytes = b"", **headers: str
    ) -> httpx.Response:
        """One request. `Sec_Fetch_Site="none"` gives that header."""

        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(peer, 5000))
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, content=body, headers=named)

        return asyncio.run(asking())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, peer="127.0.0.1", body=b"", **headers)

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        known = {"token": self.form_token(headers.get("Cookie", ""))} | dict(fields or {})
        body = str(httpx.QueryParams(known)).encode()
        headers.setdefault("Content_Type", FORM)
        return self.ask("POST", path, peer="127.0.0.1", body=body, **headers)

    def form_token(self, cookie: str = "") -> str:
        """What the forms of the pages carry; empty for who is not let in. Where no form is on the first page,
        what was sent too late comes back in one."""
        known = {"Cookie": cookie} if cookie else {}
        shown = self.get("/", **known).text
        shown += self.ask("POST", "/", body=b"token=&old=1", Origin=HERE, **known).text
        found = re.search(r'name="token" value="([0-9a-f]+)"', shown)
        return found[1] if found else ""

    def enter(
        self, name: str = "", password: str = PASSWORD, *, peer: str = "127.0.0.1", **fields: str
    ) -> httpx.Response:
        """What logging in is answered with."""
        body = str(httpx.QueryParams({"name": name, "password": password} | fields)).encode()
        return self.ask("POST", "/login", peer=peer, body=body, Origin=HERE)

    def logged_in(self, name: str = "", password: str = PASSWORD) -> str:
        """The cookie of a new session."""
        return held(self.enter(name, password))

    def storage(self) -> Storage:
        return Storage(self.path)

    def token(self, subscriber: str = "Ann", email: str = "ann@example.com") -> str:
        """That of a subscriber's address."""
        with self.storage() as storage, storage.write():
            return storage.subscriptions.of(subscriber, email).token

    def gone(self, subscriber: str = "Ann", email: str = "ann@example.com") -> datetime | None:
        with self.storage() as storage, storage.write():
            return storage.subscriptions.of(subscriber, email).gone

    def keep(self, subscriber: str = "Ann", day: date = DAY, **columns: object) -> None:
        """File a digest as sent at noon, or as these columns of its row say."""
        hour = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        row = {
            "subscriber": subscriber, "day": day.isoformat(), "state": State.SENT.value,
            "due": stamp(hour), "since": stamp(hour - timedelta(days=1)), "until": stamp(hour),
            "hour": stamp(hour), "finished": stamp(hour), "subject": "Magnets moved",
            "html": "<p>Magnets moved</p>", "body": "Magnets moved",
        } | columns  # fmt: skip
        with self.storage() as storage, storage.write():
            names, places = ", ".join(row), ", ".join("?" * len(row))
            storage.db.execute(f"INSERT INTO digests ({names}) VALUES ({places})", list(row.values()))

    def notices(self) -> list[str]:
        """The titles of what the operator is told."""
        with self.storage() as storage:
            return [getattr(one.message, "title", "") for one in storage.deliveries.latest(100)]
