"""The web pages over the real thing: an App with files of its own, in a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from monitor.app import App
from monitor.config import Settings
from monitor.web.admission import Names
from monitor.web.house import House
from monitor.web.site import application
from tests import rules
from tests.webpages import NOON, PORT, Pages


@dataclass
class Desk:
    """A folder with a watchlist and a source; `printed` is what came to the terminal."""

    folder: Path
    printed: list[str] = field(default_factory=list)
    apps: list[App] = field(default_factory=list)

    @property
    def files(self) -> Path:
        return self.folder / "watchlists"

    @property
    def app(self) -> App:
        return self.apps[-1]

    def pages(self, **sections: object) -> Pages:
        """The pages, with these sections of the settings."""
        if not self.files.exists():
            rules.write(self.files, {"wire": "http://127.0.0.1:1/wire"})
        values = {
            "storage": {"url": f"sqlite:///{self.folder / 'monitor.db'}"},
            "paths": {"watchlists": str(self.files), "sources": str(self.files / "sources.yaml")},
        }
        settings = Settings.model_validate(values | sections)
        self.apps.append(App(settings, write=self.printed.append, clock=lambda: NOON))
        pages = Pages(settings.storage.path)
        pages.house = House(settings, self.app, lambda: NOON, "UTC", "ann")
        pages.app = application(pages.house, Names("127.0.0.1", PORT), pages.seconds)
        return pages

    def close(self) -> None:
        for app in self.apps:
            app.close()
