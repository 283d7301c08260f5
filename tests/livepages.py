"""The pages of a whole installation, with its sources on a local server, and a visitor who only reads."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from monitor.web.admission import Names
from monitor.web.house import House
from monitor.web.people import Role
from monitor.web.site import application
from monitor.web.visitor import Visitor
from tests.webpages import PORT, Pages, Seconds
from tests.webs import World


class Live(Pages):
    """The pages over the real App of a world."""

    def __init__(self, world: World) -> None:
        self.path = world.settings.storage.path
        self.world = world
        self.house = House(world.settings, world.app, lambda: world.now, "UTC", "ann")
        self.app = application(self.house, Names("127.0.0.1", PORT), Seconds())

    def form_token(self, cookie: str = "") -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.get("/sources/add").text)
        return found[1] if found else ""


def for_reader(handler: Callable[[Request], Response], path: str, **params: str) -> str:
    """The page as somebody sees it who may only read."""
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [],
        "path_params": params, "server": ("127.0.0.1", PORT), "scheme": "http",
        "visitor": Visitor("nonce", "rita", Role.READER, "secret", inside=True),
    }  # fmt: skip
    return bytes(handler(Request(scope)).body).decode()
