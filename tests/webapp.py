"""The pages over a folder of watchlists that can be edited, with the rules reloaded as the app does."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from monitor.app import App
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.edit import Editor
from monitor.storage.edits import Edit
from monitor.web.admission import Names
from monitor.web.house import House
from monitor.web.settings import WebSettings
from monitor.web.site import application
from tests import rules
from tests.webpages import HERE, NOON, PORT, Pages

_INPUT = re.compile(r'<input[^>]* name="([^"]*)"[^>]*? value="([^"]*)"')
_AREA = re.compile(r'<textarea[^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>', re.DOTALL)


@dataclass
class WebApp(Pages):
    """A page's reader, as of `Pages`; `magnets.yaml` is in the folder, and what `more` says by name."""

    more: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.path.parent / "watchlists"
        if not self.folder.exists():
            rules.write(self.folder, None, **self.more)
        self.start()

    def start(self) -> None:
        """The application over the same folder and database, as after a restart."""
        paths = PathSettings(watchlists=str(self.folder), sources=str(self.folder / "sources.yaml"))
        storage = StorageSettings(url=f"sqlite:///{self.path}")
        settings = Settings(storage=storage, web=WebSettings(), paths=paths)
        self.engine = self.real = App(settings, write=lambda _: None, clock=lambda: NOON)  # type: ignore[assignment]
        self.house = House(settings, self.real, lambda: NOON, "UTC", "ann", self.patience)
        self.app = application(self.house, Names(self.host, PORT, "", False), self.seconds)

    def close(self) -> None:
        self.real.close()

    def restart(self) -> None:
        self.close()
        self.start()

    def text(self, name: str = "magnets") -> str:
        """What a file says, to the byte."""
        return (self.folder / f"{name}.yaml").read_bytes().decode()

    def by_hand(self, name: str, text: str) -> None:
        (self.folder / f"{name}.yaml").write_bytes(text.encode())

    def edits(self) -> list[Edit]:
        """The newest first."""
        with self.storage() as storage:
            return storage.edits.latest(100)

    def save(self, name: str, text: str, who: str = "bob", why: str = "") -> Edit:
        """As another does it meanwhile, by another way in."""
        with self.storage() as storage:
            editor = Editor(self.folder, storage)
            return editor.save(editor.copy(name).change(text.encode(), who, why), NOON)

    def form(self, path: str) -> dict[str, str]:
        """What a browser would send of the page's editor if nothing was entered."""
        return entered(self.get(path))

    def send(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """Send a form as a browser does, which ends lines in its own way."""
        ended = {key: re.sub(r"\r?\n", "\r\n", text) for key, text in fields.items()}
        return self.post(path, ended, Origin=HERE)

    def alert(self, name: str = "magnets") -> int | None:
        """The threshold that is in force; None where the watchlist is not."""
        return next((one.alert for one in self.real.in_force.watchlists if one.id == name), None)


def entered(answer: httpx.Response) -> dict[str, str]:
    """The fields of the editor on a page, with what stands in them."""
    assert 'id="editor"' in answer.text, answer.text
    inside = answer.text.partition('id="editor"')[2]
    found = [*_INPUT.findall(inside), *_AREA.findall(inside)]
    return {html.unescape(name): html.unescape(text) for name, text in found if name != "token"}


def said(answer: httpx.Response) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
