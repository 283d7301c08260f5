"""What every command shares: the settings file chosen, and the app built from it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from monitor import config
from monitor.app import App
from monitor.commands import output
from monitor.config import Settings


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line."""

    config: Path | None
    verbose: bool

    def settings(self) -> Settings:
        return config.load(self.config, os.environ)

    @contextmanager
    def app(self, *, aside: bool = False) -> Iterator[App]:
        """The app; our errors inside end the command with a line on stderr and code 1.

        `aside` prints alerts on stderr, where stdout is for a machine.
        """
        write = partial(click.echo, err=True) if aside else echo
        colour = not aside and sys.stdout.isatty()
        with output.errors(), App(self.settings(), write=write, colour=colour) as app:
            yield app


def echo(text: str) -> None:
    """Print and flush, so that a pipe sees an alert when it comes."""
    click.echo(text)
    sys.stdout.flush()


pass_session = click.make_pass_decorator(Session)
