"""A folder with two local feeds and a watchlist, in which commands run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.storage import Storage
from tests import rules
from tests.fakes import Answer, Web

SETTINGS = '[reading]\nenabled = false\n[http]\nallow_private = ["127.0.0.0/8"]\n'
OLD = [("old", "Rare earth prices were quiet last year")]
NEWS = [
    ("zh", "商务部批准稀土企业贷款项目"),
    ("loan", "EXIM approves loan for rare earth magnet plant"),
    ("cat", "Cat show opens in the capital today"),
]


class Desk:
    """A folder with two local feeds and a watchlist; commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = {"wire": list(OLD), "press": list(OLD)}
        self.broken: set[str] = set()
        self.answers: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.base = ""

    def start(self, base: str) -> None:
        self.base = base
        rules.write(self.folder / "watchlists", {name: f"{base}/{name}" for name in self.entries})
        (self.folder / "monitor.toml").write_text(SETTINGS, "utf-8")

    def serve(self, path: str, headers: dict[str, str]) -> Answer:
        name = path.strip("/")
        self.asked.append((path, headers))
        if name in self.broken:
            return 500, {}, b""
        if name in self.answers:
            return 200, {}, self.answers[name]
        return 200, {}, rules.rss(*self.entries[name], text="Details follow.")

    def run(self, *words: str, code: int = 0, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, words, input=stdin)
        assert result.exit_code == code, (result.output, result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def json(self, *words: str, code: int = 0) -> list[Any]:
        """What a command says with --json: a value per line of stdout, and nothing else there."""
        return [json.loads(line) for line in self.run(*words, "--json", code=code).stdout.splitlines()]

    def filled(self) -> Desk:
        """After a first look, and a second with news whose alerts wait."""
        self.run("poll")
        self.entries["wire"] = NEWS + OLD
        self.run("poll", "--no-deliver")
        return self

    def storage(self) -> Storage:
        return Storage(self.folder / "monitor.db")


@contextmanager
def opened(folder: Path) -> Iterator[Desk]:
    """A desk in this folder, in which commands run, with its feeds served; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    made = Desk(folder)
    with Web(made.serve) as web, chdir(folder):
        made.start(web.base)
        yield made
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("monitor", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.NOTSET)
